"""Everything the first screen shows, in at most a dozen queries, all of them on roll-ups."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from crm_site.dashboard.access import Ground
from crm_site.dashboard.forms import Asked
from crm_site.dashboard.periods import Period
from crm_site.dashboard.points import Points, TierCount, new_members, points_of, tier_counts
from sales.selectors.rollups import PeriodSums, Sums, sums_of
from stores.models import Brand

OPENING, CLOSING = 10, 21


@dataclass(frozen=True)
class Row:
    """A line of a table: what it is about, now and a year before; the view says where its rows are."""

    key: Hashable
    label: str
    now: Sums
    before: Sums
    sub: str = ""
    url: str = ""


@dataclass(frozen=True)
class HourCell:
    """Net sales of a weekday and hour; `shade` (0–100) paints it."""

    weekday: int
    hour: int
    net: Decimal
    shade: int


@dataclass(frozen=True)
class Overview:
    """The first screen."""

    asked: Asked
    before: Period
    as_of: datetime
    now: PeriodSums
    then: PeriodSums
    new_members: int | None
    new_members_before: int | None
    points: Points
    points_before: Points
    tiers: list[TierCount]
    tiers_as_of: datetime
    days: list[Row]
    hours: list[Row]
    weekdays: list[Row]
    stores: list[Row]
    floors: list[Row]
    counters: list[Row]
    brands: list[Row]
    whole_stores: bool

    @property
    def is_empty(self) -> bool:
        """Nothing was sold, now or a year before."""
        return self.now.total == Sums() and self.then.total == Sums()

    @property
    def tier_total(self) -> int:
        return sum(one.count for one in self.tiers)


def overview(asked: Asked, ground: Ground) -> Overview:
    """The first screen for a question that was checked against the person's ground."""
    before = asked.period.year_before
    chosen = [asked.store_id] if asked.store_id else list(ground.stores)
    counters = None
    if asked.floor_id:
        counters = [pk for pk, counter in ground.counters.items() if counter.floor_id == asked.floor_id]
    periods = [asked.period, before]
    now, then = sums_of([(p.first, p.last) for p in periods], stores=chosen, counters=counters)
    points, points_before = points_of(periods)
    fresh: list[int | None] = [None, None]
    if counters is None:
        # Everybody's enrolments where every store is meant: some members have no home store.
        fresh = list(new_members(periods, chosen if asked.store_id or not ground.is_chain else None))
    tiers, tiers_as_of = tier_counts()
    rows = Tables(ground, now, then)
    return Overview(
        asked=asked,
        before=before,
        as_of=timezone.now(),
        now=now,
        then=then,
        new_members=fresh[0],
        new_members_before=fresh[1],
        points=points,
        points_before=points_before,
        tiers=tiers,
        tiers_as_of=tiers_as_of,
        days=rows.days(asked.period, before),
        hours=rows.hours(),
        weekdays=rows.weekdays(),
        stores=rows.stores(),
        floors=rows.floors(),
        counters=rows.counters(),
        brands=rows.brands(),
        whole_stores=counters is None,
    )


@dataclass(frozen=True)
class CounterView:
    """One counter's figures: its days with sales, its hours."""

    now: PeriodSums
    then: PeriodSums
    all_days: list[Row]
    days: list[Row]
    hours: list[Row]


def counter_view(asked: Asked, ground: Ground, pk: int) -> CounterView:
    """What one counter of the ground sold, day by day and hour by hour."""
    before = asked.period.year_before
    periods = [(p.first, p.last) for p in (asked.period, before)]
    now, then = sums_of(periods, stores=[ground.counters[pk].store_id], counters=[pk])
    tables = Tables(ground, now, then)
    days = tables.days(asked.period, before)
    sold = [row for row in days if row.now != Sums() or row.before != Sums()]
    return CounterView(now, then, days, sold[::-1], tables.hours())


def brand_rows(asked: Asked, ground: Ground, brand_id: int) -> tuple[list[Row], Row]:
    """The counters that sold a brand, and all of them together."""
    chosen = [asked.store_id] if asked.store_id else list(ground.stores)
    counters = None
    if asked.floor_id:
        counters = [pk for pk, counter in ground.counters.items() if counter.floor_id == asked.floor_id]
    periods = [(p.first, p.last) for p in (asked.period, asked.period.year_before)]
    found = sums_of(periods, stores=chosen, counters=counters)
    total = Row(brand_id, "", Sums(), Sums())
    for period, sums in zip(found, (total.now, total.before), strict=True):
        kept = {key: value for key, value in period.counters.items() if key[1] == brand_id}
        period.counters.clear()
        period.counters.update(kept)
        for value in kept.values():
            sums.add(value)
    return Tables(ground, *found).counters(), total


