"""Scores of all counters of a store's month at once: measured, weighed, written with every line; frozen when closed.

A metric without a value gives its weight to the others: a counter's score is the weighted mean of what was scored,
rounded half up to 0.01. A counter that sold nothing is not rated.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.copy import copy_rows, take_ids
from kit.errors import DomainError
from kit.money import FEN, ZERO
from sales.models import CounterHour
from staff.audit import record
from staff.models import User
from stores.models import Counter
from suppliers.exceptions import MonthClosed, SchemeRefused
from suppliers.models import ScoreGrade, ScoreLine, ScorePeriod, ScoreScheme
from suppliers.selectors.in_force import suppliers_of_counters
from suppliers.services.metrics import Asked, CounterFacts, MonthSales, metric_of
from suppliers.services.schemes import scheme_for

SHARE: Final = Decimal("0.0001")
RAW: Final = Decimal("0.0001")
HUNDRED: Final = Decimal(100)
State = ScoreLine.State


@dataclass(frozen=True)
class Bands:
    """The bands of a metric, ready to look values up."""

    bounds: tuple[Decimal, ...]
    points: tuple[Decimal, ...]

    @classmethod
    def of(cls, pairs: Iterable[Iterable[object]]) -> "Bands":
        pairs = [tuple(pair) for pair in pairs]
        return cls(
            tuple(Decimal(str(lower)) for lower, _points in pairs[1:]),
            tuple(Decimal(str(points)) for _lower, points in pairs),
        )

    def points_of(self, raw: Decimal) -> Decimal:
        """The points of the last band the value reaches."""
        return self.points[bisect_right(self.bounds, raw)]


@dataclass(frozen=True)
class Part:
    """One metric as a scheme weighs it; `raws` is None while the metric has no source."""

    metric: str
    weight: Decimal
    bands: Bands
    raws: Mapping[int, Decimal] | None


@dataclass(frozen=True)
class Line:
    """One line of a score."""

    metric: str
    state: str
    weight: Decimal
    raw: Decimal | None = None
    points: Decimal | None = None
    share: Decimal = ZERO


@dataclass
class Scored:
    """What a counter scored, line by line."""

    score: Decimal | None
    lines: list[Line] = field(default_factory=list)


def score_of(parts: Iterable[Part], counter_id: int, *, traded: bool) -> Scored:
    """The score of one counter; pure."""
    lines, total, sum_of_points = [], ZERO, ZERO
    for part in parts:
        raw = None if part.raws is None else part.raws.get(counter_id)
        if raw is None or not traded:
            state = State.NOT_CONNECTED if part.raws is None else State.NO_DATA
            lines.append(Line(part.metric, state, part.weight))
            continue
        points = part.bands.points_of(raw)
        total += part.weight
        sum_of_points += part.weight * points
        lines.append(Line(part.metric, State.SCORED, part.weight, raw, points))
    if not total:
        return Scored(None, lines)
    shared = [
        Line(one.metric, one.state, one.weight, one.raw, one.points, (one.weight / total * HUNDRED).quantize(SHARE))
        if one.state == State.SCORED
        else one
        for one in lines
    ]
    return Scored((sum_of_points / total).quantize(FEN, rounding=ROUND_HALF_UP), shared)


def grade_of(grades: Iterable[ScoreGrade], score: Decimal) -> ScoreGrade | None:
    """The grade a score falls into; 100 falls into the best."""
    return next((one for one in grades if one.lower <= score and (score < one.upper or one.upper == HUNDRED)), None)


def month_end(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


@transaction.atomic
def calculate_month(*, store_id: int, month: date, actor: User | None = None) -> ScorePeriod:
    """Score all counters of a store's month. Again: calculated anew, unless the month is closed."""
    scheme = scheme_for(store_id, month)
    if scheme is None:
        raise SchemeRefused(_("This store has no score scheme for the month. Make one first."))
    if month > timezone.localdate():
        raise DomainError(_("A month that has not begun cannot be scored."))
    ScorePeriod.objects.get_or_create(store_id=store_id, month=month, defaults={"scheme": scheme})
    period = ScorePeriod.objects.select_for_update(no_key=True).get(store_id=store_id, month=month)
    if period.is_closed:
        raise MonthClosed(_("This month is closed; its scores do not change."))
    asked = _ask(store_id, month)
    period.scheme, period.calculated_at = scheme, timezone.now()
    period.save(update_fields=["scheme", "calculated_at"])
    # By their keys: joined, a planner that has not seen the rows yet would compare every line with every other.
    ScoreLine.objects.filter(score_id__in=list(period.scores.values_list("pk", flat=True))).delete()
    period.scores.all().delete()
    _write(period, scheme, asked)
    record(actor, "suppliers.scores_calculated", period, store=store_id, month=month)
    return period


