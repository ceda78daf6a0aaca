"""The fields a rule may ask about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.rules.kinds import Kind
from campaigns.rules.sql import Clock, Sql
from campaigns.segment_exceptions import RuleRefused


class Cost(IntEnum):
    """How much of the database a question reads for all members."""

    STORED = 0
    """Columns of the member, of their figures or of their account: under half a second at a million."""
    SET = 1
    """Another table with about a row per member."""
    LINES = 2
    """Receipts or their lines: seconds where neither brand nor window narrows it."""


Members = Callable[[str, Any, Clock], Sql]


@dataclass(frozen=True)
class Field:
    """Something a rule may ask about members.

    Give either `column` (an SQL expression over `m`, the member, `s`, their figures, `a`, their points account, with
    `{today}` for the business day) or
    `members`, a function of (test, value, clock) that returns the subquery of ids of the members for whom the test is
    true: one column named `member_id`, each id any number of times. The contrary test of a kind (`is_none_of`, `is_no`,
    `did_not`) is never asked of it: the compiler takes everybody else.

    `name` is written into stored rules and never changes. `unknown_counts(test, value, clock)` of a set gives the
    members of whom there is data at all, so that a rule may take in the others (see `or_unknown`).
    `own(member_id, value, clock)` tells a member's own value in words, for "why is this member in it?".
    `sampled` names tables (table, column of the member's id, other columns) that the random sample copies, so that the
    estimate is quick. `permission`: who may use it in a rule.
    """

    name: str
    label: str | Promise
    group: str | Promise
    kind: Kind
    column: str = ""
    members: Members | None = None
    cost: Cost = Cost.STORED
    hint: str | Promise = ""
    permission: str = ""
    own: Callable[[int, Any, Clock], str] | None = None
    unknown_counts: Callable[[str, Any, Clock], Sql | None] | None = None
    sampled: Sequence[tuple[str, str, tuple[str, ...]]] = ()

    def expression(self, clock: Clock) -> str:
        """The column for a business day."""
        return self.column.replace("{today}", f"DATE '{clock.today.isoformat()}'")

    @property
    def is_set(self) -> bool:
        return self.members is not None


_fields: dict[str, Field] = {}
_families: list[Callable[[], Sequence[Field]]] = []


def register(field: Field) -> Field:
    """Offer a field to rules. The same name again replaces it."""
    if bool(field.column) == (field.members is not None):
        raise ValueError(f"{field.name}: give a column or members, one of the two")
    _fields[field.name] = field
    return field


def register_family(find: Callable[[], Sequence[Field]]) -> None:
    """Offer fields that rows of a table define (facts about members); asked each time, so remember them yourself."""
    if find not in _families:
        _families.append(find)


def all_fields() -> dict[str, Field]:
    """Every field by its name."""
    found = dict(_fields)
    for find in _families:
        found.update({field.name: field for field in find()})
    return found


def field_named(name: object) -> Field:
    """The field, or a sentence."""
    found = _fields.get(str(name)) or all_fields().get(str(name))
    if found is None:
        raise RuleRefused(_("The rule asks about “%(name)s”, which is not known here.") % {"name": str(name)[:60]})
    return found


IDENTITY = gettext_lazy("Who they are")
CONTACT = gettext_lazy("How to reach them")
STANDING = gettext_lazy("Star, points, coupons")
FIGURES = gettext_lazy("What they bought, in figures")
BEHAVIOUR = gettext_lazy("What they did")
FACTS = gettext_lazy("Facts learnt")
ANSWERS = gettext_lazy("How they answered us")
GROUPS = gettext_lazy("Other segments")
"""Headings of the list of fields."""
