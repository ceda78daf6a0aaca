"""How busy each day and hour is: weekends, festivals, sales events, lunch and evening."""

import random
from datetime import date, datetime, time, timedelta

from kit import calendars
from sales.services.drafts import BUSINESS_ZONE

WEEKDAYS = (0.78, 0.76, 0.84, 0.82, 1.08, 1.62, 1.5)
MONTHS = (1.18, 0.86, 0.88, 0.9, 1.02, 1.04, 0.88, 0.9, 1.0, 1.08, 1.12, 1.3)
HOURS = {10: 5, 11: 8, 12: 11, 13: 9, 14: 8, 15: 8, 16: 8, 17: 9, 18: 12, 19: 14, 20: 10, 21: 4}
WEEKEND_HOURS = {10: 6, 11: 9, 12: 9, 13: 10, 14: 13, 15: 14, 16: 12, 17: 9, 18: 9, 19: 10, 20: 7, 21: 3}
GROWTH = 0.12


def day_weights(first: date, last: date) -> dict[date, float]:
    """How much of two years' sales falls on each day."""
    festivals = {year: calendars.to_solar(year, 1, 1) for year in range(first.year, last.year + 1)}
    weights = {}
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        weight = WEEKDAYS[day.weekday()] * MONTHS[day.month - 1] * _event(day, festivals[day.year])
        weights[day] = weight * (1 + GROWTH * n / 365)
    return weights


def _event(day: date, new_year: date) -> float:
    """Spring Festival, 618, 11.11 and the public holidays."""
    until = (new_year - day).days
    if 1 <= until <= 16:
        return 1.75 - until * 0.03
    if -3 <= until <= 0:
        return 0.45
    if (day.month, day.day) in ((6, 16), (6, 17), (6, 18)):
        return 2.1
    if day.month == 11 and 8 <= day.day <= 11:
        return 2.5 if day.day == 11 else 1.7
    if (day.month == 10 and day.day <= 7) or (day.month == 5 and day.day <= 5):
        return 1.45
    if day.month == 12 and day.day >= 24:
        return 1.45
    if (day.month, day.day) in ((3, 8), (2, 14), (5, 20)):
        return 1.5
    return 1.0


def discount_of(day: date, season: str, rng: random.Random) -> int:
    """Percent taken off a line on a day: events, the end of a season, now and then a little."""
    event = (day.month == 6 and 14 <= day.day <= 18) or (day.month == 11 and 6 <= day.day <= 11)
    if event and rng.random() < 0.75:
        return rng.choice((20, 25, 30, 40))
    over = {"冬": (2, 3), "夏": (8, 9), "秋": (12, 1), "春": (6, 7)}.get(season, ())
    if day.month in over and rng.random() < 0.7:
        return rng.choice((30, 40, 50))
    return rng.choice((5, 10, 15)) if rng.random() < 0.22 else 0


def moment_of(day: date, rng: random.Random) -> datetime:
    """When on that day something is sold."""
    hours = WEEKEND_HOURS if day.weekday() >= 5 else HOURS
    hour = rng.choices(list(hours), list(hours.values()))[0]
    return datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), BUSINESS_ZONE)
