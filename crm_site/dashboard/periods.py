"""Periods people ask for, and the same period a year before."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

LONGEST_DAYS = 366
PRESETS = {
    "30d": _("Last 30 days"),
    "today": _("Today"),
    "yesterday": _("Yesterday"),
    "7d": _("Last 7 days"),
    "month": _("This month"),
    "last_month": _("Last month"),
    "year": _("This year"),
    "custom": _("From – to"),
}


def year_before(day: date) -> date:
    """The same day a year earlier; 29 February has no such day and takes the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def year_before(self) -> "Period":
        return Period(year_before(self.first), year_before(self.last))

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def preset_period(name: str, today: date) -> Period:
    """The days a preset means today; an unknown one means the last 30 days."""
    first_of_month = today.replace(day=1)
    before = first_of_month - timedelta(days=1)
    return {
        "today": Period(today, today),
        "yesterday": Period(today - timedelta(days=1), today - timedelta(days=1)),
        "7d": Period(today - timedelta(days=6), today),
        "month": Period(first_of_month, today),
        "last_month": Period(before.replace(day=1), before),
        "year": Period(today.replace(month=1, day=1), today),
    }.get(name, Period(today - timedelta(days=29), today))
