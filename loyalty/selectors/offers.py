"""What offers cost: coupons used, points that multipliers gave beyond the usual."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Q, Sum

from kit.remembered import Remembered
from loyalty.models import Coupon, Programme


@dataclass(frozen=True)
class CouponSums:
    """Coupons of a kind: issued in all, redeemed and still spent, and the yuan those took off."""

    issued: int
    redeemed: int
    amount: Decimal


def coupon_sums(kind_ids: Collection[int]) -> dict[int, CouponSums]:
    """By kind; a kind of which none was issued is left out. One statement."""
    used = Q(state=Coupon.State.REDEEMED)
    rows = Coupon.objects.filter(kind__in=list(kind_ids)).order_by().values("kind_id")
    rows = rows.annotate(issued=Count("pk"), redeemed=Count("pk", filter=used), off=Sum("amount", filter=used))
    return {row["kind_id"]: CouponSums(row["issued"], row["redeemed"], row["off"] or Decimal(0)) for row in rows}


# A line at the rate r × m keeps floor(amount × r × m) points; without the multiplier m it were a m-th of them.
BEYOND = """
SELECT (named.rule ->> 0)::bigint, sum(e.points_now - floor(e.points_now / (named.rule ->> 1)::numeric))::bigint
FROM loyalty_earnline e CROSS JOIN LATERAL jsonb_array_elements(e.why -> 'rules') AS named (rule)
WHERE e.sold_on BETWEEN %s AND %s AND e.points_now > 0 AND e.why ? 'rules'
  AND (named.rule ->> 0)::bigint = ANY(%s)
GROUP BY 1"""


def points_beyond(rule_ids: Collection[int], first: date, last: date) -> dict[int, int]:
    """The points each multiplier gave beyond what the lines had earned without it, after returns: points × (1 − 1/m),
    rounded up per line. Reads all earned lines of the days; not for a request."""
    if not rule_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(BEYOND, [first, last, list(rule_ids)])
        return dict(cursor.fetchall())


def _newest_rate() -> int:
    newest = Programme.objects.order_by("-valid_from").values_list("points_per_yuan_paid", flat=True)
    return newest.first() or 100


_per_yuan: Remembered[int] = Remembered(_newest_rate)


def worth_of_points(points: int) -> Decimal:
    """What points owe the members in yuan: at the rate at which points pay in the newest programme."""
    return (Decimal(points) / _per_yuan.get()).quantize(Decimal("0.01"))
