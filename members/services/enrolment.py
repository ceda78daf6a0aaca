"""Enrolment: one short form at the desk, or one call from the till. A duplicate is welcomed back."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit import names, phones
from kit.errors import DomainError
from members.birthdays import NO_BIRTHDAY, Birthday
from members.exceptions import PhoneShared
from members.locks import lock_phone
from members.models import Consent, Contact, Member, MemberCard, MemberPhone
from members.services.consent import append_consent
from members.services.identities import record_identity
from members.services.numbering import take_card_numbers, take_member_numbers
from members.services.search_rows import write_search_row
from members.signals import member_enrolled
from staff.audit import record
from staff.models import User
from stores.models import Store


@dataclass(frozen=True)
class EnrolResult:
    """The member, and whether they are new; an existing one is welcomed back."""

    member: Member
    created: bool


@transaction.atomic
def enrol_member(
    *,
    name: str,
    phone: str,
    store: Store | None,
    actor: User | None,
    name_en: str = "",
    gender: str = "",
    birthday: Birthday | None = None,
    email: str = "",
    language: str = Member.Language.CHINESE,
    source: str = Member.Source.DESK,
    consents: Iterable[str] = (),
    phone_is_verified: bool = False,
    shares_phone: bool = False,
    kind: str = Member.Kind.INDIVIDUAL,
    category: str | None = None,
    identity: str = "",
) -> EnrolResult:
    """Make somebody a member with a card, or welcome an existing one back.

    The same phone with the same name (or the same sound of it), or a verified phone with one single member, is
    the existing member: nothing is written, however often it is called. A number that belongs to members of
    another name raises `PhoneShared` unless `shares_phone` says that a further person uses it. `consents` are
    the channels somebody agreed to for offers; `identity` is the number of a paper, refused when it is another's.
    """
    name = names.tidy(name)
    e164 = phones.reachable(phone)
    if not name and source == Member.Source.DESK:
        raise DomainError(_("Please give a name."), fields={"name": ""})
    # The number has no row yet; without this lock two clerks would enrol the same person twice.
    lock_phone(e164)
    if existing := _existing_member(name, e164, shares_phone):
        convert_open_contacts(existing, e164, actor)
        return EnrolResult(existing, created=False)

    member = _create_member(
        name=name,
        name_en=names.tidy(name_en),
        kind=kind,
        category=category or (Member.Category.GROUP if kind == Member.Kind.GROUP else Member.Category.ORDINARY),
        gender=gender,
        email=email.strip(),
        language=language,
        source=source,
        home_store=store,
        enrolled_by=actor,
        birthday=birthday,
    )
    MemberPhone.objects.create(
        member=member,
        e164=e164,
        tail=phones.tail(e164),
        kind=MemberPhone.Kind.MOBILE if phones.is_mobile(e164) else MemberPhone.Kind.LANDLINE,
        is_primary=True,
        verified_at=timezone.now() if phone_is_verified else None,
        source=source,
    )
    (number,) = take_card_numbers()
    MemberCard.objects.create(member=member, number=number, issued_by=actor)
    write_search_row(member)
    for channel in dict.fromkeys(consents):
        append_consent(member, channel=channel, granted=True, actor=actor, source=_consent_source(source))
    if identity:
        record_identity(member_id=member.pk, number=identity, actor=actor)
    convert_open_contacts(member, e164, actor)
    record(actor, "members.member_enrolled", member, store=store, source=source, phone=phones.mask(e164))
    member_enrolled.send(sender=Member, member_id=member.pk)
    return EnrolResult(member, created=True)


def _create_member(*, birthday: Birthday | None, **fields: object) -> Member:
    (number,) = take_member_numbers()
    today = timezone.localdate()
    birth = birthday.columns(today) if birthday else NO_BIRTHDAY
    return Member.objects.create(member_no=number, enrolled_on=today, **fields, **birth)


def _existing_member(name: str, e164: str, shares_phone: bool) -> Member | None:
    """Who this is, if they are a member already; raises `PhoneShared` where only people can tell."""
    matches = members_with_phone(e164)
    if not matches:
        return None
    wanted = names.readings(name)
    for member, _verified in matches:
        known = names.readings(member.name, member.name_en)
        if wanted.name == known.name or (wanted.py and wanted.py == known.py):
            return member
    if shares_phone:
        return None
    if len(matches) == 1:
        member, verified = matches[0]
        if verified or not name or not member.name:
            return member
    raise PhoneShared(
        _("This number already belongs to %(name)s. Is it the same person?")
        % {"name": _(", ").join(names.mask(member.display_name) for member, _verified in matches[:3])},
        member_ids=[member.pk for member, _verified in matches],
    )


def members_with_phone(e164: str) -> list[tuple[Member, bool]]:
    """The living members with this number, longest enrolled first, and whether they proved it is theirs."""
    rows = (
        MemberPhone.objects.filter(e164=e164, member__merged_into__isnull=True)
        .exclude(member__status=Member.Status.CLOSED)
        .select_related("member__home_store")
        .order_by("member_id")
    )
    return [(row.member, row.verified_at is not None) for row in rows[:50]]


def convert_open_contacts(member: Member, e164: str, actor: User | None) -> int:
    """Contacts without a card who left this number have become this member. A second call finds none."""
    now = timezone.now()
    converted = Contact.objects.filter(phone=e164, converted_to__isnull=True).update(
        converted_to=member, converted_at=now
    )
    if converted:
        record(actor, "members.contact_converted", member, store=member.home_store_id, contacts=converted)
    return converted


def _consent_source(source: str) -> str:
    known = {choice.value for choice in Consent.Source}
    return source if source in known else Consent.Source.DESK
