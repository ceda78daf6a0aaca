"""Scores as pages show them: months, one score explained, the history of a counter."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kit.money import FEN, format_yuan
from suppliers.models import BottomNotice, CounterScore, ScoreLine


@dataclass(frozen=True)
class Aggregate:
    """The score of a quarter or year: the mean of its rated months; none where no month was rated."""

    label: str
    score: Decimal | None
    months: int
    rated: int
    net_sales: Decimal


def aggregated(scores: list[CounterScore], *, months_a_piece: int) -> list[Aggregate]:
    """Months gathered to quarters (3) or years (12), the latest first."""
    groups: dict[tuple[int, int], list[CounterScore]] = defaultdict(list)
    for score in scores:
        month = score.period.month
        groups[month.year, (month.month - 1) // months_a_piece].append(score)
    found = []
    for (year, piece), group in sorted(groups.items(), reverse=True):
        rated = [one.score for one in group if one.score is not None]
        found.append(
            Aggregate(
                label=f"{year}" if months_a_piece == 12 else f"{year} Q{piece + 1}",
                score=mean(rated),
                months=len(group),
                rated=len(rated),
                net_sales=sum((one.net_sales for one in group), Decimal(0)),
            )
        )
    return found


def mean(scores: list[Decimal]) -> Decimal | None:
    return (sum(scores) / len(scores)).quantize(FEN, rounding=ROUND_HALF_UP) if scores else None


def history_of(counter_id: int) -> list[CounterScore]:
    """Every month of a counter, the latest first."""
    scores = CounterScore.objects.filter(counter=counter_id).select_related("period", "party")
    return list(scores.order_by("-period__month")[:60])


def notices_of(counter_id: int) -> list[BottomNotice]:
    return list(BottomNotice.objects.filter(counter=counter_id)[:24])


def lines_of(score: CounterScore) -> list[ScoreLine]:
    return list(score.lines.order_by("pk"))


def chart_of(history: list[CounterScore]) -> dict[str, object]:
    """The scores month by month, for the drawing."""
    months = history[::-1]
    return {
        "labels": [f"{one.period.month:%Y-%m}" for one in months],
        "scores": [None if one.score is None else str(one.score) for one in months],
        "name": _("Score"),
    }


def summary_of(history: list[CounterScore]) -> str:
    """The chart in a sentence."""
    rated = [one for one in history if one.score is not None]
    if not rated:
        return _("No month was rated yet.")
    best, worst = max(rated, key=lambda one: one.score), min(rated, key=lambda one: one.score)
    return _(
        "%(count)s rated months, %(mean)s on average; best %(best)s with %(high)s, weakest %(worst)s with %(low)s,"
        " latest %(last)s."
    ) % {
        "count": len(rated),
        "mean": mean([one.score for one in rated]),
        "best": f"{best.period.month:%Y-%m}",
        "high": best.score,
        "worst": f"{worst.period.month:%Y-%m}",
        "low": worst.score,
        "last": rated[0].score,
    }


def value_words(unit: str, raw: Decimal | None) -> str:
    """A raw value as people read it."""
    if raw is None:
        return "—"
    if unit == "money":
        return format_yuan(raw)
    return f"{raw * 100:.1f}%" if unit == "percent" else f"{raw:f}".rstrip("0").rstrip(".")


def latest_month(scores: QuerySet[CounterScore]) -> date | None:
    """The last month with scores."""
    return scores.order_by("-period__month").values_list("period__month", flat=True).first()
