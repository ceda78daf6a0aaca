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


# Any posting into a day writes a new version of a row of that day, so the sum of the versions changes.
FINGERPRINTS = """
SELECT p.nr, count(*), sum(s.xmin::text::bigint), sum(s.sales_amount), sum(s.return_amount)
FROM unnest(%s::int[], %s::date[], %s::date[]) AS p(nr, first, last)
JOIN sales_storehour s ON s.store_id = ANY(%s) AND s.sold_on BETWEEN p.first AND p.last
GROUP BY p.nr"""

BY_DAY_HOUR_STORE = """
SELECT s.sold_on, extract(isodow FROM s.sold_on)::int, s.hour, s.store_id, s.is_member,
    grouping(s.sold_on, s.hour, s.store_id, s.is_member) AS level,
    sum(s.sales_amount), sum(s.return_amount), sum(s.discount_amount), sum(s.receipts), sum(s.returns), 0
FROM sales_storehour s WHERE s.store_id = ANY(%s) AND s.sold_on BETWEEN %s AND %s
GROUP BY GROUPING SETS (
    (s.sold_on, s.is_member), (extract(isodow FROM s.sold_on), s.hour, s.is_member), (s.store_id, s.is_member))"""
LEVEL_DAY, LEVEL_HOUR = 0b0110, 0b1010

COUNTER_HOURS = """
SELECT p.nr, s.sold_on, extract(isodow FROM s.sold_on)::int, s.hour, s.counter_id, s.brand_id, s.store_id, s.is_member,
    grouping(s.sold_on, s.hour, s.store_id, s.is_member) AS level,
    sum(s.sales_amount), sum(s.return_amount), sum(s.discount_amount), 0, 0, sum(s.lines)
FROM unnest(%s::int[], %s::date[], %s::date[]) AS p(nr, first, last)
JOIN sales_counterhour s ON s.counter_id = ANY(%s) AND s.store_id = ANY(%s)
    AND s.sold_on BETWEEN p.first AND p.last
GROUP BY GROUPING SETS (
    (p.nr, s.sold_on, s.is_member), (p.nr, extract(isodow FROM s.sold_on), s.hour, s.is_member),
    (p.nr, s.counter_id, s.brand_id, s.store_id, s.is_member))"""

BY_COUNTER = """
SELECT counter_id, brand_id, store_id, is_member, sum(sales_amount), sum(return_amount), sum(discount_amount), 0, 0,
    sum(lines)
FROM sales_counterhour WHERE store_id = ANY(%s) AND sold_on BETWEEN %s AND %s GROUP BY 1, 2, 3, 4"""

# Not count(DISTINCT …), which sorts; a hash of the members is three times as fast on a year.
MEMBERS = """
SELECT count(*) FROM (
    SELECT DISTINCT member_id FROM sales_receipt WHERE store_id = ANY(%s) AND sold_on BETWEEN %s AND %s
        AND member_id IS NOT NULL AND kind = 'sale' AND NOT is_reversed) m"""

