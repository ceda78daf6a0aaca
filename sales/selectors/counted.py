"""Totals for settlement: what counters sold, by day and kind of goods, net of returns on the day of the return."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection


class CountedTotal(NamedTuple):
    """Net sales of one counter, day, category and brand; products are told apart only where they were asked for."""

    counter_id: int
    sold_on: date
    category_id: int | None
    brand_id: int | None
    product_id: int | None
    amount: Decimal
    quantity: Decimal


# One pass over the lines of the days, whatever the number of counters.
TOTALS = """
SELECT l.counter_id, l.sold_on, l.category_id, l.brand_id, i.product_id, sum(l.net_amount), sum(l.quantity)
FROM sales_receiptline l
LEFT JOIN unnest(%(item_counters)s::bigint[], %(items)s::bigint[]) AS i(counter_id, product_id)
    ON i.counter_id = l.counter_id AND i.product_id = l.product_id
WHERE l.sold_on BETWEEN %(first)s AND %(last)s AND l.counter_id = ANY(%(counters)s)
GROUP BY 1, 2, 3, 4, 5"""

PLAIN_TOTALS = """
SELECT l.counter_id, l.sold_on, l.category_id, l.brand_id, NULL::bigint, sum(l.net_amount), sum(l.quantity)
FROM sales_receiptline l
WHERE l.sold_on BETWEEN %(first)s AND %(last)s AND l.counter_id = ANY(%(counters)s)
GROUP BY 1, 2, 3, 4"""

DAY_SUMS = """
SELECT counter_id, sold_on, sum(sales_amount - return_amount) FROM sales_counterhour
WHERE counter_id = ANY(%(counters)s) AND sold_on BETWEEN %(first)s AND %(last)s GROUP BY 1, 2"""

MONTH_SUMS = """
SELECT counter_id, date_trunc('month', sold_on)::date, sum(sales_amount - return_amount) FROM sales_counterhour
WHERE counter_id = ANY(%(counters)s) AND sold_on BETWEEN %(first)s AND %(last)s GROUP BY 1, 2"""


def counted_totals(
    counters: Iterable[int], first: date, last: date, items: Sequence[tuple[int, int]] = ()
) -> list[CountedTotal]:
    """The totals of these counters and days. `items` are pairs of counter and product to be told apart."""
    given = {
        "counters": list(counters),
        "first": first,
        "last": last,
        "item_counters": [counter for counter, _product in items],
        "items": [product for _counter, product in items],
    }
    with connection.cursor() as cursor:
        cursor.execute(TOTALS if items else PLAIN_TOTALS, given)
        return [CountedTotal(*row) for row in cursor.fetchall()]


def day_sums(counters: Iterable[int], first: date, last: date) -> dict[tuple[int, date], Decimal]:
    """Net sales per counter and day, from the figures every posting keeps."""
    return _sums(DAY_SUMS, counters, first, last)


def month_sums(counters: Iterable[int], first: date, last: date) -> dict[tuple[int, date], Decimal]:
    """Net sales per counter and month (by its first day), from the figures every posting keeps."""
    return _sums(MONTH_SUMS, counters, first, last)


def _sums(statement: str, counters: Iterable[int], first: date, last: date) -> dict[tuple[int, date], Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"counters": list(counters), "first": first, "last": last})
        return {(counter, day): amount for counter, day, amount in cursor.fetchall()}
