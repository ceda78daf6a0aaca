"""Time in months: a part of a month counts by its days, so that any split of a year sums up to the year exactly."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Days grouped by calendar month: how much of each month, as a fraction. Adding spans keeps fractions exact."""

    months: tuple[tuple[int, int, Fraction], ...] = ()

    @classmethod
    def of(cls, first: date, last: date) -> "Span":
        """The span of the days from first to last, both included; empty when last lies before first."""
        found = []
        for begin, end in months_between(first, last):
            days = (end - begin).days + 1
            found.append((begin.year, begin.month, Fraction(days, monthrange(begin.year, begin.month)[1])))
        return cls(tuple(found))

    def __add__(self, other: "Span") -> "Span":
        total: dict[tuple[int, int], Fraction] = {}
        for year, month, part in self.months + other.months:
            total[year, month] = total.get((year, month), Fraction(0)) + part
        return Span(tuple((year, month, part) for (year, month), part in sorted(total.items())))

    @property
    def length(self) -> Fraction:
        """How many months, as a fraction."""
        return sum((part for _year, _month, part in self.months), Fraction(0))

    def of_monthly(self, amount: Decimal) -> Decimal:
        """An amount per month, over this span; not rounded."""
        return times(amount, self.length)


def times(amount: Decimal, part: Fraction) -> Decimal:
    """An amount times a fraction; exact where the fraction is whole."""
    return amount * part.numerator / part.denominator if part.denominator != 1 else amount * part.numerator


def months_between(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The parts of calendar months from first to last."""
    while first <= last:
        end = min(month_end(first), last)
        yield first, end
        first = end + DAY


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """The same day some months later; the last day of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def reckoning_year(day: date, year_month: int) -> tuple[date, date]:
    """The year of twelve months, beginning with this month of the calendar, that holds the day."""
    year = day.year if day.month >= year_month else day.year - 1
    first = date(year, year_month, 1)
    return first, add_months(first, 12) - DAY