# Members who bought today and on no closed day of the period; each is one look into the index of the member.
MEMBERS_TODAY = """
SELECT count(*) FROM (
    SELECT DISTINCT member_id FROM sales_receipt WHERE store_id = ANY(%(stores)s) AND sold_on = %(today)s
        AND member_id IS NOT NULL AND kind = 'sale' AND NOT is_reversed) t
WHERE NOT EXISTS (
    SELECT FROM sales_receipt r WHERE r.member_id = t.member_id AND r.sold_on >= %(first)s AND r.sold_on < %(today)s
        AND r.store_id = ANY(%(stores)s) AND r.kind = 'sale' AND NOT r.is_reversed)"""


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a period as the database answered: rows by day, hour and store, rows by counter, distinct members."""

    places: list[tuple]
    counters: list[tuple]
    members: int


def sums_of(
    periods: Sequence[tuple[date, date]], *, stores: Sequence[int], counters: Sequence[int] | None = None
) -> list[PeriodSums]:
    """The figures of each period in these stores; with `counters`, of these counters alone (then without receipts)."""
    found = [PeriodSums(first, last) for first, last in periods]
    if not stores or counters == []:
        return found
    stores = sorted(stores)
    if counters is not None:
        _read_counters(found, stores, list(counters))
        return found
    today = timezone.localdate()
    closed = [(period.first, min(period.last, today - timedelta(days=1))) for period in found]
    prints = _fingerprints(closed, stores)
    for number, period in enumerate(found):
        pieces = []
        if number in prints:
            pieces.append(_closed(*closed[number], stores, prints[number]))
        if period.first <= today <= period.last:
            pieces.append(_today(period.first, today, stores))
        for piece in pieces:
            _book_piece(period, piece)
        period.members = sum(piece.members for piece in pieces)
    return found


def _columns(periods: Sequence[tuple[date, date]]) -> list[list]:
    return [list(range(len(periods))), [first for first, _ in periods], [last for _, last in periods]]


def _fingerprints(periods: Sequence[tuple[date, date]], stores: list[int]) -> dict[int, str]:
    rows = _rows(FINGERPRINTS, [*_columns(periods), stores])
    return {nr: "|".join(map(str, rest)) for nr, *rest in rows}


def _closed(first: date, last: date, stores: list[int], fingerprint: str) -> Piece:
    digest = hashlib.sha256(f"{stores}|{first}|{last}|{fingerprint}".encode()).hexdigest()
    key = f"sales-closed-days:{digest}"
    piece = cache.get(key)
    if piece is None:
        place = [stores, first, last]
        piece = Piece(_rows(BY_DAY_HOUR_STORE, place), _rows(BY_COUNTER, place), _rows(MEMBERS, place)[0][0])
        cache.set(key, piece, REMEMBER_SECONDS)
    return piece


def _today(first: date, today: date, stores: list[int]) -> Piece:
    """The running day, always afresh; of its members those who had not bought earlier in the period."""
    place = [stores, today, today]
    members = _rows(MEMBERS_TODAY, {"stores": stores, "today": today, "first": first})[0][0]
    return Piece(_rows(BY_DAY_HOUR_STORE, place), _rows(BY_COUNTER, place), members)


def _book_piece(period: PeriodSums, piece: Piece) -> None:
    for day, weekday, hour, store, is_member, level, *sums in piece.places:
        if level == LEVEL_DAY:
            _book(period.days[day], sums, is_member)
            _book(period.total, sums, is_member)
        elif level == LEVEL_HOUR:
            _book(period.hours[weekday, hour], sums, is_member)
        else:
            _book(period.stores[store], sums, is_member)
    for counter, brand, store, is_member, *sums in piece.counters:
        _book(period.counters[counter, brand, store], sums, is_member)


def _read_counters(found: list[PeriodSums], stores: list[int], counters: list[int]) -> None:
    rows = _rows(COUNTER_HOURS, [*_columns([(period.first, period.last) for period in found]), counters, stores])
    for nr, day, weekday, hour, counter, brand, store, is_member, level, *sums in rows:
        period = found[nr]
        if level == LEVEL_DAY:
            _book(period.days[day], sums, is_member)
            _book(period.total, sums, is_member)
        elif level == LEVEL_HOUR:
            _book(period.hours[weekday, hour], sums, is_member)
        else:
            _book(period.counters[counter, brand, store], sums, is_member)
            _book(period.stores[store], sums, is_member)


def _book(target: Sums, sums: Sequence, is_member: bool) -> None:
    sales, returns, discount, receipts, return_receipts, lines = sums
    member_net = sales - returns if is_member else ZERO
    target.add(Sums(sales, returns, discount, int(receipts), int(return_receipts), int(lines), member_net))


def _rows(sql: str, params: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
