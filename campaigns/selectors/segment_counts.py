"""How many members a rule means, while it is being written: an estimate at once, the exact number right after.

The estimate runs the compiled statement over the random sample (`services.segment_sample`): hits × members ÷ sample size,
with the 95 % error of a share, 1.96 × sqrt((1 − p) ÷ (p × n)). Fewer than 25 hits say no more than an upper bound, the
one-sided 95 % limit of Poisson (Wilson and Hilferty). What was counted is remembered under the rule's hash and what has
been read of the world so far, so the same question is not counted twice.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from math import sqrt
from typing import Final

from django.core.cache import cache
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from campaigns.models import SegmentMark
from campaigns.rules.compiler import LIVING, Compiled, compile_rule, cost_of
from campaigns.rules.document import Group, Leaf, hash_of
from campaigns.rules.registry import Cost
from campaigns.rules.sql import Clock, Sql, joined
from campaigns.rules.wording import rule_words
from kit.remembered import Remembered
from stores.models import Chain

EXACT, ESTIMATE, AT_MOST = "exact", "estimate", "at_most"
QUICK_MS, SOME_MS, PATIENT_MS = 250, 3_000, 15_000
FEW_HITS, SMALL_CHAIN = 25, 30_000
CENTS: Final = Decimal("0.01")
_WORKS: Final = "SELECT 1 FROM members_memberphone p WHERE p.member_id = m.id AND NOT p.invalid"
# Consent, opt-outs and a way that works: who could be reached if nothing else held it back.
REACH: Final = {
    "sms": f"m.allows_sms AND EXISTS ({_WORKS} AND p.kind = 'mobile' AND NOT p.opt_out_sms)",
    "email": "m.allows_email AND m.email <> ''",
    "phone": f"m.allows_phone AND EXISTS ({_WORKS} AND NOT p.opt_out_call)",
    "post": "m.allows_post AND m.street <> ''",
    "site": "true",
}
LABELS: Final = {
    "sms": _("SMS"), "email": _("E-mail"), "phone": _("Phone call"), "post": _("Post"),
    "site": pgettext_lazy("channel", "Own pages"),
}  # fmt: skip
PRICES: Final = {"sms": "0.055", "email": "0.002", "phone": "2.00", "post": "1.50", "site": "0"}
"""Yuan a message costs where the chain has no setting `sms_price`, `email_price` …"""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of members and how sure it is; `error` is the 95 % error of an estimate in percent."""

    kind: str
    number: int
    error: Decimal | None = None

    @property
    def is_exact(self) -> bool:
        return self.kind == EXACT

    @property
    def is_bound(self) -> bool:
        return self.kind == AT_MOST


@dataclass(frozen=True, slots=True)
class Step:
    """A rule of the root in the waterfall: how many are left after it and how many it took away."""

    words: str
    left: int
    removed: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How many could be reached over a channel, and what one message to each would cost, in yuan."""

    channel: str
    label: str
    members: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule means: the number, of how many members, the waterfall and the channels."""

    count: Count
    total: int
    steps: tuple[Step, ...] = ()
    reach: tuple[Reach, ...] = ()
    milliseconds: int = 0

    @property
    def is_exact(self) -> bool:
        return self.count.is_exact


@dataclass(frozen=True, slots=True)
class Sampled:
    """How many members of the chain and of each store live, and how many of them the sample holds."""

    living: dict[int | None, int]
    held: dict[int | None, int]


def quick_count(rule: Group, *, clock: Clock, store_id: int | None = None) -> Answer:
    """An answer within a third of a second: exact where it is known or the chain is small, an estimate with its error,
    or an upper bound."""
    key = _key(rule, clock, store_id)
    if known := cache.get(key) or cache.get(f"{key}:quick"):
        return known
    sampled = _sampled.get()
    if sampled.living.get(None, 0) <= SMALL_CHAIN:
        answer = _asked(rule, clock, store_id, QUICK_MS, sample=False)
        if answer is not None:
            cache.set(key, answer, 3600)
            return answer
    answer = _asked(rule, clock, store_id, QUICK_MS, sample=True) if sampled.held.get(store_id) else None
    if answer is None:
        return _bound(rule, clock, store_id, sampled)
    answer = _scaled(answer, sampled.living.get(store_id, 0))
    cache.set(f"{key}:quick", answer, 120)
    return answer


