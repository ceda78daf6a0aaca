"""Counting the members of a rule while it is written: stored figures exactly, anything estimated, anything exactly."""

import time
from collections.abc import Callable

from django.core.cache import cache
from django.db import connection

from bench.figures import Run
from bench.made_store import made_store
from bench.registry import bench
from bench.segment_rules import any_rules, document, stored_rules
from campaigns.rules.compiler import LIVING
from campaigns.rules.document import read_rule
from campaigns.rules.sql import Clock
from campaigns.selectors.segment_counts import count_only, quick_count
from campaigns.services.segment_sample import draw_sample

ROUNDS = 5
STORED_MS, QUICK_MS, ANY_SECONDS = 500, 300, 15


@bench("segment-count", "Live counts of rules: stored figures exact, any rule estimated, any rule exact")
def segment_count(run: Run) -> None:
    """`--members`, `--receipts`. Limit beside the exact counts: counting the members who live at all."""
    with made_store(run.members, run.receipts):
        run.figure("sample.seconds", _timed(draw_sample), "s")
        clock = Clock.now()
        stored = [read_rule(document(one)) for one in stored_rules()]
        every = stored + [read_rule(document(one)) for one in any_rules()]
        limit = [_timed(_all_living) for _round in range(2 * ROUNDS)][ROUNDS:]
        for rule in every:
            count_only(rule, clock=clock)
        exact = [_timed(lambda rule=rule: count_only(rule, clock=clock)) for _round in range(ROUNDS) for rule in stored]
        run.spread(exact, label="stored", limit=limit)
        quick, kinds = [], {}
        for _round in range(ROUNDS):
            for rule in every:
                cache.clear()
                begun = time.perf_counter()
                answer = quick_count(rule, clock=clock)
                quick.append(time.perf_counter() - begun)
                kinds[answer.count.kind] = kinds.get(answer.count.kind, 0) + 1
        run.spread(quick, label="quick")
        for kind, count in sorted(kinds.items()):
            run.figure(f"quick.{kind}", count, "of", n=len(quick))
        unanswered: list[bool] = []
        exact = [_timed(lambda rule=rule: unanswered.append(count_only(rule, clock=clock) is None)) for rule in every]
        run.spread(exact, label="any", limit=limit)
        run.figure("any.unanswered", sum(unanswered), "of", n=len(every))
        run.figure("stored.goal", STORED_MS, "ms")
        run.figure("quick.goal", QUICK_MS, "ms")
        run.figure("any.goal", ANY_SECONDS * 1000, "ms")


def _timed(deed: Callable[[], object]) -> float:
    begun = time.perf_counter()
    deed()
    return time.perf_counter() - begun


def _all_living() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM members_member m WHERE {LIVING}")
        cursor.fetchone()
