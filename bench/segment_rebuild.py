"""A hundred segments computed one after another, as every night; and a few thousand changed members asked again."""

import time

from django.db import connection

from bench.figures import Run
from bench.made_store import made_store
from bench.registry import bench
from bench.segment_rules import any_rules, document, leaf, stored_rules
from campaigns.models import Segment
from campaigns.services.segment_builds import rebuild_all, refresh_members
from campaigns.services.segments import make_segment
from members.models import Member
from stores.models import Brand

SEGMENTS, SECONDS, CHANGED, TWO_MINUTES = 100, 300, 2_000, 120
TABLES = "campaigns_segmentmember, campaigns_segmentmove, campaigns_segmentday, campaigns_segmentpin, campaigns_segmentlistentry"


@bench("segment-rebuild", "A hundred mixed segments computed, computed again, and asked about changed members")
def segment_rebuild(run: Run) -> None:
    """`--members`, `--receipts`. Limit: five minutes for all of them, two for members something happened to."""
    with made_store(run.members, run.receipts):
        _clear()
        try:
            _make()
            begun = time.perf_counter()
            builds = rebuild_all()
            seconds = time.perf_counter() - begun
            run.figure("seconds", seconds, "s", n=len(builds), limit=SECONDS)
            run.figure("members", sum(one.size for one in builds), "of", n=len(builds))
            run.figure("failed", sum(bool(one.error) for one in builds), "of", n=len(builds))
            begun = time.perf_counter()
            again = rebuild_all()
            run.figure("again.seconds", time.perf_counter() - begun, "s", n=len(again), limit=SECONDS)
            run.figure("again.moved", sum(one.entered + one.left for one in again), "of", n=len(again))
            some = list(Member.objects.order_by("pk").values_list("pk", flat=True)[:CHANGED])
            begun = time.perf_counter()
            for one in again:
                refresh_members(segment_id=one.segment_id, member_ids=some)
            run.figure("changed.seconds", time.perf_counter() - begun, "s", n=CHANGED, limit=TWO_MINUTES)
        finally:
            _clear()


def _make() -> None:
    """Sixty of stored figures, thirty of what was bought within windows, ten over everything."""
    brands = [str(pk) for pk in Brand.objects.order_by("pk").values_list("pk", flat=True)]
    stored, every = stored_rules(), any_rules()
    for number in range(SEGMENTS):
        if number < 60:
            questions = [*stored[number % len(stored)], leaf("stat.spend_life", "at_least", str(number * 10))]
        elif number < 90:
            days = (30, 90, 180)[number % 3]
            value = {
                "brands": brands[number % 40 : number % 40 + 3],
                "window": "last_days",
                "days": days,
                "number": "1",
            }
            test = "did_not" if number % 5 == 0 else "did"
            questions = [leaf("did.bought", test, value), leaf("contact.allows_sms", "is_yes")]
        else:
            questions = every[(number - 90) % len(every)]
        make_segment(name=f"made {number}", rule=document(questions), actor=None)


def _clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES}")
        cursor.execute("UPDATE campaigns_segment SET current_id = NULL WHERE name LIKE 'made %%'", [])
        cursor.execute("DELETE FROM campaigns_segmentversion v USING campaigns_segment s WHERE s.id = v.segment_id AND s.current_id IS NULL")  # fmt: skip
    Segment.objects.filter(current=None).delete()