def heat(period: PeriodSums) -> list[list[HourCell]]:
    """Seven rows of hours, Monday first; the busiest cell has the deepest shade."""
    if not period.hours:
        return []
    hours = [hour for _weekday, hour in period.hours]
    first, last = min(OPENING, *hours), max(CLOSING, *hours)
    most = max((sums.net for sums in period.hours.values()), default=Decimal(0))
    empty = Sums()

    def cell(weekday: int, hour: int) -> HourCell:
        net = period.hours.get((weekday, hour), empty).net
        return HourCell(weekday, hour, net, max(0, round(net / most * 100)) if most > 0 else 0)

    return [[cell(weekday, hour) for hour in range(first, last + 1)] for weekday in range(1, 8)]


class Tables:
    """Now and then, line by line."""

    def __init__(self, ground: Ground, now: PeriodSums, then: PeriodSums) -> None:
        self.ground, self.now, self.then = ground, now, then

    def days(self, period: Period, before: Period) -> list[Row]:
        """Day by day; the n-th day stands beside the n-th day of the period a year before."""
        earlier = before.days
        empty = Sums()
        return [
            Row(
                day,
                f"{day:%Y-%m-%d}",
                self.now.days.get(day, empty),
                self.then.days.get(earlier[n], empty) if n < len(earlier) else empty,
            )
            for n, day in enumerate(period.days)
        ]

    def hours(self) -> list[Row]:
        return self._grouped(
            lambda period: ((hour, sums) for (_day, hour), sums in period.hours.items()),
            lambda hour: f"{hour:02d}:00–{hour + 1:02d}:00",
            order=lambda row: row.key,
        )

    def weekdays(self) -> list[Row]:
        names = weekday_names()
        return self._grouped(
            lambda period: ((weekday, sums) for (weekday, _hour), sums in period.hours.items()),
            lambda weekday: names[weekday - 1],
            order=lambda row: row.key,
        )

    def stores(self) -> list[Row]:
        return self._grouped(lambda period: period.stores.items(), lambda pk: self.ground.stores[pk].label)

    def floors(self) -> list[Row]:
        counters, floors = self.ground.counters, self.ground.floors
        several = len({floor.store_id for floor in floors.values()}) > 1

        def floor_of(counter: int | None) -> int | None:
            return counters[counter].floor_id if counter in counters else None

        def label(pk: int | None) -> str:
            if pk is None:
                return _("No floor")
            floor = floors[pk]
            return f"{floor.store.label} · {floor.label}" if several else floor.label

        order = {pk: place for place, pk in enumerate(floors)}
        return self._grouped(
            lambda period: ((floor_of(counter), sums) for (counter, _b, _s), sums in period.counters.items()),
            label,
            order=lambda row: order.get(row.key, len(order)),
        )

    def counters(self) -> list[Row]:
        counters = self.ground.counters
        several = len({store for period in (self.now, self.then) for store in period.stores}) > 1

        def place(pk: int | None) -> str:
            counter = counters.get(pk)
            floor = counter.floor.label if counter and counter.floor_id else ""
            return " · ".join(filter(None, [counter and several and counter.store.label, floor]))

        return self._grouped(
            lambda period: ((counter, sums) for (counter, _b, _s), sums in period.counters.items()),
            lambda pk: counters[pk].label if pk in counters else _("No counter"),
            sub=place,
        )

    def brands(self) -> list[Row]:
        known = {counter.brand_id: counter.brand for counter in self.ground.counters.values() if counter.brand_id}
        used = {brand for period in (self.now, self.then) for (_c, brand, _s) in period.counters}
        if missing := used - set(known) - {None}:
            known |= Brand.objects.in_bulk(missing)
        return self._grouped(
            lambda period: ((brand, sums) for (_c, brand, _s), sums in period.counters.items()),
            lambda pk: known[pk].label if pk in known else _("No brand"),
        )

    def _grouped(
        self,
        parts: Callable[[PeriodSums], Iterable[tuple[Hashable, Sums]]],
        label: Callable[[Hashable], str],
        *,
        order: Callable[[Row], object] | None = None,
        sub: Callable[[Hashable], str] | None = None,
    ) -> list[Row]:
        """Sums by key, best sellers first unless another order is asked for."""
        now: dict[Hashable, Sums] = defaultdict(Sums)
        then: dict[Hashable, Sums] = defaultdict(Sums)
        for target, period in ((now, self.now), (then, self.then)):
            for key, sums in parts(period):
                target[key].add(sums)
        rows = [
            Row(key, str(label(key)), now[key], then[key], sub=sub(key) if sub else "") for key in set(now) | set(then)
        ]
        return sorted(rows, key=order or (lambda row: (-row.now.net, row.label)))


def weekday_names() -> list[str]:
    """Monday to Sunday, short, in the language of the page."""
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