def _ask(store_id: int, month: date) -> Asked:
    last = month_end(month)
    counters = list(
        Counter.objects.filter(store=store_id).order_by("pk").values_list("pk", "area_sqm", "category_id", "is_active")
    )
    sales = _sales([pk for pk, *_rest in counters], month, last)
    parties = suppliers_of_counters([pk for pk, *_rest in counters], month, last)
    facts = {
        pk: CounterFacts(pk, area, category, parties.get(pk))
        for pk, area, category, is_active in counters
        if is_active or pk in sales
    }
    return Asked(store_id, month, last, facts, {pk: sums for pk, sums in sales.items() if pk in facts})


def _sales(counters: list[int], first: date, last: date) -> dict[int, MonthSales]:
    before = (first.replace(year=first.year - 1), month_end(first.replace(year=first.year - 1)))
    now = Q(sold_on__range=(first, last))
    rows = (
        CounterHour.objects.filter(now | Q(sold_on__range=before), counter__in=counters)
        .order_by()
        .values_list("counter_id")
        .annotate(
            sold=Sum("sales_amount", filter=now),
            back=Sum("return_amount", filter=now),
            earlier=Sum(F("sales_amount") - F("return_amount"), filter=~now),
        )
    )
    return {pk: MonthSales(sold or ZERO, back or ZERO, earlier or ZERO) for pk, sold, back, earlier in rows}


def parts_of(scheme: ScoreScheme, asked: Asked) -> list[Part]:
    """Every metric of the scheme, asked once for all counters."""
    found = []
    weights = {one.metric: one for one in scheme.weights.all()}
    metrics = sorted(weights, key=lambda key: metric_of(key).order if metric_of(key) else 999)
    for key in metrics:
        metric, weight = metric_of(key), weights[key]
        raws = metric.measure(asked) if metric and metric.measure else None
        found.append(Part(key, weight.weight, Bands.of(weight.bands), raws))
    return found


def _write(period: ScorePeriod, scheme: ScoreScheme, asked: Asked) -> None:
    parts, grades = parts_of(scheme, asked), list(scheme.grades.all())
    places = places_of(asked)
    ids = take_ids(suppliers_counterscore=len(asked.counters))["suppliers_counterscore"]
    scores, lines = [], []
    for pk, counter in zip(ids, asked.counters.values(), strict=True):
        sums = asked.sales.get(counter.id)
        scored = score_of(parts, counter.id, traded=sums is not None and sums.sales > 0)
        grade = grade_of(grades, scored.score) if scored.score is not None else None
        place, of = places.get(counter.id, (None, None))
        scores.append(
            (pk, period.pk, counter.id, counter.party_id, scored.score, grade.letter if grade else "",
             sums.net if sums else ZERO, place, of)
        )  # fmt: skip
        lines += [
            (pk, one.metric, str(one.state), None if one.raw is None else one.raw.quantize(RAW), one.points, one.weight,
             one.share)
            for one in scored.lines
        ]  # fmt: skip
    copy_rows(
        "suppliers_counterscore",
        ("id", "period_id", "counter_id", "party_id", "score", "grade", "net_sales", "place", "places"),
        scores,
    )
    copy_rows("suppliers_scoreline", ("score_id", "metric", "state", "raw", "points", "weight", "share"), lines)


def places_of(asked: Asked) -> dict[int, tuple[int, int]]:
    """Each trading counter's place by net sales in its category, and of how many; equal sales share a place."""
    groups: dict[int | None, list[tuple[int, Decimal]]] = {}
    for pk, sums in asked.sales.items():
        if sums.sales > 0 and asked.counters[pk].category_id is not None:
            groups.setdefault(asked.counters[pk].category_id, []).append((pk, sums.net))
    return {
        pk: (1 + sum(other > net for _pk, other in group), len(group)) for group in groups.values() for pk, net in group
    }


@transaction.atomic
def close_month(*, period_id: int, actor: User) -> ScorePeriod:
    """Freeze a month that is over. A second call refuses."""
    period = ScorePeriod.objects.select_for_update(no_key=True).get(pk=period_id)
    if period.is_closed:
        raise MonthClosed(_("This month is closed; its scores do not change."))
    if month_end(period.month) >= timezone.localdate():
        raise DomainError(_("The month is not over yet."))
    period.closed_at, period.closed_by = timezone.now(), actor
    period.save(update_fields=["closed_at", "closed_by"])
    record(actor, "suppliers.scores_closed", period, store=period.store_id, month=period.month)
    return period


def calculate_missing(*, on: date | None = None) -> int:
    """Last month and the running one for every store with a scheme; closed months are left alone. Returns how many."""
    on = on or timezone.localdate()
    this = on.replace(day=1)
    last = this.replace(year=this.year - (this.month == 1), month=12 if this.month == 1 else this.month - 1)
    done = 0
    for store_id in ScoreScheme.objects.order_by("store").values_list("store_id", flat=True).distinct():
        for month in (last, this):
            closed = ScorePeriod.objects.filter(store=store_id, month=month, closed_at__isnull=False).exists()
            if not closed and scheme_for(store_id, month) is not None:
                calculate_month(store_id=store_id, month=month)
                done += 1
    return done
