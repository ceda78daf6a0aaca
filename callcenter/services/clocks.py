"""The clocks of a case, in working time: due times are stored, waiting moves them on, what was missed stays missed.

A clock runs while a case is new or in work. While it waits, and between solving and reopening, it stands; the time
stood moves the due time, unless it had passed before.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.utils import timezone

from callcenter.models import Case, Priority, ServiceTarget
from kit.calendars import add_work_hours, add_work_time, work_time_between

USUAL: Final[dict[str, tuple[Decimal, Decimal]]] = {
    Priority.URGENT: (Decimal(1), Decimal(9)),
    Priority.HIGH: (Decimal(2), Decimal(18)),
    Priority.NORMAL: (Decimal(4), Decimal(27)),
    Priority.LOW: (Decimal(9), Decimal(45)),
}
"""Working hours to the first answer and to the solution, where the chain has set no target of its own."""


@dataclass(frozen=True, slots=True)
class Target:
    """Working hours to the first answer and to the solution."""

    response: Decimal
    solution: Decimal


def target_for(kind: str, priority: str, on: date) -> Target:
    """The target in force on a day: the newest row not after it, else what is usual."""
    rows = ServiceTarget.objects.filter(kind=kind, priority=priority, valid_from__lte=on).order_by("-valid_from")
    row = rows.first()
    return Target(row.response_hours, row.solution_hours) if row else Target(*USUAL[priority])


def after_hours(moment: datetime, hours: Decimal) -> datetime:
    """The moment so many working hours later."""
    return add_work_hours(timezone.localtime(moment), hours)


def work_between(start: datetime, end: datetime) -> timedelta:
    """The working time between two moments."""
    return work_time_between(timezone.localtime(start), timezone.localtime(end))


def start_clocks(case: Case, target: Target) -> None:
    """Set the due times of a case from its opening and what it has waited."""
    waited = timedelta(seconds=case.waited_seconds)
    case.response_due_at = _moved(after_hours(case.opened_at, target.response), waited)
    case.solution_due_at = _moved(after_hours(case.opened_at, target.solution), waited)


def note_misses(case: Case, now: datetime) -> None:
    """Store what has been missed by now; to be called while the clock runs, before it stands or ends."""
    if case.responded_at is None and case.response_failed_at is None and case.response_due_at < now:
        case.response_failed_at = case.response_due_at
    if case.solution_failed_at is None and case.solution_due_at < now:
        case.solution_failed_at = case.solution_due_at


def go_on(case: Case, since: datetime, now: datetime) -> None:
    """The clock stood from `since` until now: due times that had not passed move by the working time between."""
    stood = work_between(since, now)
    case.waited_seconds += int(stood.total_seconds())
    if case.responded_at is None and case.response_failed_at is None and case.response_due_at > since:
        case.response_due_at = _moved(case.response_due_at, stood)
    if case.solution_failed_at is None and case.solution_due_at > since:
        case.solution_due_at = _moved(case.solution_due_at, stood)


def _moved(moment: datetime, by: timedelta) -> datetime:
    return add_work_time(timezone.localtime(moment), by) if by else moment
