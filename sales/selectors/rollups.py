"""Sales figures of stores and counters over two periods, from the roll-ups that every posting keeps.

No receipt line is read here. Days before today rarely change: what was summed per counter for them is remembered
under a fingerprint of their store hours, which any posting into one of those days changes.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from kit.money import ZERO

REMEMBER_SECONDS = 60 * 60 * 12


@dataclass(slots=True)
class Sums:
    """What was sold and came back; `receipts` is unknown where only counters are summed."""

    sales: Decimal = ZERO
    returns: Decimal = ZERO
    discount: Decimal = ZERO
    receipts: int = 0
    return_receipts: int = 0
    lines: int = 0
    member_net: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        return self.sales - self.returns

    @property
    def member_share(self) -> Decimal | None:
        return self.member_net / self.net if self.net else None

    @property
    def return_rate(self) -> Decimal | None:
        return self.returns / self.sales if self.sales else None

    @property
    def basket(self) -> Decimal | None:
        return self.sales / self.receipts if self.receipts else None

    def add(self, other: "Sums") -> None:
        self.sales += other.sales
        self.returns += other.returns
        self.discount += other.discount
        self.receipts += other.receipts
        self.return_receipts += other.return_receipts
        self.lines += other.lines
        self.member_net += other.member_net


@dataclass(slots=True)
class PeriodSums:
    """One period: in total, by day, by weekday and hour, by store, by counter and brand."""

    first: date
    last: date
    total: Sums = field(default_factory=Sums)
    days: dict[date, Sums] = field(default_factory=lambda: defaultdict(Sums))
    hours: dict[tuple[int, int], Sums] = field(default_factory=lambda: defaultdict(Sums))
    stores: dict[int, Sums] = field(default_factory=lambda: defaultdict(Sums))
    counters: dict[tuple[int | None, int | None, int], Sums] = field(default_factory=lambda: defaultdict(Sums))
    members: int | None = None


# One statement for all periods: totals by day, by weekday and hour, by store, and the fingerprint of closed days.
STORE_HOURS = """
SELECT p.nr, s.sold_on, extract(isodow FROM s.sold_on)::int, s.hour, s.store_id, s.is_member, s.sold_on < %(today)s,
    grouping(s.sold_on, s.hour, s.store_id, s.is_member) AS level,
    sum(s.sales_amount), sum(s.return_amount), sum(s.discount_amount), sum(s.receipts), sum(s.returns), 0,
    count(*), sum(s.xmin::text::bigint)
FROM unnest(%(numbers)s::int[], %(firsts)s::date[], %(lasts)s::date[]) AS p(nr, first, last)
JOIN sales_storehour s ON s.store_id = ANY(%(stores)s) AND s.sold_on BETWEEN p.first AND p.last
GROUP BY GROUPING SETS (
    (p.nr, s.sold_on, s.is_member), (p.nr, extract(isodow FROM s.sold_on), s.hour, s.is_member),
    (p.nr, s.store_id, s.is_member), (p.nr, s.sold_on < %(today)s))"""
LEVEL_DAY, LEVEL_HOUR, LEVEL_STORE, LEVEL_CLOSED = 0b0110, 0b1010, 0b1100, 0b1111

COUNTER_HOURS = """
SELECT p.nr, s.sold_on, extract(isodow FROM s.sold_on)::int, s.hour, s.counter_id, s.brand_id, s.store_id, s.is_member,
    grouping(s.sold_on, s.hour, s.store_id, s.is_member) AS level,
    sum(s.sales_amount), sum(s.return_amount), sum(s.discount_amount), 0, 0, sum(s.lines)
FROM unnest(%(numbers)s::int[], %(firsts)s::date[], %(lasts)s::date[]) AS p(nr, first, last)
JOIN sales_counterhour s ON s.counter_id = ANY(%(counters)s) AND s.store_id = ANY(%(stores)s)
    AND s.sold_on BETWEEN p.first AND p.last
GROUP BY GROUPING SETS (
    (p.nr, s.sold_on, s.is_member), (p.nr, extract(isodow FROM s.sold_on), s.hour, s.is_member),
    (p.nr, s.counter_id, s.brand_id, s.store_id, s.is_member))"""

BY_COUNTER = """
SELECT counter_id, brand_id, store_id, is_member, sum(sales_amount), sum(return_amount), sum(discount_amount), 0, 0,
    sum(lines)
