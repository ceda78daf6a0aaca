"""Everything the member's page shows of ours, masked where it must be, in a fixed number of queries."""

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from kit import calendars, names, phones
from members import access, birthdays
from members.models import AuthorisedBuyer, Consent, Member, MemberCard, MemberCare, MemberNote
from staff.models import User

DEEDS = {
    "can_edit": "members.change_member",
    "can_change_card": "members.change_card",
    "can_consent": "members.record_consent",
    "can_note": "members.add_note",
    "can_assign": "members.assign_care",
    "can_reveal": "members.view_phone",
    "can_group": "members.change_group",
    "can_merge": "members.merge_member",
    "can_close": "members.close_member",
    "can_categorise": "members.categorise_member",
}


def member_page(user: User, member: Member) -> dict[str, object]:
    """The context of the page. Out of scope it holds masked identity and nothing else."""
    in_scope = access.sees_unmasked(user, member)
    numbers = sorted(member.phones.all(), key=lambda phone: (not phone.is_primary, phone.pk))
    cards = sorted(
        member.cards.select_related("holder"), key=lambda card: (card.is_usable, card.issued_on, card.pk), reverse=True
    )
    context: dict[str, object] = {
        "member": member,
        "in_scope": in_scope,
        "name": member.display_name if in_scope else names.mask(member.display_name),
        "phone": phones.mask(numbers[0].e164) if numbers else "",
        "head_card": next(iter(cards), None),
        "agreed_channels": [c.label for c in Consent.Channel if getattr(member, Consent.cached_in(c.value))],
    }
    if not in_scope:
        return context
    context.update({name: user.has_perm(permission) for name, permission in DEEDS.items()})
    context.update(
        phones=numbers,
        cards=[card for card in cards if card.holder_id is None],
        birthday=birthday_text(member),
        birthday_today=birthdays.is_today(member, timezone.localdate()),
        notes=list(MemberNote.objects.filter(member=member).select_related("by").order_by("-at")[:5]),
        care=care_of(member),
    )
    if member.is_group:
        cards_of = Prefetch("cards", queryset=MemberCard.objects.order_by("-pk"))
        context["buyers"] = list(
            AuthorisedBuyer.objects.filter(group=member, is_active=True).prefetch_related(cards_of)
        )
        context["group_contacts"] = list(member.contacts.filter(is_active=True))
    return context


def birthday_text(member: Member) -> str:
    """Lunar 八月初六 (2026-09-16 this time), or 05-02; empty where unknown."""
    if not member.has_birthday:
        return ""
    kept_on = birthdays.of_member(member).next_on(timezone.localdate())
    if member.birth_calendar == Member.Calendar.LUNAR:
        return _("lunar %(day)s (next on %(date)s)") % {
            "day": _lunar_day(member),
            "date": f"{kept_on:%Y-%m-%d}",
        }
    year = f"{member.birth_year}-" if member.birth_year else ""
    return f"{year}{member.birth_month:02}-{member.birth_day:02}"


def _lunar_day(member: Member) -> str:
    if (get_language() or "zh").startswith("zh"):
        return calendars.lunar_text(member.birth_month, member.birth_day, member.birth_is_leap)
    day = f"{member.birth_month:02}-{member.birth_day:02}"
    return pgettext("leap month", "leap %(day)s") % {"day": day} if member.birth_is_leap else day


def care_of(member: Member) -> list[MemberCare]:
    """Who looks after the member now, newest first."""
    rows = MemberCare.objects.filter(member=member).select_related("associate", "counter").order_by("-from_on", "-pk")
    today = timezone.localdate()
    return [care for care in rows[:20] if care.until_on is None or care.until_on >= today]
