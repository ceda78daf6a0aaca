"""What a chart says, in data for the drawing and in a sentence for those who do not see it."""

from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm_site.dashboard.periods import Period
from crm_site.dashboard.selectors import Row, weekday_names
from kit.money import format_yuan
from sales.selectors.rollups import PeriodSums


def chart_of_days(days: list[Row], period: Period, before: Period) -> dict[str, object]:
    """Net sales day by day and a year before, as the chart draws them."""
    unit = 10_000 if (get_language() or "").startswith("zh") else 1_000
    with_year = period.first.year != period.last.year
    return {
        "labels": [f"{row.key:%Y-%m-%d}" if with_year else f"{row.key:%m-%d}" for row in days],
        "now": [str(row.now.net) for row in days],
        "before": [str(row.before.net) for row in days],
        "nowName": _("This period"),
        "beforeName": _("A year before") + f" {before.first:%Y-%m-%d} – {before.last:%m-%d}",
        "urls": [row.url for row in days],
        "unit": _("¥ thousand") if unit == 1_000 else _("¥ ten thousand"),
        "unitSize": unit,
    }


def summary_of_days(days: list[Row]) -> str:
    """The chart of days in a sentence."""
    if not days:
        return _("Nothing was sold in this period.")
    total, earlier = (sum((part(row) for row in days), Decimal(0)) for part in (_net_now, _net_before))
    best = max(days, key=_net_now)
    worst = min(days, key=_net_now)
    return _(
        "Net sales of %(total)s in %(count)s days, %(earlier)s a year before. Best day %(best)s with %(best_net)s,"
        " weakest %(worst)s with %(worst_net)s."
    ) % {
        "total": format_yuan(total),
        "count": len(days),
        "earlier": format_yuan(earlier),
        "best": best.label,
        "best_net": format_yuan(best.now.net),
        "worst": worst.label,
        "worst_net": format_yuan(worst.now.net),
    }


def summary_of_hours(period: PeriodSums) -> str:
    """The table of weekdays and hours in a sentence."""
    if not period.hours:
        return _("Nothing was sold in this period.")
    (weekday, hour), sums = max(period.hours.items(), key=lambda one: one[1].net)
    return _("Most is sold on %(weekday)s between %(hour)s:00 and %(end)s:00: %(net)s.") % {
        "weekday": weekday_names()[weekday - 1],
        "hour": hour,
        "end": hour + 1,
        "net": format_yuan(sums.net),
    }


def _net_now(row: Row) -> Decimal:
    return row.now.net


def _net_before(row: Row) -> Decimal:
    return row.before.net