FROM sales_counterhour WHERE store_id = ANY(%s) AND sold_on BETWEEN %s AND %s GROUP BY 1, 2, 3, 4"""

MEMBERS = """
SELECT count(DISTINCT member_id) FROM sales_receipt
WHERE store_id = ANY(%s) AND sold_on BETWEEN %s AND %s
    AND member_id IS NOT NULL AND kind = 'sale' AND NOT is_reversed"""

# Members who bought today and on no closed day of the period; each is one look into the index of the member.
MEMBERS_TODAY = """
SELECT count(*) FROM (
    SELECT DISTINCT member_id FROM sales_receipt WHERE store_id = ANY(%(stores)s) AND sold_on = %(today)s
        AND member_id IS NOT NULL AND kind = 'sale' AND NOT is_reversed) t
WHERE NOT EXISTS (
    SELECT FROM sales_receipt r WHERE r.member_id = t.member_id AND r.sold_on >= %(first)s AND r.sold_on < %(today)s
        AND r.store_id = ANY(%(stores)s) AND r.kind = 'sale' AND NOT r.is_reversed)"""


def sums_of(
    periods: Sequence[tuple[date, date]], *, stores: Sequence[int], counters: Sequence[int] | None = None
) -> list[PeriodSums]:
    """The figures of each period in these stores; with `counters`, of these counters alone (then without receipts)."""
    found = [PeriodSums(first, last) for first, last in periods]
    if not stores or counters == []:
        return found
    today = timezone.localdate()
    params = {
        "numbers": list(range(len(periods))),
        "firsts": [first for first, _ in periods],
        "lasts": [last for _, last in periods],
        "stores": list(stores),
        "counters": list(counters or ()),
        "today": today,
    }
    if counters is not None:
        _read_counters(found, params)
        return found
    prints = _read_stores(found, params)
    for number, period in enumerate(found):
        _read_closed_and_today(period, prints.get(number, ""), list(stores), today)
    return found


def _read_stores(found: list[PeriodSums], params: dict) -> dict[int, str]:
    prints: dict[int, str] = {}
    for nr, day, weekday, hour, store, is_member, closed, level, *sums, rows, versions in _rows(STORE_HOURS, params):
        period = found[nr]
        if level == LEVEL_CLOSED:
            if closed:
                prints[nr] = f"{rows}:{versions}:{sums}"
        elif level == LEVEL_DAY:
            _book(period.days[day], sums, is_member)
            _book(period.total, sums, is_member)
        elif level == LEVEL_HOUR:
            _book(period.hours[weekday, hour], sums, is_member)
        else:
            _book(period.stores[store], sums, is_member)
    return prints


def _read_counters(found: list[PeriodSums], params: dict) -> None:
    for nr, day, weekday, hour, counter, brand, store, is_member, level, *sums in _rows(COUNTER_HOURS, params):
        period = found[nr]
        if level == LEVEL_DAY:
            _book(period.days[day], sums, is_member)
            _book(period.total, sums, is_member)
        elif level == LEVEL_HOUR:
            _book(period.hours[weekday, hour], sums, is_member)
        else:
            _book(period.counters[counter, brand, store], sums, is_member)
            _book(period.stores[store], sums, is_member)


def _read_closed_and_today(period: PeriodSums, fingerprint: str, stores: list[int], today: date) -> None:
    """Counters and distinct members: closed days from memory where the fingerprint is known, today afresh."""
    rows: list[tuple] = []
    members = 0
    if fingerprint:
        last_closed = min(period.last, today - timedelta(days=1))
        rows, members = _closed(period.first, last_closed, stores, fingerprint)
    if period.first <= today <= period.last:
        rows = rows + _rows(BY_COUNTER, [stores, today, today])
        members += _rows(MEMBERS_TODAY, {"stores": stores, "today": today, "first": period.first})[0][0]
    for counter, brand, store, is_member, *sums in rows:
        _book(period.counters[counter, brand, store], sums, is_member)
    period.members = members


def _closed(first: date, last: date, stores: list[int], fingerprint: str) -> tuple[list[tuple], int]:
    digest = hashlib.sha256(f"{sorted(stores)}|{first}|{last}|{fingerprint}".encode()).hexdigest()
    key = f"sales-closed-days:{digest}"
    known = cache.get(key)
    if known is None:
        known = (
            _rows(BY_COUNTER, [stores, first, last]),
            _rows(MEMBERS, [stores, first, last])[0][0],
        )
        cache.set(key, known, REMEMBER_SECONDS)
    return known


def _book(target: Sums, sums: Sequence, is_member: bool) -> None:
    sales, returns, discount, receipts, return_receipts, lines = sums
    member_net = sales - returns if is_member else ZERO
    target.add(Sums(sales, returns, discount, int(receipts), int(return_receipts), int(lines), member_net))


def _rows(sql: str, params: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
