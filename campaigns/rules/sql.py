"""Pieces of SQL with their parameters, and the day a rule is asked on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone


@dataclass(frozen=True)
class Sql:
    """Text with `%s` for each parameter. Nothing a person typed ever becomes part of the text."""

    text: str
    params: list[Any] = field(default_factory=list)

    def around(self, before: str, after: str = "") -> "Sql":
        """The same between two pieces of text."""
        return Sql(f"{before}{self.text}{after}", self.params)


def joined(word: str, parts: Sequence[Sql]) -> Sql:
    """Parts with a word between them (`" AND "`)."""
    return Sql(word.join(part.text for part in parts), [param for part in parts for param in part.params])


@dataclass(frozen=True)
class Clock:
    """The business day a rule is asked on: every window is counted from it, so one evaluation has one today."""

    today: date

    @classmethod
    def now(cls) -> "Clock":
        """Today in the store's time zone."""
        return cls(timezone.localdate())

    def days_ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def start_of(self, day: date) -> datetime:
        """Midnight at which a business day begins."""
        return timezone.make_aware(datetime.combine(day, time.min))

    def month(self, months_ago: int) -> tuple[date, date]:
        """First and last day of a calendar month, 0 being this one."""
        months = self.today.year * 12 + self.today.month - 1 - months_ago
        first = date(months // 12, months % 12 + 1, 1)
        after = date((months + 1) // 12, (months + 1) % 12 + 1, 1)
        return first, after - timedelta(days=1)
