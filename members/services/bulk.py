"""Enrolling thousands at once, set-wise: for imports and the demo store."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from itertools import islice

from django.db import transaction
from django.utils import timezone

from kit import names, phones
from kit.copy import copy_stream, take_ids
from kit.copy import copy_text as t
from members.birthdays import Birthday
from members.models import Consent, Member
from members.services.numbering import take_card_numbers, take_member_numbers
from members.signals import members_enrolled
from staff.audit import record
from staff.models import User

PIECE = 10_000
Text = tuple[str, Sequence[str], io.StringIO]

_MEMBER = (
    "id", "member_no", "kind", "category", "status", "name", "name_en", "gender", "birth_calendar", "birth_year",
    "birth_month", "birth_day", "birth_is_leap", "next_birthday_on", "home_store_id", "enrolled_on", "enrolled_at",
    "source", "external_source", "external_no", "language", "email", "province", "city", "district", "street",
    "postcode", "agreed_discount", "allows_sms", "allows_email", "allows_phone", "allows_post", "allows_wechat",
    "created_at", "updated_at", "enrolled_by_id", "custom",
)  # fmt: skip
_CARD = ("member_id", "number", "status", "issued_on", "issued_by_id", "blocked_reason", "changed_at")
_PHONE = (
    "member_id", "e164", "tail", "kind", "is_primary", "invalid", "opt_out_call", "opt_out_sms", "source", "created_at",
    "verified_at",
)  # fmt: skip
_CONSENT = ("member_id", "channel", "purpose", "granted", "at", "source", "evidence", "recorded_by_id")
_SEARCH = ("member_id", "name", "py", "ini", "toks")
_PAPER = ("member_id", "kind", "digest", "shown", "recorded_by_id", "recorded_at")
_NOTE = ("member_id", "text", "by_id", "at")
_CHANNELS = ("sms", "email", "phone", "post", "wechat")


@dataclass(slots=True)
class NewMember:
    """One member to enrol in bulk. `phones` are E.164 or as typed; `consents` the channels agreed to at enrolment,
    `answers` further ones as (channel, yes or no, when); `papers` are (kind, digest, shown) of identity papers."""

    name: str = ""
    phones: Sequence[str] = ()
    external_no: str = ""
    store_id: int | None = None
    enrolled_on: date | None = None
    enrolled_at: datetime | None = None
    name_en: str = ""
    gender: str = ""
    birthday: Birthday | None = None
    email: str = ""
    language: str = "zh-hans"
    kind: str = "individual"
    category: str = "ordinary"
    status: str = "active"
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    postcode: str = ""
    agreed_discount: object = None
    consents: Sequence[str] = ()
    card_number: str = ""
    phones_are_verified: bool = False
    answers: Sequence[tuple[str, bool, datetime | None]] = ()
    papers: Sequence[Sequence[str]] = ()
    custom: Mapping[str, object] = field(default_factory=dict)
    note: str = ""


@transaction.atomic
def enrol_members_bulk(
    rows: Iterable[NewMember], *, actor: User | None, external_source: str = "", source: str = "import"
) -> list[int]:
    """Enrol all rows by COPY, with cards, phones, consents and search rows; returns their ids in order.

    All or nothing. It looks for no duplicates by phone: the import decides that beforehand. An external number
    that is there already (or a card number) violates its constraint, so a second call enrols nobody twice.
    """
    ids: list[int] = []
    waiting = iter(rows)
    with ThreadPoolExecutor(1) as pool:
        # One piece is written while the text of the next is made: Postgres and Python each have a processor.
        ahead: Future[list[Text]] | None = None
        while piece := list(islice(waiting, PIECE)):
            drawn = take_ids(members_member=len(piece))["members_member"]
            numbers = (take_member_numbers(len(piece)), take_card_numbers(len(piece)))
            following = pool.submit(_texts, piece, drawn, *numbers, actor, external_source, source)
            if ahead:
                _write(ahead.result())
            ahead = following
            ids += drawn
        if ahead:
            _write(ahead.result())
    for start in range(0, len(ids), PIECE):
        members_enrolled.send(sender=Member, member_ids=ids[start : start + PIECE])
    if ids:
        record(actor, "members.members_enrolled", None, count=len(ids), first_id=ids[0], last_id=ids[-1], source=source)
    return ids


def _write(texts: list[Text]) -> None:
    for table, columns, text in texts:
        if text.tell():
            text.seek(0)
            copy_stream(table, columns, text)


def _texts(
    piece: list[NewMember],
    ids: list[int],
    member_numbers: list[str],
    card_numbers: list[str],
    actor: User | None,
    external_source: str,
    source: str,
) -> list[Text]:
    """The rows of one piece in COPY's text format, per table. Pure: it runs beside the database."""
    today, now = timezone.localdate(), str(timezone.now())
    by = t(actor.pk if actor else None)
    members, cards, numbers, consents, found, papers, notes = (io.StringIO() for _ in range(7))
    consent_source = source if source in Consent.Source.values else Consent.Source.IMPORT.value

    for pk, member_no, card_no, row in zip(ids, member_numbers, card_numbers, piece, strict=True):
        on = row.enrolled_on or (row.enrolled_at and timezone.localdate(row.enrolled_at)) or today
        at = str(row.enrolled_at) if row.enrolled_at else now if on == today else _morning(on)
        read = names.readings(row.name, row.name_en)
        members.write(_member_line(pk, member_no, row, on, at, today, now, source, external_source, by))
        cards.write(f"{pk}\t{t(row.card_number or card_no)}\tactive\t{on}\t{by}\t\t{at}\n")
        for line in _phone_lines(pk, row, source, at):
            numbers.write(line)
        for channel in row.consents:
            consents.write(f"{pk}\t{channel}\tmarketing\tt\t{at}\t{consent_source}\t\t{by}\n")
        for channel, granted, when in row.answers:
            said = "t" if granted else "f"
            consents.write(f"{pk}\t{channel}\tmarketing\t{said}\t{when or now}\t{consent_source}\t\t{by}\n")
        for kind, digest, shown in row.papers:
            papers.write(f"{pk}\t{kind}\t{digest}\t{shown}\t{by}\t{now}\n")
        if row.note:
            notes.write(f"{pk}\t{t(row.note)}\t{by}\t{now}\n")
        found.write(f"{pk}\t{t(read.name)}\t{read.py}\t{read.ini}\t{_array(read.other_tokens)}\n")
    return [
        ("members_member", _MEMBER, members),
        ("members_membercard", _CARD, cards),
        ("members_memberphone", _PHONE, numbers),
        ("members_consent", _CONSENT, consents),
        ("members_membersearch", _SEARCH, found),
        ("members_memberidentity", _PAPER, papers),
        ("members_membernote", _NOTE, notes),
    ]


