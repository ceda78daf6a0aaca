"""What segments are made of: their rules as trees, what refers to what, and the members a rule means."""

from collections.abc import Iterable, Sequence
from typing import Final

from campaigns.models import Segment
from campaigns.rules.compiler import LIVING, compile_rule, segments_in
from campaigns.rules.document import EVERYBODY, Group, read_rule
from campaigns.rules.sql import Clock, Sql
from campaigns.segment_exceptions import RuleRefused

# Members of an uploaded list; a merged one stands for whoever lives on.
LISTED: Final = f"""
WITH RECURSIVE root (id) AS (
    SELECT member_id FROM campaigns_segmentlistentry WHERE segment_id = %s
    UNION SELECT m.merged_into_id FROM root JOIN members_member m ON m.id = root.id WHERE m.merged_into_id IS NOT NULL)
SELECT m.id AS member_id FROM root JOIN members_member m ON m.id = root.id WHERE {LIVING}"""
# The same asked of a few: they and all who were merged into them.
LISTED_OF: Final = f"""
WITH RECURSIVE tree (root, id) AS (
    SELECT id, id FROM unnest(%s::bigint[]) AS id
    UNION SELECT tree.root, m.id FROM tree JOIN members_member m ON m.merged_into_id = tree.id)
SELECT DISTINCT m.id AS member_id FROM tree JOIN campaigns_segmentlistentry e ON e.member_id = tree.id AND e.segment_id = %s
JOIN members_member m ON m.id = tree.root WHERE {LIVING}"""


def rule_of(segment: Segment) -> Group:
    """The tree of a segment's present version (`current` loaded)."""
    return read_rule(segment.current.rule) if segment.current else EVERYBODY


def members_meant(segment: Segment, clock: Clock, only: Sequence[int] | None = None) -> Sql:
    """The ids of the members a segment's rule or list means today, pins aside."""
    if segment.kind == Segment.Kind.LIST:
        return Sql(LISTED, [segment.pk]) if only is None else Sql(LISTED_OF, [list(only), segment.pk])
    return compile_rule(rule_of(segment), clock=clock, store_id=segment.store_id, only=only).ids()


def references(segments: Iterable[Segment]) -> dict[int, set[int]]:
    """Which segments each one's rule refers to; a rule that can no longer be read refers to none."""
    found = {}
    for segment in segments:
        try:
            found[segment.pk] = segments_in(rule_of(segment)) if segment.kind == Segment.Kind.RULE else set()
        except RuleRefused:
            found[segment.pk] = set()
    return found


def in_order(segments: Sequence[Segment]) -> list[Segment]:
    """Segments with those they refer to before them."""
    refers, by_id = references(segments), {segment.pk: segment for segment in segments}
    done: dict[int, Segment] = {}

    def visit(pk: int, above: frozenset[int]) -> None:
        if pk in done or pk in above or pk not in by_id:
            return
        for one in sorted(refers[pk]):
            visit(one, above | {pk})
        done[pk] = by_id[pk]

    for pk in sorted(by_id):
        visit(pk, frozenset())
    return list(done.values())


def behind(segment: Segment) -> list[Segment]:
    """A segment and all its rule refers to, however far, with their versions; one query a step."""
    found, wanted = {segment.pk: segment}, references([segment])[segment.pk]
    while missing := wanted - set(found):
        further = list(Segment.objects.filter(pk__in=missing).select_related("current"))
        if not further:
            break
        found |= {one.pk: one for one in further}
        wanted = set().union(*references(further).values())
    return list(found.values())


def way_back(segment_id: int, rule: Group) -> list[int]:
    """How a rule would lead back to the segment it is for, as segments on the way; empty where it does not."""
    refers = references(Segment.objects.select_related("current"))
    ways = [[one] for one in segments_in(rule)]
    seen: set[int] = set()
    while ways:
        way = ways.pop()
        if way[-1] == segment_id:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [[*way, one] for one in refers.get(way[-1], set())]
    return []
