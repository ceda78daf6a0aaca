"""Members something happened to are asked again: found in append-only tables from where reading stopped, so that the
till writes nothing for it.

A number below the mark may still appear, written by a transaction that was open when the mark was taken. So reading goes
on from the newest mark that is older than every transaction open at the last reading: nothing is missed, and a few
members are asked twice, which changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from campaigns.models import SegmentMark
from campaigns.rules.watching import Source, sources
from campaigns.selectors.segment_rules import in_order
from campaigns.services.segment_builds import rebuild_all, refresh_members, segments_in_use

AT_ONCE, TOO_MANY = 5_000, 50_000
# A transaction somebody forgot to end must not keep us reading the same days for ever; the nightly run covers it.
LONGEST = timedelta(hours=6)
KEPT = timedelta(hours=8)
# Changes of many members at once that leave one line: everything is computed anew.
MANY: Final = ("members.import_applied", "members.import_undone", "members.members_enrolled")


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many members were asked again in how many segments; `complete` is false when a segment was busy."""

    members: int
    segments: int
    complete: bool


def refresh_changed() -> Refreshed:
    """Find who changed since the last time and ask every segment about them. Where a segment is being computed, the
    same members are found again next time."""
    with connection.cursor() as cursor:
        watched = sources()
        marks = {one.name: _one(cursor, one.newest) for one in watched}
        # In this order: the marks, the time they were all read, then who is still writing.
        taken_at, open_since = _times(cursor)
        before = _reading_from()
        if before is None:
            return _keep(marks, taken_at, open_since, Refreshed(0, 0, complete=True))
        found, everybody = _changed(cursor, watched, before.marks, marks)
    if everybody or len(found) > TOO_MANY:
        builds = rebuild_all()
        done = Refreshed(len(found), len(builds), all(one.ran for one in builds))
    else:
        done = _ask(sorted(found))
    return _keep(marks, taken_at, open_since, done) if done.complete else done


def _ask(found: list[int]) -> Refreshed:
    segments = in_order(segments_in_use()) if found else []
    complete = True
    for segment in segments:
        if segment.built_at is None:
            continue
        for start in range(0, len(found), AT_ONCE):
            complete &= refresh_members(segment_id=segment.pk, member_ids=found[start : start + AT_ONCE]).ran
    return Refreshed(len(found), len(segments), complete)


def _changed(cursor, watched: list[Source], before: dict, marks: dict) -> tuple[set[int], bool]:
    found: set[int] = set()
    for one in watched:
        # A source that is new begins today: the nightly run has seen what it holds.
        after = before.get(one.name, marks[one.name])
        cursor.execute(f"SELECT DISTINCT member_id FROM ({one.members}) AS c (member_id) LIMIT %(most)s", {"after": after, "most": TOO_MANY + 1})  # fmt: skip
        found.update(pk for (pk,) in cursor.fetchall() if pk is not None)
    after = before.get("staff.audit", marks["staff.audit"])
    cursor.execute(
        "SELECT EXISTS (SELECT 1 FROM staff_auditentry WHERE id > %s AND action = ANY(%s))", [after, list(MANY)]
    )
    return found, cursor.fetchone()[0]


def _reading_from() -> SegmentMark | None:
    last = SegmentMark.objects.order_by("-taken_at", "-pk").first()
    if last is None:
        return None
    safe = SegmentMark.objects.filter(taken_at__lte=max(last.open_since, last.taken_at - LONGEST))
    return safe.order_by("-taken_at", "-pk").first() or SegmentMark.objects.earliest("taken_at")


def _times(cursor) -> tuple[datetime, datetime]:
    cursor.execute("SELECT clock_timestamp()")
    taken_at = cursor.fetchone()[0]
    cursor.execute(
        "SELECT least(clock_timestamp(), min(xact_start)) FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    return taken_at, cursor.fetchone()[0]


def _one(cursor, statement: str) -> int:
    cursor.execute(statement)
    return cursor.fetchone()[0]


@transaction.atomic
def _keep(marks: dict, taken_at: datetime, open_since: datetime, done: Refreshed) -> Refreshed:
    SegmentMark.objects.create(marks=marks, taken_at=taken_at, open_since=open_since, members=done.members)
    SegmentMark.objects.filter(taken_at__lt=taken_at - KEPT).delete()
    return done
