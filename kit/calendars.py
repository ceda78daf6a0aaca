"""Solar and lunar days, birthdays, working days and hours, and windows of days that may cross New Year."""

from calendar import isleap
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

import chinese_calendar
from lunar_python import LunarYear, Solar

# Days lunar_python and we agree to speak about.
FIRST_YEAR, LAST_YEAR = 1900, 2199
OFFICE_OPENS, OFFICE_CLOSES = time(9), time(18)


def to_solar(year: int, month: int, day: int, is_leap: bool = False) -> date:
    """The solar date of a lunar day. A day the month lacks falls back to its last day, a leap
    month the year lacks to the ordinary month."""
    first, days = _lunar_month(year, month, is_leap)
    return first + timedelta(days=min(day, days) - 1)


def to_lunar(day: date) -> tuple[int, int, int, bool]:
    """Lunar year, month, day and whether the month is a leap month."""
    # New Year falls between 21 January and 20 February, so one of two lunar years holds the day.
    for year in (day.year, day.year - 1):
        for (month, is_leap), (first, days) in _lunar_year(year).items():
            if first <= day < first + timedelta(days=days):
                return year, month, (day - first).days + 1, is_leap
    raise AssertionError("every day belongs to a lunar month")


def lunar_date_exists(year: int, month: int, day: int, is_leap: bool = False) -> bool:
    """Whether the lunar year has that day, taken literally."""
    if is_leap and (month, True) not in _lunar_year(year):
        return False
    return 1 <= day <= _lunar_month(year, month, is_leap)[1]


@lru_cache(maxsize=50_000)
def next_lunar_birthday(month: int, day: int, is_leap: bool, from_on: date) -> date:
    """The first solar date on or after `from_on` on which that lunar birthday is kept."""
    lunar_year = to_lunar(from_on)[0]
    # A late lunar year reaches into the next solar one, so the year before may still answer.
    for year in (lunar_year - 1, lunar_year, lunar_year + 1, lunar_year + 2):
        kept_on = to_solar(year, month, day, is_leap)
        if kept_on >= from_on:
            return kept_on
    raise AssertionError("a lunar birthday returns within two years")


def next_solar_birthday(month: int, day: int, from_on: date) -> date:
    """The first date on or after `from_on` of that birthday; 29 February is kept on the 28th."""
    for year in (from_on.year, from_on.year + 1):
        kept_on = _day_of_year(year, month, day)
        if kept_on >= from_on:
            return kept_on
    raise AssertionError("a birthday returns within a year")


def next_birthday(month: int, day: int, *, lunar: bool = False, is_leap: bool = False, from_on: date) -> date:
    """The first solar date on or after `from_on` on which the birthday is kept, either calendar."""
    if lunar:
        return next_lunar_birthday(month, day, is_leap, from_on)
    return next_solar_birthday(month, day, from_on)


def lunar_text(month: int, day: int, is_leap: bool = False) -> str:
    """A lunar day in Chinese: 八月初六, 闰四月廿三."""
    months = "正二三四五六七八九十冬腊"
    return f"{'闰' if is_leap else ''}{months[month - 1]}月{_LUNAR_DAYS[day - 1]}"


def is_workday(day: date) -> bool:
    """Whether people work that day, statutory holidays and swapped weekends included.

    Outside the years the published calendar covers, Monday to Friday count.
    """
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() < 5


def add_workdays(day: date, count: int) -> date:
    """The day `count` working days after `day` (before it, when negative); 0 moves off a free day."""
    step = timedelta(days=1 if count >= 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= is_workday(day)
    while not is_workday(day):
        day += step
    return day


def workdays_between(start: date, end: date) -> int:
    """How many working days lie in `start` ≤ day < `end`."""
    return sum(is_workday(start + timedelta(days=n)) for n in range((end - start).days))


def add_work_hours(
    moment: datetime, hours: Decimal | int, opens: time = OFFICE_OPENS, closes: time = OFFICE_CLOSES
) -> datetime:
    """The moment `hours` working hours later: office hours of working days count, swapped Saturdays included.

    `moment` is aware and in the zone of the office; a moment outside office hours counts from the next opening.
    """
    return add_work_time(moment, timedelta(seconds=int(Decimal(hours) * 3600)), opens, closes)


def add_work_time(
    moment: datetime, left: timedelta, opens: time = OFFICE_OPENS, closes: time = OFFICE_CLOSES
) -> datetime:
    """The moment that much working time later; see `add_work_hours`."""
    while True:
        start, end = _office_hours(moment, opens, closes)
        if is_workday(moment.date()) and start < end:
            if left <= end - start:
                return start + left
            left -= end - start
        moment = (moment + timedelta(days=1)).replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0)


def work_time_between(
    start: datetime, end: datetime, opens: time = OFFICE_OPENS, closes: time = OFFICE_CLOSES
) -> timedelta:
    """How much working time lies between two moments, both aware and in the zone of the office; 0 when end ≤ start."""
    total = timedelta()
    moment = start
    while moment < end:
        begins, closing = _office_hours(moment, opens, closes)
        if is_workday(moment.date()) and begins < min(closing, end):
            total += min(closing, end) - begins
        moment = (moment + timedelta(days=1)).replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0)
    return total


def _office_hours(moment: datetime, opens: time, closes: time) -> tuple[datetime, datetime]:
    """What is left of the office hours of the moment's day: from the moment, or the opening, to the closing."""
    start = max(moment, moment.replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0))
    return start, moment.replace(hour=closes.hour, minute=closes.minute, second=0, microsecond=0)


def in_window(day: date, start: tuple[int, int], end: tuple[int, int]) -> bool:
    """Whether the day lies in a yearly window of (month, day) to (month, day), which may wrap the year."""
    at = (day.month, day.day)
    if start <= end:
        return start <= at <= end
    return at >= start or at <= end


def days_around(birthday: date, before: int, after: int) -> tuple[date, date]:
    """The window of days kept around a birthday, both ends included."""
    return birthday - timedelta(days=before), birthday + timedelta(days=after)


def _day_of_year(year: int, month: int, day: int) -> date:
    if (month, day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return date(year, month, day)


def _lunar_month(year: int, month: int, is_leap: bool) -> tuple[date, int]:
    """First solar day and length of a lunar month; the ordinary month where there is no leap one."""
    months = _lunar_year(year)
    return months.get((month, is_leap)) or months[(month, False)]


@lru_cache(maxsize=400)
def _lunar_year(year: int) -> dict[tuple[int, bool], tuple[date, int]]:
    """The months of a lunar year; computing them is slow (10 ms), so each year is kept."""
    months = {}
    for month in LunarYear.fromYear(year).getMonthsInYear():
        first = Solar.fromJulianDay(month.getFirstJulianDay())
        key = (abs(month.getMonth()), month.isLeap())
        months[key] = (date(first.getYear(), first.getMonth(), first.getDay()), month.getDayCount())
    return months


_LUNAR_DAYS = (
    *(f"初{n}" for n in "一二三四五六七八九十"),
    *(f"十{n}" for n in "一二三四五六七八九"),
    "二十",
    *(f"廿{n}" for n in "一二三四五六七八九"),
    "三十",
)
