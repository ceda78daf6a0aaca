"""Stored membership brought to what a rule means now: a table of who should belong, compared both ways."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.utils import timezone

from campaigns.models import Segment, SegmentPin
from campaigns.rules.compiler import LIVING
from campaigns.rules.sql import Clock, Sql
from campaigns.selectors.segment_rules import members_meant
from kit.partitions import ensure_months

PINNED: Final = """
WITH RECURSIVE root (start, id) AS (
    SELECT p.member_id, p.member_id FROM campaigns_segmentpin p WHERE p.segment_id = %s
    UNION SELECT root.start, m.merged_into_id FROM root JOIN members_member m ON m.id = root.id
    WHERE m.merged_into_id IS NOT NULL)
SELECT DISTINCT ON (m.id) m.id, p.pin FROM root JOIN members_member m ON m.id = root.id
JOIN campaigns_segmentpin p ON p.segment_id = %s AND p.member_id = root.start
WHERE {living} ORDER BY m.id, p.made_at DESC, p.id DESC"""
MOVES: Final = """
WITH moved AS (
    INSERT INTO campaigns_segmentmove (moved_on, segment_id, member_id, moved_at, entered, why)
    SELECT %(today)s, %(segment)s, coalesce(n.member_id, e.member_id), %(now)s, coalesce(n.is_in, false),
        (coalesce(n.pin, e.pin) <> 0)::int
    FROM segment_now n FULL JOIN (
        SELECT member_id, is_in, pin FROM campaigns_segmentmember WHERE segment_id = %(segment)s{only}) e
        ON e.member_id = n.member_id
    WHERE coalesce(n.is_in, false) <> coalesce(e.is_in, false) RETURNING entered)
SELECT count(*) FILTER (WHERE entered), count(*) FILTER (WHERE NOT entered) FROM moved"""
LEFT: Final = """
DELETE FROM campaigns_segmentmember e WHERE e.segment_id = %(segment)s{only}
AND NOT EXISTS (SELECT 1 FROM segment_now n WHERE n.member_id = e.member_id)"""
ENTERED: Final = """
INSERT INTO campaigns_segmentmember AS e (segment_id, member_id, is_in, pin, since)
SELECT %(segment)s, n.member_id, n.is_in, n.pin, %(now)s FROM segment_now n
LEFT JOIN campaigns_segmentmember o ON o.segment_id = %(segment)s AND o.member_id = n.member_id
WHERE o.member_id IS NULL OR o.is_in <> n.is_in OR o.pin <> n.pin
ORDER BY n.member_id
ON CONFLICT (segment_id, member_id) DO UPDATE SET is_in = EXCLUDED.is_in, pin = EXCLUDED.pin,
    since = CASE WHEN e.is_in = EXCLUDED.is_in THEN e.since ELSE EXCLUDED.since END"""
DAY: Final = """
INSERT INTO campaigns_segmentday AS d (segment_id, "on", size, entered, "left")
VALUES (%(segment)s, %(today)s, %(size)s, %(entered)s, %(left)s)
ON CONFLICT (segment_id, "on") DO UPDATE SET size = EXCLUDED.size, entered = d.entered + EXCLUDED.entered,
    "left" = d."left" + EXCLUDED."left" """


@dataclass(frozen=True, slots=True)
class Diff:
    """What comparing brought: who came, who went, and how many belong."""

    entered: int
    left: int
    size: int


def draw_up(members: Sql, *, few: bool = False) -> None:
    """Write who is meant into a temporary table of this transaction. Nothing else is touched yet."""
    with connection.cursor() as cursor:
        # Several builds in one transaction share the table: each table made takes locks until the end.
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS segment_now (member_id bigint NOT NULL, is_in boolean NOT NULL DEFAULT true,"
            " pin smallint NOT NULL DEFAULT 0) ON COMMIT DROP"
        )
        cursor.execute("TRUNCATE segment_now")
        cursor.execute(f"INSERT INTO segment_now (member_id) {members.text}", members.params)
        if not few:
            cursor.execute("ANALYZE segment_now")


def apply_diff(segment: Segment, *, only: Sequence[int] | None = None, tells: bool = True) -> Diff:
    """Bring the stored members of a locked segment to what was drawn up, pins winning over the rule. `tells` says
    whether who came and went is written down: the first time a segment is computed, everybody's `since` says it."""
    now = timezone.now()
    words = {"segment": segment.pk, "now": now, "today": timezone.localdate(now), "ids": list(only or ())}
    narrowed = " AND member_id = ANY(%(ids)s)" if only is not None else ""
    with connection.cursor() as cursor:
        _put_pins(cursor, segment.pk, only)
        entered = left = 0
        if tells:
            ensure_months(["campaigns_segmentmove"], [words["today"]])
            cursor.execute(MOVES.format(only=narrowed), words)
            entered, left = cursor.fetchone()
        cursor.execute(LEFT.format(only=narrowed), words)
        cursor.execute(ENTERED, words)
        if only is None or not tells:
            cursor.execute("SELECT count(*) FROM campaigns_segmentmember WHERE segment_id = %s AND is_in", [segment.pk])
            size = cursor.fetchone()[0]
        else:
            size = segment.size + entered - left
        if only is None or entered or left:
            cursor.execute(DAY, {**words, "size": size, "entered": entered, "left": left})
    return Diff(entered, left, size)


def _put_pins(cursor, segment_id: int, only: Sequence[int] | None) -> None:
    if not SegmentPin.objects.filter(segment_id=segment_id).exists():
        return
    cursor.execute(PINNED.format(living=LIVING), [segment_id, segment_id])
    pins = [(pk, pin) for pk, pin in cursor.fetchall() if only is None or pk in set(only)]
    if pins:
        ids = [pk for pk, _pin in pins]
        cursor.execute("DELETE FROM segment_now WHERE member_id = ANY(%s)", [ids])
        cursor.execute(
            "INSERT INTO segment_now SELECT id, pin = 1, pin FROM unnest(%s::bigint[], %s::smallint[]) AS p (id, pin)",
            [ids, [pin for _pk, pin in pins]],
        )


def settle_members(segment: Segment, member_ids: Sequence[int]) -> Diff | None:
    """Ask the rule of a locked segment about a few members and keep the answer. None before the segment was computed
    the first time, which will do it."""
    if segment.built_at is None:
        return None
    draw_up(members_meant(segment, Clock.now(), only=member_ids), few=True)
    diff = apply_diff(segment, only=member_ids)
    if diff.size != segment.size:
        segment.size = diff.size
        Segment.objects.filter(pk=segment.pk).update(size=diff.size)
    return diff