@lru_cache(maxsize=10_000)
def _morning(on: date) -> str:
    """A member who came with a day but no time enrolled at ten o'clock."""
    return str(timezone.make_aware(datetime.combine(on, time(10))))


def _array(tokens: Sequence[str]) -> str:
    """A text array in COPY's format. Letters and Han need no quotes; odd tokens get them."""
    if not tokens:
        return "{}"
    text = ",".join(tokens)
    if text.count(",") == len(tokens) - 1 and text.replace(",", "").isalnum() and "null" not in tokens:
        return "{" + text + "}"
    return t("{" + ",".join(['"' + x.replace("\\", "\\\\").replace('"', '\\"') + '"' for x in tokens]) + "}")


def _member_line(
    pk: int,
    member_no: str,
    row: NewMember,
    on: date,
    at: str,
    today: date,
    now: str,
    source: str,
    external_source: str,
    by: str,
) -> str:
    b = row.birthday
    birth = (
        f"{'lunar' if b.lunar else 'solar'}\t{t(b.year)}\t{b.month}\t{b.day}\t{'t' if b.lunar and b.is_leap else 'f'}"
        f"\t{b.next_on(today)}"
        if b
        else "solar\t\\N\t\\N\t\\N\tf\t\\N"
    )
    address = "\t".join([t(x) for x in (row.province, row.city, row.district, row.street, row.postcode)])
    agreed = {*row.consents, *(channel for channel, granted, _when in row.answers if granted)}
    allows = "\t".join(["t" if channel in agreed else "f" for channel in _CHANNELS])
    return (
        f"{pk}\t{member_no}\t{row.kind}\t{row.category}\t{row.status}\t{t(names.tidy(row.name))}"
        f"\t{t(names.tidy(row.name_en))}\t{row.gender}\t{birth}\t{t(row.store_id)}\t{on}\t{at}\t{source}"
        f"\t{t(external_source if row.external_no else '')}\t{t(row.external_no)}\t{row.language}\t{t(row.email)}"
        f"\t{address}\t{t(row.agreed_discount)}\t{allows}\t{now}\t{now}\t{by}\t{t(dict(row.custom)) if row.custom else '{}'}\n"
    )


def _phone_lines(pk: int, row: NewMember, source: str, at: str) -> Iterator[str]:
    verified = at if row.phones_are_verified else "\\N"
    numbers = dict.fromkeys(p if p.startswith("+") else phones.reachable(p) for p in row.phones if p)
    for place, e164 in enumerate(numbers):
        kind = "mobile" if phones.is_mobile(e164) else "landline"
        main = "t" if place == 0 else "f"
        yield f"{pk}\t{e164}\t{e164[-4:]}\t{kind}\t{main}\tf\tf\tf\t{source}\t{at}\t{verified}\n"
