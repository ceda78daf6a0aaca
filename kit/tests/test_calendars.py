from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit import calendars


def test_a_lunar_day_has_a_solar_date():
    assert calendars.to_solar(2026, 8, 6) == date(2026, 9, 16)
    assert calendars.to_lunar(date(2026, 9, 16)) == (2026, 8, 6, False)
    assert calendars.to_lunar(date(2026, 2, 17)) == (2026, 1, 1, False)
    assert calendars.to_lunar(date(2025, 7, 25)) == (2025, 6, 1, True)


@settings(max_examples=300, deadline=None)
@given(st.dates(date(1930, 1, 1), date(2095, 12, 31)))
def test_solar_to_lunar_and_back_is_the_same_day(day):
    assert calendars.to_solar(*calendars.to_lunar(day)) == day


def test_the_thirtieth_falls_back_where_the_twelfth_month_is_short():
    assert not calendars.lunar_date_exists(2025, 12, 30)
    assert calendars.next_lunar_birthday(12, 30, False, date(2026, 1, 1)) == date(2026, 2, 16)


def test_a_leap_month_birthday_is_kept_in_the_ordinary_month_of_other_years():
    assert calendars.next_lunar_birthday(6, 1, True, date(2025, 7, 25)) == date(2025, 7, 25)
    assert calendars.next_lunar_birthday(6, 1, True, date(2025, 7, 26)) == date(2026, 7, 14)


def test_a_lunar_birthday_of_the_old_year_may_still_come_after_new_year():
    assert calendars.next_lunar_birthday(12, 23, False, date(2026, 1, 2)) == date(2026, 2, 10)
    assert calendars.next_lunar_birthday(1, 1, False, date(2026, 2, 17)) == date(2026, 2, 17)
    assert calendars.next_lunar_birthday(1, 1, False, date(2026, 2, 18)) == date(2027, 2, 6)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 12), st.integers(1, 30), st.booleans(), st.dates(date(1990, 1, 1), date(2080, 1, 1)))
def test_the_next_lunar_birthday_is_within_thirteen_months_and_never_before(month, day, leap, start):
    kept_on = calendars.next_lunar_birthday(month, day, leap, start)
    assert start <= kept_on <= start + timedelta(days=414)


@pytest.mark.parametrize(
    ("start", "kept_on"),
    [
        (date(2026, 2, 28), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2027, 2, 28)),
        (date(2027, 12, 1), date(2028, 2, 29)),
    ],
)
def test_the_29th_of_february_is_kept_on_the_28th_in_short_years(start, kept_on):
    assert calendars.next_solar_birthday(2, 29, start) == kept_on


def test_a_birthday_today_is_today_and_yesterdays_is_next_year():
    assert calendars.next_birthday(12, 31, from_on=date(2026, 12, 31)) == date(2026, 12, 31)
    assert calendars.next_birthday(12, 30, from_on=date(2026, 12, 31)) == date(2027, 12, 30)


def test_working_days_follow_the_statutory_calendar_with_its_swapped_days():
    assert calendars.is_workday(date(2025, 1, 26))
    assert not calendars.is_workday(date(2025, 10, 1))
    assert calendars.add_workdays(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert calendars.add_workdays(date(2025, 10, 1), 0) == date(2025, 10, 9)
    assert calendars.workdays_between(date(2025, 10, 1), date(2025, 10, 13)) == 3


def test_outside_the_published_calendar_weekdays_count():
    assert calendars.is_workday(date(2040, 1, 2)) == (date(2040, 1, 2).weekday() < 5)


def test_a_yearly_window_may_wrap_new_year():
    assert calendars.in_window(date(2026, 1, 5), (12, 20), (1, 10))
    assert calendars.in_window(date(2025, 12, 20), (12, 20), (1, 10))
    assert not calendars.in_window(date(2026, 6, 1), (12, 20), (1, 10))
    assert calendars.in_window(date(2026, 6, 1), (5, 1), (6, 1))


def test_a_lunar_day_in_words():
    assert calendars.lunar_text(8, 6) == "八月初六"
    assert calendars.lunar_text(4, 23, True) == "闰四月廿三"
    assert calendars.lunar_text(12, 30) == "腊月三十"
