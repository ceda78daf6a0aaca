"""Days and birthdays in the many shapes files write them."""

import re
import unicodedata
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from kit import calendars
from members.birthdays import Birthday

# Day 0 of spreadsheets that count days (their 1900 has a 29 February).
_SPREADSHEET_ZERO = date(1899, 12, 30)
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]+\d{1,2}:\d{2}.*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:\s+\d{1,2}:\d{2}.*)?")
_EIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?")
_MONTH_DAY = re.compile(r"(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_FOUR = re.compile(r"(\d{2})(\d{2})")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_LUNAR = re.compile(r"^(?:农历|阴历|旧历|lunar)\s*[::]?\s*", re.IGNORECASE)
_SOLAR = re.compile(r"^(?:公历|阳历|新历|solar)\s*[::]?\s*", re.IGNORECASE)
_HAN_DAY = re.compile(
    r"(?:(\d{4})年?)?\s*(闰)?([正一二三四五六七八九十冬腊]{1,2})月([初十廿卅一二三四五六七八九]{1,3})日?"
)
_MONTHS = {
    **{word: number for number, word in enumerate(("一", "二", "三", "四", "五", "六", "七", "八", "九", "十"), 1)},
    "正": 1,
    "冬": 11,
    "十一": 11,
    "腊": 12,
    "十二": 12,
}
_HAN_DAYS = {calendars.lunar_text(1, day)[2:]: day for day in range(1, 31)} | {
    f"二十{word}": 20 + number for word, number in _MONTHS.items() if len(word) == 1 and number < 10 and word != "正"
}


def read_day(text: str, order: str = "year") -> date:
    """A day; `order` says how 03/04/2019 is meant ("day" or "month" first). Raises `ValueError` with a sentence."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _triple(plain, order)
    try:
        day = date(*found) if found else None
    except ValueError:
        day = None
    if day is None and _SERIAL.fullmatch(plain):
        day = _SPREADSHEET_ZERO + timedelta(days=int(plain.split(".")[0]))
    if day is None or not 1900 <= day.year <= 2200:
        raise ValueError(_("“%(text)s” is not a day. Write it like 2026-11-21.") % {"text": text[:30]})
    return day


def read_past_day(text: str, order: str = "year") -> date:
    """A day that is not in the future."""
    day = read_day(text, order)
    if day > timezone.localdate():
        raise ValueError(_("“%(text)s” lies in the future.") % {"text": text[:30]})
    return day


def read_birthday(text: str, order: str = "year", *, lunar: bool = False) -> Birthday:
    """A birthday with or without its year: 1985-08-06, 19850806, 8月6日, 0806, 农历八月初六, 农历1985-08-06.

    Raises `ValueError` or `NotABirthday` with a sentence.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    says_lunar = bool(_LUNAR.match(plain))
    lunar = says_lunar or (lunar and not _SOLAR.match(plain))
    plain = _SOLAR.sub("", _LUNAR.sub("", plain)).strip()
    if found := _HAN_DAY.fullmatch(plain):
        year, leap, month, day = found.groups()
        if month in _MONTHS and day in _HAN_DAYS:
            return Birthday(_MONTHS[month], _HAN_DAYS[day], int(year) if year else None, True, bool(leap))
    is_leap = plain.startswith("闰")
    plain = plain.removeprefix("闰")
    triple = _triple(plain, order)
    if triple is None and (pair := _MONTH_DAY.fullmatch(plain) or _FOUR.fullmatch(plain)):
        return Birthday(int(pair[1]), int(pair[2]), None, lunar, lunar and is_leap)
    if triple is None:
        day = read_past_day(plain, order)
        triple = (day.year, day.month, day.day)
    year, month, day_of_month = triple
    if year > timezone.localdate().year:
        raise ValueError(_("“%(text)s” lies in the future.") % {"text": text[:30]})
    return Birthday(month, day_of_month, year, lunar, lunar and is_leap)


def _triple(plain: str, order: str) -> tuple[int, int, int] | None:
    if found := _YEAR_FIRST.fullmatch(plain) or _EIGHT.fullmatch(plain):
        return int(found[1]), int(found[2]), int(found[3])
    if order in ("day", "month") and (found := _YEAR_LAST.fullmatch(plain)):
        first, second = int(found[1]), int(found[2])
        return (int(found[3]), second, first) if order == "day" else (int(found[3]), first, second)
    return None
