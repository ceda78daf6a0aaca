"""What brands pay for: points granted at their cost less those taken back, and what their coupons took off."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from loyalty.models import Programme

# Funded legs are few: found by brand and day in an index that holds no other, in the partitions of the days alone.
POINTS = """
SELECT t.store_id, e.brand_id, e.business_on, -sum(e.amount)
FROM loyalty_pointsentry e JOIN loyalty_pointstxn t ON t.id = e.txn_id
WHERE e.business_on BETWEEN %(first)s AND %(last)s AND e.brand_id IS NOT NULL AND e.brand_id = ANY(%(brands)s)
  AND (e.bucket IN ('issued', 'clawed_back') OR (e.bucket = 'adjusted' AND t.event = 'undo'))
  AND t.store_id = ANY(%(stores)s)
GROUP BY 1, 2, 3 HAVING sum(e.amount) <> 0 ORDER BY 1, 2, 3"""

COUPONS = """
SELECT r.store_id, k.funded_by_id, (c.redeemed_at AT TIME ZONE %(zone)s)::date, count(*), sum(c.amount)
FROM loyalty_coupon c
JOIN loyalty_couponkind k ON k.id = c.kind_id
JOIN sales_receipt r ON r.id = c.receipt_id
WHERE c.state = 'redeemed' AND c.redeemed_at >= %(begin)s AND c.redeemed_at < %(end)s
  AND k.funded_by_id = ANY(%(brands)s) AND r.store_id = ANY(%(stores)s)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""


class FundedPoints(NamedTuple):
    """Points of one store and day that a brand pays for; negative where more came back than was granted."""

    store_id: int
    brand_id: int
    on: date
    points: int


class FundedCoupons(NamedTuple):
    """Coupons of a brand redeemed in one store on a day, and the yuan they took off."""

    store_id: int
    brand_id: int
    on: date
    count: int
    amount: Decimal


def funded_points(first: date, last: date, *, stores: Iterable[int], brands: Iterable[int]) -> list[FundedPoints]:
    """Points granted less those taken back, by store, funding brand and day of the sale or return."""
    given = {"first": first, "last": last, "stores": list(stores), "brands": list(brands)}
    with connection.cursor() as cursor:
        cursor.execute(POINTS, given)
        return [FundedPoints(store, brand, on, int(points)) for store, brand, on, points in cursor.fetchall()]


def funded_coupons(first: date, last: date, *, stores: Iterable[int], brands: Iterable[int]) -> list[FundedCoupons]:
    """Coupons redeemed and still spent, by store, funding brand and day."""
    zone = timezone.get_current_timezone()
    given = {
        "zone": str(zone),
        "begin": datetime.combine(first, time(), zone),
        "end": datetime.combine(last + timedelta(days=1), time(), zone),
        "stores": list(stores),
        "brands": list(brands),
    }
    with connection.cursor() as cursor:
        cursor.execute(COUPONS, given)
        return [FundedCoupons(*row) for row in cursor.fetchall()]


def points_per_yuan(days: Iterable[date]) -> dict[date, int]:
    """How many points are worth a yuan at the end of each of these days, by the programme in force then."""
    zone = timezone.get_current_timezone()
    programmes = list(Programme.objects.order_by("valid_from").values_list("valid_from", "points_per_yuan_paid"))
    found = {}
    for day in days:
        end = datetime.combine(day + timedelta(days=1), time(), zone)
        known = [points for since, points in programmes if since < end] or [points for _since, points in programmes[:1]]
        if known:
            found[day] = known[-1]
    return found
