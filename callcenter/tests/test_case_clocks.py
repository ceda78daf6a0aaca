"""The clocks of cases against a naive one that looks at every minute."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.models import Case
from callcenter.services.clocks import Target, go_on, note_misses, start_clocks
from kit.calendars import add_work_time, is_workday, work_time_between

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGIN = datetime(2026, 9, 24, 0, 0, tzinfo=SHANGHAI)  # before the National Day holidays with their swapped days
MINUTE = timedelta(minutes=1)


def is_work(minute: datetime) -> bool:
    return is_workday(minute.date()) and 9 <= minute.hour < 18


def naive_due(opened: datetime, pauses: list[tuple[datetime, datetime]], minutes: int) -> datetime:
    """Count working minutes outside the pauses, one by one, until there are enough."""
    at, left = opened, minutes
    while left:
        if is_work(at) and not any(since <= at < until for since, until in pauses):
            left -= 1
        at += MINUTE
    return at


def work_left(due: datetime, naive: datetime) -> timedelta:
    """Closing time and the next opening are the same working moment."""
    return work_time_between(min(due, naive), max(due, naive))


@st.composite
def histories(draw):
    """An opening, up to four pauses one after another, and the target in minutes."""
    at = BEGIN + draw(st.integers(0, 12 * 1440)) * MINUTE
    opened, pauses = at, []
    for _number in range(draw(st.integers(0, 4))):
        since = at + draw(st.integers(0, 2 * 1440)) * MINUTE
        at = since + draw(st.integers(0, 3 * 1440)) * MINUTE
        pauses.append((since, at))
    return opened, pauses, draw(st.integers(1, 27 * 60))


@settings(max_examples=150, deadline=None)
@given(histories())
def test_pauses_move_the_due_time_as_counting_every_minute_would(history):
    opened, pauses, minutes = history
    case = Case(opened_at=opened, state="open", responded_at=opened)
    start_clocks(case, Target(Decimal(1), Decimal(minutes) / 60))
    for since, until in pauses:
        note_misses(case, since)
        go_on(case, since, until)
    naive = naive_due(opened, pauses, minutes)
    assert work_left(case.solution_due_at, naive) <= timedelta(seconds=1)
    end = pauses[-1][1] if pauses else opened
    note_misses(case, end)
    assert (case.solution_failed_at is not None) == (case.solution_due_at < end)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 20 * 1440), st.integers(0, 9 * 60 * 5))
def test_adding_working_time_and_measuring_it_agree(start, minutes):
    begin = BEGIN + start * MINUTE
    assert work_time_between(begin, add_work_time(begin, timedelta(minutes=minutes))) == timedelta(minutes=minutes)


def test_what_was_missed_before_a_pause_is_not_made_good_by_it():
    monday = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
    case = Case(opened_at=monday, state="open")
    start_clocks(case, Target(Decimal(1), Decimal(2)))
    paused = monday + timedelta(hours=3)
    note_misses(case, paused)
    go_on(case, paused, paused + timedelta(hours=2))
    assert case.solution_failed_at == case.solution_due_at == monday + timedelta(hours=2)
    assert case.response_failed_at == case.response_due_at == monday + timedelta(hours=1)


def test_swapped_days_count_and_holidays_do_not():
    eve = datetime(2026, 9, 30, 17, 0, tzinfo=SHANGHAI)
    assert add_work_time(eve, timedelta(hours=2)) == datetime(2026, 10, 8, 10, 0, tzinfo=SHANGHAI)