def exact_count(rule: Group, *, clock: Clock, store_id: int | None = None, asker: int = 0) -> Answer | None:
    """The exact answer, or None where it takes longer than fifteen seconds or the asker has asked something else."""
    key = _key(rule, clock, store_id)
    if known := cache.get(key):
        return known
    answer = _asked(rule, clock, store_id, PATIENT_MS, sample=False, asker=asker)
    if answer is not None:
        cache.set(key, answer, 3600)
    return answer


def count_only(rule: Group, *, clock: Clock, store_id: int | None = None, timeout_ms: int = PATIENT_MS) -> int | None:
    """The exact number alone."""
    sql = compile_rule(rule, clock=clock, store_id=store_id).count()
    row = _row(sql, timeout_ms, sample=False)
    return row[0] if row else None


def some_members(rule: Group, *, clock: Clock, store_id: int | None = None) -> tuple[list[int], int, int] | None:
    """Members a rule means, as far as they are looked at: all of a small chain, else those of the sample; and how many
    live over how many were looked at. None where it takes too long."""
    sampled = _sampled.get()
    living = sampled.living.get(None, 0)
    small = living <= SMALL_CHAIN
    held = living if small else sampled.held.get(store_id, 0)
    if not held:
        return None
    sql = compile_rule(rule, clock=clock, store_id=store_id).ids()
    try:
        with _limited(SOME_MS, sample=not small) as cursor:
            cursor.execute(sql.text, sql.params)
            ids = [row[0] for row in cursor.fetchall()]
    except DatabaseError:
        return None
    return (ids, 1, 1) if small else (ids, sampled.living.get(store_id, 0), held)


def uses_sample() -> bool:
    """Whether the chain is so large that everybody is estimated from the sample, and there is one."""
    sampled = _sampled.get()
    return sampled.living.get(None, 0) > SMALL_CHAIN and bool(sampled.held.get(None))


