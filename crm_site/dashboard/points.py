"""Members, stars and points for the first screen."""

import time
from dataclasses import dataclass
from datetime import date, datetime

from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django.utils.translation import get_language

from crm_site.dashboard.periods import Period
from loyalty.models import PointsEntry, Tier, TierScheme

SLOW_SECONDS = 0.02
TIERS_KEY = "dashboard-tiers"
TIERS_SECONDS = 600
Bucket = PointsEntry.Bucket

# One pass over all days: what is owed is everything that ever happened.
POINTS = """
SELECT bucket, {columns} FROM loyalty_pointsday WHERE "on" <= %s GROUP BY bucket"""
WITHIN = 'sum(amount) FILTER (WHERE "on" BETWEEN %s AND %s), sum(amount) FILTER (WHERE "on" <= %s)'

TIERS = """
SELECT NULL, count(*) FROM members_member WHERE merged_into_id IS NULL
UNION ALL SELECT tier_rank, count(*) FROM loyalty_account WHERE tier_rank > 0 GROUP BY 1"""

POINTS_DAYS = """
SELECT "on", bucket, sum(amount) FROM loyalty_pointsday WHERE "on" BETWEEN %s AND %s GROUP BY 1, 2 ORDER BY 1 DESC"""

NEW_MEMBERS = """
SELECT p.nr, (SELECT count(*) FROM members_member m WHERE m.enrolled_on BETWEEN p.first AND p.last {scope})
FROM unnest(%(numbers)s::int[], %(firsts)s::date[], %(lasts)s::date[]) AS p(nr, first, last)"""


@dataclass(frozen=True)
class Points:
    """Points of a period as members see them, and what the store owed at its end."""

    issued: int = 0
    used: int = 0
    expired: int = 0
    taken_back: int = 0
    adjusted: int = 0
    owed: int = 0


@dataclass(frozen=True)
class TierCount:
    """How many members hold a star."""

    rank: int
    tier: Tier | None
    count: int

    @property
    def label(self) -> str:
        if self.tier is None:
            return str(self.rank)
        return self.tier.name if (get_language() or "").startswith("zh") else self.tier.name_en


def _columns(periods: list[Period]) -> list[list]:
    return [list(range(len(periods))), [p.first for p in periods], [p.last for p in periods]]


def points_of(periods: list[Period]) -> list[Points]:
    """The chain's points in each period: they are earned in one store and used in another, so no store is asked for."""
    sums: list[dict[str, int]] = [{} for _ in periods]
    owed = [0] * len(periods)
    days = [day for period in periods for day in (period.first, period.last, period.last)]
    with connection.cursor() as cursor:
        sql = POINTS.format(columns=", ".join([WITHIN] * len(periods)))
        cursor.execute(sql, [*days, max(period.last for period in periods)])
        for bucket, *amounts in cursor.fetchall():
            for nr in range(len(periods)):
                sums[nr][bucket] = int(amounts[2 * nr] or 0)
                owed[nr] += int(amounts[2 * nr + 1] or 0)
    return [_points(one, ending) for one, ending in zip(sums, owed, strict=True)]


def _points(sums: dict[str, int], owed: int) -> Points:
    return Points(
        issued=sums.get(Bucket.ISSUED, 0),
        used=-sums.get(Bucket.REDEEMED, 0),
        expired=-sums.get(Bucket.EXPIRED, 0),
        taken_back=-sums.get(Bucket.CLAWED_BACK, 0),
        adjusted=sums.get(Bucket.ADJUSTED, 0),
        owed=owed,
    )


def points_days(period: Period) -> list[tuple[date, Points]]:
    """The rows behind the points figures: each day with what was issued, used, expired and taken back."""
    days: dict[date, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(POINTS_DAYS, [period.first, period.last])
        for day, bucket, amount in cursor.fetchall():
            days.setdefault(day, {})[bucket] = int(amount)
    return [(day, _points(sums, 0)) for day, sums in days.items()]


def new_members(periods: list[Period], stores: list[int] | None) -> list[int]:
    """Members enrolled in each period, in these home stores or (None) anywhere."""
    numbers, firsts, lasts = _columns(periods)
    sql = NEW_MEMBERS.format(scope="" if stores is None else "AND m.home_store_id = ANY(%(stores)s)")
    with connection.cursor() as cursor:
        cursor.execute(sql, {"numbers": numbers, "firsts": firsts, "lasts": lasts, "stores": stores})
        return [count for _nr, count in sorted(cursor.fetchall())]


def tier_counts() -> tuple[list[TierCount], datetime]:
    """Members by star in the whole chain, and as of when.

    Counting a million members takes too long for every visit: a count that was slow is shown for ten minutes.
    """
    known = cache.get(TIERS_KEY)
    if known is None:
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(TIERS)
            counts = dict(cursor.fetchall())
        # Everybody begins at rank 0, those without a points account included.
        counts[0] = counts.pop(None) - sum(counts.values())
        known = counts, timezone.now()
        if time.perf_counter() - began > SLOW_SECONDS:
            cache.set(TIERS_KEY, known, TIERS_SECONDS)
    counts, as_of = known
    scheme = TierScheme.objects.filter(valid_from__lte=as_of).order_by("-valid_from").values("pk")[:1]
    tiers = {tier.rank: tier for tier in Tier.objects.filter(scheme__in=scheme)}
    ranks = sorted({rank for rank, count in counts.items() if count} | set(tiers), reverse=True)
    return [TierCount(rank, tiers.get(rank), counts.get(rank, 0)) for rank in ranks], as_of
