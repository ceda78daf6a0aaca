"""Everything the member's page shows of ours, masked where it must be, in a fixed number of queries."""

from dataclasses import dataclass

from django.db.models import OuterRef, Prefetch, Q
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from kit import calendars, names, phones
from kit.together import revived, rows_of
from members import access, birthdays
from members.models import (
    AuthorisedBuyer,
    Consent,
    HouseholdMember,
    Member,
    MemberCard,
    MemberCare,
    MemberNote,
    MemberPhone,
)
from members.selectors.facts import known_facts
from staff.models import User

NOTES, CARERS = 5, 20
PERSON = ("display_name", "username")
DEEDS = {
    "can_edit": "members.change_member",
    "can_change_card": "members.change_card",
    "can_consent": "members.record_consent",
    "can_note": "members.add_note",
    "can_learn": "members.learn_facts",
    "can_assign": "members.assign_care",
    "can_reveal": "members.view_phone",
    "can_group": "members.change_group",
    "can_merge": "members.merge_member",
    "can_household": "members.change_household",
    "can_close": "members.close_member",
    "can_categorise": "members.categorise_member",
}


def member_page(user: User, member: Member) -> dict[str, object]:
    """The context of the page. Out of scope it holds masked identity and nothing else."""
    in_scope = access.sees_unmasked(user, member)
    beside = _belongings(member)
    numbers, cards = beside.phones, beside.cards
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
        notes=beside.notes,
        care=beside.care,
        household=beside.household,
        facts=known_facts(member),
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


@dataclass(frozen=True)
class Belongings:
    """What hangs on a member: numbers with the main one first, cards with the one that works first, the newest notes,
    who looks after them today, their place in a household."""

    phones: list[MemberPhone]
    cards: list[MemberCard]
    notes: list[MemberNote]
    care: list[MemberCare]
    household: HouseholdMember | None


def _belongings(member: Member) -> Belongings:
    """All of it in one statement."""
    mine = {"member": OuterRef("pk")}
    today = timezone.localdate()
    is_open = Q(until_on__isnull=True) | Q(until_on__gte=today)
    row = (
        Member.objects.filter(pk=member.pk)
        .values(
            phone_rows=rows_of(MemberPhone.objects.filter(**mine).order_by("-is_primary", "pk")),
            card_rows=rows_of(MemberCard.objects.filter(**mine).order_by("-issued_on", "-pk")),
            note_rows=rows_of(MemberNote.objects.filter(**mine).order_by("-at", "-pk")[:NOTES], by=PERSON),
            care_rows=rows_of(
                MemberCare.objects.filter(is_open, **mine).order_by("-from_on", "-pk")[:CARERS],
                associate=PERSON,
                counter=("name", "name_en", "code"),
            ),
            household_rows=rows_of(
                HouseholdMember.objects.filter(left_on__isnull=True, **mine), household=("name", "pools_points")
            ),
        )
        .get()
    )
    cards = revived(MemberCard, row["card_rows"])
    return Belongings(
        revived(MemberPhone, row["phone_rows"]),
        sorted(cards, key=lambda card: not card.is_usable),
        revived(MemberNote, row["note_rows"]),
        revived(MemberCare, row["care_rows"]),
        next(iter(revived(HouseholdMember, row["household_rows"])), None),
    )