def stop_counting(asker: int) -> None:
    """Cancel what this person asked before: the rule has changed, nobody waits for the old number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state = 'active' AND pid <> pg_backend_pid() AND starts_with(query, %s)",
            [_mark(asker)],
        )


def _asked(
    rule: Group, clock: Clock, store_id: int | None, timeout_ms: int, *, sample: bool, asker: int = 0
) -> Answer | None:
    begun = time.monotonic()
    compiled = compile_rule(rule, clock=clock, store_id=store_id)
    row = _row(_waterfall(rule, compiled).around(_mark(asker)), timeout_ms, sample=sample)
    if row is None:
        return None
    total, number, rest = row[0], row[1], list(row[2:])
    lefts, reached = rest[: len(rest) - len(REACH)], rest[len(rest) - len(REACH) :]
    steps = _steps(rule, total, lefts)
    reach = tuple(Reach(name, str(LABELS[name]), n, _cost(name, n)) for name, n in zip(REACH, reached, strict=True))
    return Answer(Count(EXACT, number), total, steps, reach, int(1000 * (time.monotonic() - begun)))


def _waterfall(rule: Group, compiled: Compiled) -> Sql:
    """One pass: all, those meant, those left after each rule of the root, those each channel reaches."""
    parts = _cumulative(rule, compiled.parts)
    facts = [Sql("m.id, m.allows_sms, m.allows_email, m.allows_phone, m.allows_post, m.email, m.street")]
    facts.append(compiled.where.around("coalesce(", ", false) AS hit"))
    facts += [part.around("coalesce(", f", false) AS c{number}") for number, part in enumerate(parts)]
    inner = joined(
        "", [joined(", ", facts).around("SELECT ", " FROM "), compiled.source, compiled.scope.around(" WHERE ")]
    )
    counted = ["count(*)", "count(*) FILTER (WHERE hit)"]
    counted += [f"count(*) FILTER (WHERE c{number})" for number in range(len(parts))]
    counted += [f"count(*) FILTER (WHERE hit AND {reach})" for reach in REACH.values()]
    return inner.around(f"SELECT {', '.join(counted)} FROM (", ") m")


def _cumulative(rule: Group, parts: Sequence[Sql]) -> list[Sql]:
    """The conditions up to each rule of an `all`; any other root is one step."""
    if rule.op != "all":
        return []
    wrapped = [part.around("(", ")") for part in parts]
    return [joined(" AND ", wrapped[: n + 1]) for n in range(len(wrapped))]


def _steps(rule: Group, total: int, lefts: list[int]) -> tuple[Step, ...]:
    said = [rule_words(one) for one in rule.rules] if rule.op == "all" else []
    before = [total, *lefts]
    return tuple(Step(words, left, before[n] - left) for n, (words, left) in enumerate(zip(said, lefts, strict=True)))


def _scaled(answer: Answer, living: int) -> Answer:
    held, hits = max(answer.total, 1), answer.count.number

    def up(number: int) -> int:
        return round(Decimal(number) * living / held)

    if hits < FEW_HITS:
        count = Count(AT_MOST, min(living, up_bound(hits, living, held)))
    else:
        share = hits / held
        error = Decimal(196 * sqrt((1 - share) / (share * held))).quantize(Decimal("0.1"))
        count = Count(ESTIMATE, up(hits), error)
    steps = tuple(replace(step, left=up(step.left), removed=up(step.removed)) for step in answer.steps)
    reach = tuple(
        replace(one, members=up(one.members), cost=_cost(one.channel, up(one.members))) for one in answer.reach
    )
    return Answer(count, living, steps, reach, answer.milliseconds)


def up_bound(hits: int, living: int, held: int) -> int:
    """With 95 % certainty there are no more: the Poisson limit of the hits, scaled up."""
    k = hits + 1
    limit = k * (1 - 1 / (9 * k) + 1.645 / (3 * sqrt(k))) ** 3
    return int(limit * living / held) + 1


def _bound(rule: Group, clock: Clock, store_id: int | None, sampled: Sampled) -> Answer:
    """No estimate in time: at most as many as the quick questions of the rule leave."""
    living = sampled.living.get(store_id, 0)
    kept = tuple(one for one in rule.rules if _is_quick(one)) if rule.op == "all" else ()
    answer = None
    if kept and len(kept) < len(rule.rules) and sampled.held.get(store_id):
        answer = _asked(Group("all", kept), clock, store_id, QUICK_MS, sample=True)
    if answer is None:
        return Answer(Count(AT_MOST, living), living)
    return Answer(Count(AT_MOST, min(living, up_bound(answer.count.number, living, max(answer.total, 1)))), living)


def _row(sql: Sql, timeout_ms: int, *, sample: bool) -> tuple | None:
    """Run it read-only under a time limit; None when it took too long, was cancelled, or the sample does not fit."""
    try:
        with _limited(timeout_ms, sample=sample) as cursor:
            cursor.execute(sql.text, sql.params)
            return cursor.fetchone()
    except OperationalError:
        return None
    except DatabaseError:
        if not sample:
            raise
        return None


@contextmanager
def _limited(timeout_ms: int, *, sample: bool) -> Iterator[object]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(timeout_ms)])
        if sample:
            cursor.execute("SET LOCAL search_path = segment_sample, public")
        try:
            yield cursor
        finally:
            # Inside an outer transaction SET LOCAL would outlive this block.
            if not connection.needs_rollback and connection.in_atomic_block:
                _back(cursor)


def _back(cursor) -> None:
    try:
        cursor.execute("RESET statement_timeout; RESET search_path")
    except DatabaseError:
        return


def _mark(asker: int) -> str:
    return f"/* segment count of {int(asker)} */ " if asker else ""


def _key(rule: Group, clock: Clock, store_id: int | None) -> str:
    marks = SegmentMark.objects.order_by("-taken_at", "-pk").values_list("marks", flat=True).first()
    seen = sha256(json.dumps(marks, sort_keys=True).encode()).hexdigest()[:16]
    # The words of the steps are in the asker's language.
    return f"segment-count:{get_language()}:{hash_of(rule)}:{store_id or 0}:{clock.today}:{seen}"


def _cost(channel: str, members: int) -> Decimal:
    return (Decimal(str(Chain.get().setting(f"{channel}_price", PRICES[channel]))) * members).quantize(CENTS)


def _is_quick(one: Group | Leaf) -> bool:
    return cost_of(Group("all", (one,))) == Cost.STORED


def _load_sampled() -> Sampled:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('segment_sample.totals') IS NOT NULL")
        if not cursor.fetchone()[0]:
            cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM members_member m WHERE {LIVING} LIMIT %s) x", [SMALL_CHAIN + 1])  # fmt: skip
            return Sampled({None: cursor.fetchone()[0]}, {})
        cursor.execute("SELECT home_store_id, living, held FROM segment_sample.totals")
        rows = cursor.fetchall()
    living = {store: n for store, n, _held in rows if store is not None}
    held = {store: n for store, _living, n in rows if store is not None}
    living[None], held[None] = sum(n for _s, n, _h in rows), sum(n for _s, _l, n in rows)
    return Sampled(living, held)


_sampled: Remembered[Sampled] = Remembered(_load_sampled)
