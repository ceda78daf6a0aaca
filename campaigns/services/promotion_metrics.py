"""What counters are measured by: campaigns they take part in, and what these did for their sales."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from sales.selectors.counted import day_sums
from stores.models import Counter
from suppliers.services import sales_metrics  # noqa: F401 - it makes the metric known that is connected here
from suppliers.services.metrics import Asked, Metric, Raw, connect, register

SHARE = Decimal("0.0001")
BASE_DAYS = 28
HELD = (Campaign.State.RUNNING, Campaign.State.ENDED, Campaign.State.CLOSED)


def _campaigns(asked: Asked) -> list[tuple[Campaign, set[int], set[int]]]:
    """The campaigns of the store and month that were held, each with its counters and brands (none: all)."""
    rows = Campaign.objects.filter(stores=asked.store_id, state__in=HELD)
    rows = rows.filter(from_on__lte=asked.last, until_on__gte=asked.first).prefetch_related("counters", "brands")
    return [
        (one, {counter.pk for counter in one.counters.all()}, {brand.pk for brand in one.brands.all()}) for one in rows
    ]


def _brands(asked: Asked) -> dict[int, int | None]:
    return dict(Counter.objects.filter(pk__in=list(asked.counters)).values_list("pk", "brand_id"))


def _takes_part(counter: int, brand: int | None, counters: set[int], brands: set[int]) -> bool:
    return not (counters or brands) or counter in counters or brand in brands


def promotions_taken_part_in(asked: Asked) -> Raw:
    """Of the campaigns a counter could take part in, the share it does. A campaign of other brands alone is not open to
    it. No data where the store held none."""
    campaigns = _campaigns(asked)
    brands_of = _brands(asked)
    found: Raw = {}
    for counter in asked.counters:
        brand = brands_of.get(counter)
        is_open = [
            one
            for one in campaigns
            if one[0].kind != Campaign.Kind.BRAND or _takes_part(counter, brand, one[1], one[2])
        ]
        if is_open:
            parts = sum(_takes_part(counter, brand, one[1], one[2]) for one in is_open)
            found[counter] = (Decimal(parts) / len(is_open)).quantize(SHARE)
    return found


def result_of_promotions(asked: Asked) -> Raw:
    """Net sales of an average day of the month's campaigns a counter took part in, against an average day of the 28 days
    before each began: 0.25 is a quarter more. No data without sales before."""
    campaigns = _campaigns(asked)
    if not campaigns:
        return {}
    brands_of = _brands(asked)
    since = min(one.from_on for one, _c, _b in campaigns) - timedelta(days=BASE_DAYS)
    by_day: dict[int, dict[date, Decimal]] = defaultdict(dict)
    for (counter, on), amount in day_sums(asked.counters, since, asked.last).items():
        by_day[counter][on] = amount
    found: Raw = {}
    for counter in asked.counters:
        during, before = Decimal(0), Decimal(0)
        for one, counters, brands in campaigns:
            if not _takes_part(counter, brands_of.get(counter), counters, brands):
                continue
            first, last = max(one.from_on, asked.first), min(one.until_on, asked.last)
            during += _mean(by_day[counter], first, last)
            before += _mean(by_day[counter], one.from_on - timedelta(days=BASE_DAYS), one.from_on - timedelta(days=1))
        if before > 0:
            found[counter] = ((during - before) / before).quantize(SHARE)
    return found


def _mean(days: dict[date, Decimal], first: date, last: date) -> Decimal:
    return sum(
        (days.get(first + timedelta(days=n), Decimal(0)) for n in range((last - first).days + 1)), Decimal(0)
    ) / ((last - first).days + 1)


connect("promotions", promotions_taken_part_in)
register(
    Metric(
        "promotion_result", _("Result of promotions"), "percent", 85,
        ((None, "20"), ("0", "50"), ("0.1", "70"), ("0.25", "85"), ("0.5", "100")), result_of_promotions,
    )
)  # fmt: skip
