"""What the pages of an import show: its counts, and its rows with what each would change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kit import phones
from members.models import Consent, FieldDefinition, Member, MemberImport, StagedMember
from stores.models import Store

VERDICTS = ("new", "update", "unchanged", "duplicate", "ambiguous", "error")
TAGS = {"new": "ok", "update": "accent", "duplicate": "gold", "ambiguous": "gold", "error": "warn"}
FIGURES = {
    "taken_back": lazy("Members taken back"),
    "emptied": lazy("Closed and emptied (their ledger stays)"),
    "restored": lazy("Changes undone"),
    "left": lazy("Left as they are"),
}


@dataclass(frozen=True)
class Fact:
    """One field of a row: what it was (for changes) and what it would be."""

    label: str
    value: str
    before: str = ""


@dataclass(frozen=True)
class ImportRow:
    """A row of the file as the pages show it."""

    row_no: int
    member_id: int | None
    member: str
    facts: tuple[Fact, ...] = ()
    reason: str = ""
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Count:
    """How many rows have a verdict, and its tab."""

    verdict: str
    label: str
    rows: int
    tag: str


def counts_of(batch: MemberImport) -> list[Count]:
    """Rows per verdict: as they came out once applied, as foreseen before."""
    counts = batch.results if batch.results else batch.counts
    return [
        Count(verdict, str(StagedMember.Verdict(verdict).label), counts.get(verdict, 0), TAGS.get(verdict, ""))
        for verdict in VERDICTS
    ]


def figures_of(batch: MemberImport, labels: dict[str, Any]) -> list[tuple[str, int]]:
    """The other figures: of apps above, and of the undoing."""
    known = {**labels, **FIGURES}
    figures = {**batch.counts, **batch.results}
    return [(str(label), figures[name]) for name, label in known.items() if name in figures]


def field_labels() -> dict[str, str]:
    """The words for what an import writes."""
    labels = {field.attname: str(field.verbose_name) for field in Member._meta.concrete_fields}
    labels |= {f"custom.{one.key}": one.label for one in FieldDefinition.objects.all()}
    return labels | {
        "phones": _("Phone"), "card": _("Card number"), "card_no": _("Card number"), "identity": _("Identity number"),
        "note": _("Note"), "birthday": _("Birthday"), "consents": _("Consent"), "enrolled_on": _("Enrolled on"),
    }  # fmt: skip


def rows_shown(staged: Sequence[StagedMember], changes: dict[int, Any], reasons: dict[int, str]) -> list[ImportRow]:
    """The rows of one page; `changes` of those that change somebody (by row), `reasons` of those not taken."""
    labels = field_labels()
    stores = {store.pk: store.label for store in Store.objects.all()}
    ids = {row.match_id for row in staged if row.match_id}
    members = dict(Member.objects.filter(pk__in=ids).values_list("pk", "member_no"))
    shown = []
    for row in staged:
        if row.verdict == "update" and row.row_no in changes:
            facts = _changed(changes[row.row_no], labels, stores)
        elif row.verdict in ("new", "unchanged", "duplicate", "ambiguous"):
            facts = _said(row.data, labels, stores)
        else:
            facts = ()
        cells = tuple(row.data.get("raw") or ())
        if row.match_id and row.match_id in members:
            member_id, member_no = row.match_id, members[row.match_id]
        else:
            member_id, member_no = None, ""
        shown.append(ImportRow(row.row_no, member_id, member_no, facts, reasons.get(row.row_no, ""), cells))
    return shown


def _changed(change: Any, labels: dict[str, str], stores: dict[int, str]) -> tuple[Fact, ...]:
    skipped = {"birth_calendar", "birth_year", "birth_is_leap", "external_source", "next_birthday_on", "birth_month"}
    facts = [
        Fact(labels.get(key, key), _word(key, after, stores) or "—", _word(key, change.before[key], stores) or "—")
        for key, after in change.after.items()
        if key not in skipped and key != "birth_day"
    ]
    if "birth_day" in change.after:
        facts.append(Fact(labels["birthday"], _birthday(change.after), _birthday(change.before) or "—"))
    facts += [Fact(labels.get(key, key), f"+ {_word(key, value, stores)}") for key, value in change.added.items()]
    facts += [Fact(name, str(value)) for name, value in change.extensions_shown.items()]
    return tuple(facts)


def _said(data: dict[str, Any], labels: dict[str, str], stores: dict[int, str]) -> tuple[Fact, ...]:
    facts = [
        Fact(labels.get(key, key), text)
        for key, value in data.items()
        if key not in ("custom", "extensions", "raw") and (text := _word(key, value, stores))
    ]
    facts += [Fact(labels.get(f"custom.{key}", key), str(value)) for key, value in (data.get("custom") or {}).items()]
    return tuple(facts)


def _birthday(values: dict[str, Any]) -> str:
    if not values.get("birth_month"):
        return ""
    year = f"{values['birth_year']}-" if values.get("birth_year") else ""
    day = f"{year}{values['birth_month']:02}-{values['birth_day']:02}"
    return _lunar(day) if values.get("birth_calendar") == "lunar" else day


def _lunar(day: str) -> str:
    return " ".join((_("Lunar calendar"), day))


def _word(key: str, value: Any, stores: dict[int, str]) -> str:
    """A value as pages show it: numbers masked, choices in words."""
    if value in (None, "", [], {}):
        return ""
    if key == "phones":
        return " · ".join(phones.mask(number) for number in value)
    if key == "identity":
        return value[2]
    if key == "home_store_id":
        return stores.get(value, str(value))
    if key == "birthday":
        month, day, year, lunar, _leap = value
        text = f"{year}-{month:02}-{day:02}" if year else f"{month:02}-{day:02}"
        return _lunar(text) if lunar else text
    if key == "consents":
        return _answers(value.items() if isinstance(value, dict) else [(c, (said, on)) for c, said, on in value])
    if key in ("gender", "category", "language"):
        return str(dict(Member._meta.get_field(key).choices).get(value, value))
    return str(value)


def _answers(items: Iterable[tuple[str, Sequence[Any]]]) -> str:
    answers = {True: _("yes"), False: _("no")}
    return " · ".join(
        f"{Consent.Channel(channel).label} {answers[bool(said[0])]}{f' ({said[1]})' if said[1] else ''}"
        for channel, said in items
    )
