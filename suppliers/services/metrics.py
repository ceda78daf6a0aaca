"""What counters are measured by. Each metric is registered by its key; apps above register theirs in `ready()`.

    register(Metric(key="complaints", label=_("Complaints"), unit="number", order=60, standard=BANDS, measure=complaints))

`measure(asked)` answers for all counters of a store and month at once: {counter id: raw value}; a counter that is left
out has no data. A metric without `measure` is not connected: its weight is shared out among the others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise

Raw = dict[int, Decimal]
Bands = tuple[tuple[str | None, str], ...]
"""Pairs of a lower bound (None: everything below the next) and points, rising; the last one reached counts."""


@dataclass(frozen=True)
class CounterFacts:
    """A counter as metrics see it."""

    id: int
    area_sqm: Decimal | None
    category_id: int | None
    party_id: int | None


@dataclass(frozen=True)
class MonthSales:
    """Net sales and returns of a counter in the month, and its net sales in the same month a year before."""

    sales: Decimal
    returns: Decimal
    before: Decimal

    @property
    def net(self) -> Decimal:
        return self.sales - self.returns


@dataclass(frozen=True)
class Asked:
    """One store and month: the days, the counters, what they sold."""

    store_id: int
    first: date
    last: date
    counters: dict[int, CounterFacts]
    sales: dict[int, MonthSales]


@dataclass(frozen=True)
class Metric:
    """One way to measure a counter. `unit`: money, percent (0.12 is 12 %), number."""

    key: str
    label: str | Promise
    unit: str
    order: int
    standard: Bands
    measure: Callable[[Asked], Raw] | None = None


_metrics: dict[str, Metric] = {}


def register(metric: Metric) -> Metric:
    """Make a metric known; registering a key again replaces it, as a floor above connects what was not connected."""
    _metrics[metric.key] = metric
    return metric


def registered() -> list[Metric]:
    """All metrics, in the order they are shown."""
    return sorted(_metrics.values(), key=lambda metric: (metric.order, metric.key))


def metric_of(key: str) -> Metric | None:
    """The metric with this key; None when the app that had it is gone."""
    return _metrics.get(key)


def connect(key: str, measure: Callable[[Asked], Raw]) -> None:
    """Give a metric that was not connected its source."""
    metric = _metrics[key]
    register(Metric(metric.key, metric.label, metric.unit, metric.order, metric.standard, measure))
