"""In which segments a member is, and why: each question of the rule with the member's own value and its answer.

All columns and all sets of all the member's segments are asked in one statement about this one member.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import F

from campaigns.models import Segment, SegmentMember, SegmentPin
from campaigns.rules.compiler import Compiler
from campaigns.rules.document import Group, Leaf
from campaigns.rules.sql import Clock, Sql, joined
from campaigns.rules.wording import leaf_words
from campaigns.segment_exceptions import RuleRefused
from campaigns.selectors.segment_rules import rule_of

MOST = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a rule: its words, the member's own value, whether it holds; `depth` and `op` place it."""

    words: str
    own: str
    holds: bool
    depth: int
    op: str

    @property
    def fits(self) -> bool:
        """Whether the answer is the one the rule wants there."""
        return self.holds != (self.op == "none")


@dataclass(slots=True)
class Belonging:
    """A segment the member is in, since when, by rule or by hand, and the questions of its rule."""

    segment: Segment
    since: Any
    pin: SegmentPin | None = None
    questions: list[Asked] = field(default_factory=list)
    error: str = ""


def belongings_of(member_id: int) -> list[Belonging]:
    """The segments a member is in now, newest first, without the why: one query."""
    rows = SegmentMember.objects.filter(member_id=member_id, is_in=True, segment__state=Segment.State.ACTIVE)
    rows = rows.select_related("segment__current", "segment__store").order_by(F("since").desc(), "segment_id")
    return [Belonging(one.segment, one.since) for one in rows]


def with_why(found: Sequence[Belonging], member_id: int, clock: Clock) -> list[Belonging]:
    """The same with the why of each."""
    ids = [one.segment.pk for one in found]
    pins = SegmentPin.objects.filter(segment__in=ids, member=member_id).select_related("made_by")
    by_segment = {one.segment_id: one for one in pins}
    leaves: list[tuple[Belonging, Leaf, int, str]] = []
    for one in found[:MOST]:
        one.pin = by_segment.get(one.segment.pk)
        if one.segment.kind == Segment.Kind.LIST:
            continue
        try:
            leaves += [(one, leaf, depth, op) for leaf, depth, op in _flat(rule_of(one.segment), 0)]
        except RuleRefused as refused:
            one.error = str(refused)
    for (one, leaf, depth, op), (own, holds) in zip(
        leaves, _answers([leaf for _o, leaf, _d, _p in leaves], member_id, clock), strict=True
    ):
        one.questions.append(Asked(leaf_words(leaf), own, holds, depth, op))
    return list(found)


def _flat(group: Group, depth: int) -> list[tuple[Leaf, int, str]]:
    flat: list[tuple[Leaf, int, str]] = []
    for rule in group.rules:
        flat += [(rule, depth, group.op)] if isinstance(rule, Leaf) else _flat(rule, depth + 1)
    return flat


def _answers(leaves: Sequence[Leaf], member_id: int, clock: Clock) -> list[tuple[str, bool]]:
    if not leaves:
        return []
    compiler = Compiler(clock, [member_id])
    parts: list[Sql] = []
    for leaf in leaves:
        known = leaf.known
        parts.append(compiler.node(leaf).around("coalesce(", ", false)"))
        parts.append(Sql("NULL" if known.is_set else known.expression(clock)))
    sql = joined(
        "",
        [joined(", ", parts).around("SELECT ", " FROM "), compiler.made.source, Sql(" WHERE m.id = %s", [member_id])],
    )
    with connection.cursor() as cursor:
        cursor.execute(sql.text, sql.params)
        row = cursor.fetchone()
    answers = []
    for number, leaf in enumerate(leaves):
        holds, value = (row[2 * number], row[2 * number + 1]) if row else (False, None)
        answers.append((_own(leaf, value, member_id, clock), bool(holds)))
    return answers


def _own(leaf: Leaf, value: Any, member_id: int, clock: Clock) -> str:
    known = leaf.known
    if known.own is not None:
        return known.own(member_id, leaf.value, clock)
    return "" if known.is_set else known.kind.shown(value)
