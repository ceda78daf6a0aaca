"""What a row would change about the member it means: one comparison for the check, the preview and the applying."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from members.birthdays import NO_BIRTHDAY, Birthday
from members.models import Consent, Member, MemberCard, MemberIdentity, MemberImport, MemberNote, MemberPhone

PLAIN = (
    "name", "name_en", "gender", "email", "province", "city", "district", "street", "postcode", "language", "category",
    "home_store_id", "external_no",
)  # fmt: skip
BIRTH = ("birth_calendar", "birth_year", "birth_month", "birth_day", "birth_is_leap", "next_birthday_on")
COLUMNS = (
    "id", *PLAIN, "external_source", *BIRTH, "agreed_discount", "kind", "custom", "updated_at",
    *(f"allows_{channel}" for channel in Consent.Channel.values),
)  # fmt: skip
ADDED = ("phones", "card", "identity", "consents", "note")


@dataclass(slots=True)
class Change:
    """What a row changes: columns before and after (custom facts as "custom.key"), and what it adds."""

    row_no: int
    member_id: int
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    added: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)
    extensions_shown: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.after or self.added or self.extensions)

    def put(self, key: str, before: Any, after: Any) -> None:
        if before != after:
            self.before[key], self.after[key] = before, after


@dataclass(slots=True)
class Known:
    """What is known of the members some rows mean."""

    members: dict[int, dict[str, Any]]
    phones: dict[int, list[str]]
    cards: dict[int, set[str]]
    papers: dict[int, dict[str, str]]
    answers: dict[int, dict[str, tuple[bool, datetime]]]
    notes: set[tuple[int, str]]


def load_known(batch: MemberImport, ids: Sequence[int], *, lock: bool = False) -> Known:
    """Read the members with these ids (locked, where they are about to be written) and what the mapping can add to."""
    wanted = batch.spec["columns"].keys()
    columns = ", ".join(f"{name}::text" if name == "custom" else name for name in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM members_member WHERE id = ANY(%s) ORDER BY id"
            + (" FOR NO KEY UPDATE" if lock else ""),
            [sorted(ids)],
        )
        members = {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()}
    for member in members.values():
        member["custom"] = json.loads(member["custom"])
    known = Known(members, {}, {}, {}, {}, set())
    if wanted & {"phone1", "phone2", "phone3", "landline"}:
        for pk, number in MemberPhone.objects.filter(member_id__in=ids).values_list("member_id", "e164"):
            known.phones.setdefault(pk, []).append(number)
    if "card_no" in wanted:
        for pk, number in MemberCard.objects.filter(member_id__in=ids).values_list("member_id", "number"):
            known.cards.setdefault(pk, set()).add(number)
    if "identity" in wanted:
        for pk, kind, digest in MemberIdentity.objects.filter(member_id__in=ids).values_list(
            "member_id", "kind", "digest"
        ):
            known.papers.setdefault(pk, {})[kind] = digest
    if any(key.startswith("consent_") for key in wanted):
        rows = Consent.objects.filter(member_id__in=ids, purpose=Consent.Purpose.MARKETING)
        for pk, channel, granted, at in rows.order_by("at", "pk").values_list("member_id", "channel", "granted", "at"):
            known.answers.setdefault(pk, {})[channel] = (granted, at)
    if "note" in wanted:
        known.notes = set(MemberNote.objects.filter(member_id__in=ids).values_list("member_id", "text"))
    return known


def compare_row(batch: MemberImport, row_no: int, member_id: int, data: Mapping[str, Any], known: Known) -> Change:
    """What this row would change about this member."""
    change = Change(row_no, member_id)
    member = known.members[member_id]
    for key in PLAIN:
        if key in data:
            change.put(key, member[key], data[key] if data[key] is not None else "")
    if "external_no" in change.after:
        if member["external_no"]:
            change.reasons["external_no"] = _("This member has another number of a source system.")
        change.put("external_source", member["external_source"], batch.spec["source"])
    if change.after.get("category") and (change.after["category"] == "group") != (member["kind"] == "group"):
        change.reasons["category"] = _("Companies are group members; people are not.")
    if "agreed_discount" in data:
        _compare_discount(change, member, data["agreed_discount"])
    if "birthday" in data:
        _compare_birthday(change, member, data["birthday"])
    for key, value in (data.get("custom") or {}).items():
        change.put(f"custom.{key}", member["custom"].get(key), value)
    _compare_belongings(change, data, known)
    return change


def _compare_discount(change: Change, member: Mapping[str, Any], share: str | None) -> None:
    if share is not None and member["kind"] != Member.Kind.GROUP:
        change.reasons["agreed_discount"] = _("Only companies have an agreed discount.")
    before = member["agreed_discount"]
    change.put("agreed_discount", f"{before:.4f}" if before is not None else None, share)


def _compare_birthday(change: Change, member: Mapping[str, Any], parts: Sequence[Any] | None) -> None:
    if parts is None:
        if member["birth_month"] is None:
            return
        wanted = dict(NO_BIRTHDAY)
    else:
        month, day, year, lunar, is_leap = parts
        same = (member["birth_month"], member["birth_day"], member["birth_calendar"] == "lunar") == (month, day, lunar)
        if same and year is None:
            year = member["birth_year"]
        if same and (member["birth_year"], member["birth_is_leap"]) == (year, is_leap):
            return
        wanted = Birthday(month, day, year, lunar, is_leap).columns(timezone.localdate())
    for key in BIRTH:
        change.before[key], change.after[key] = _plain(member[key]), _plain(wanted[key])


def _compare_belongings(change: Change, data: Mapping[str, Any], known: Known) -> None:
    pk = change.member_id
    have = known.phones.get(pk, [])
    if new := [number for number in data.get("phones") or () if number not in have]:
        change.added["phones"] = new
    if (card := data.get("card_no")) and card not in known.cards.get(pk, ()):
        change.added["card"] = card
    if paper := data.get("identity"):
        shown_before = known.papers.get(pk, {}).get(paper[0])
        if shown_before is None:
            change.added["identity"] = paper
        elif shown_before != paper[1]:
            change.reasons["identity"] = _("This member has shown another paper of this kind.")
    answers = known.answers.get(pk, {})
    said = []
    for channel, (granted, on) in (data.get("consents") or {}).items():
        standing = answers.get(channel)
        at = answered_at(on)
        if standing is None or (standing[0] != granted and (at is None or at > standing[1])):
            said.append([channel, granted, on])
    if said:
        change.added["consents"] = said
    if (note := data.get("note")) and (pk, note) not in known.notes:
        change.added["note"] = note


def answered_at(on: str | None) -> datetime | None:
    """When a consent of a file was given: at ten on its day, None for now."""
    return timezone.make_aware(datetime.combine(date.fromisoformat(on), time(10))) if on else None


def custom_of(member: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The member's facts with some of them ("custom.key") set to other values."""
    facts = dict(member["custom"])
    for key, value in values.items():
        if key.startswith("custom."):
            if value is None:
                facts.pop(key.removeprefix("custom."), None)
            else:
                facts[key.removeprefix("custom.")] = value
    return facts


def changed_members(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if not change.reasons and not change.is_empty]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
