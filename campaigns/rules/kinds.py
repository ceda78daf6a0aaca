"""Kinds of answers a field can have: which tests there are, what value each wants, its SQL and its words.

A kind has `tests` (name → words), `clean(test, raw)` that gives the value as it is stored or raises `RuleRefused`,
`condition(test, value, expression, clock)` for fields that are columns, and `words(test, value)` for sentences.
`opposite` names tests that are the plain contrary of another: for fields that are sets of members, only the other one
is ever asked of the field.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from campaigns.rules.sql import Clock, Sql
from campaigns.segment_exceptions import RuleRefused
from kit.calendars import next_birthday

Words = str | Promise
Options = Callable[[], Iterable[tuple[str, str]]]
MOST_CHOSEN, LONGEST_TEXT, MOST_DAYS = 2000, 60, 3660


class Kind:
    """What every kind offers; see the module."""

    tests: ClassVar[dict[str, Words]] = {}
    opposite: ClassVar[dict[str, str]] = {}

    def clean(self, test: str, raw: Any) -> Any:
        raise NotImplementedError

    def condition(self, test: str, value: Any, expression: str, clock: Clock) -> Sql:
        raise NotImplementedError

    def words(self, test: str, value: Any) -> str:
        raise NotImplementedError

    def sentence(self, label: object, test: str, value: Any) -> str:
        """The question in words: label, test and value in the order of the language."""
        said = {"field": label, "test": self.tests[test], "value": self.words(test, value)}
        return (_("%(field)s %(test)s %(value)s") % said).strip()

    def shown(self, own: Any) -> str:
        """A member's own value in words."""
        return "—" if own in (None, "", []) else str(own)


def read_number(raw: Any, *, least: Decimal | None = None, whole: bool = False) -> str:
    """A number as decimal text, or a sentence."""
    try:
        number = Decimal(str(raw).strip().replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= 10**12:
        raise RuleRefused(_("Please give a number."))
    if least is not None and number < least:
        raise RuleRefused(_("Please give at least %(least)s.") % {"least": least})
    if whole and number != number.to_integral_value():
        raise RuleRefused(_("Please give a whole number."))
    if -number.as_tuple().exponent > 4:
        raise RuleRefused(_("Please give at most four decimals."))
    return f"{number.normalize():f}" if number else "0"


def read_day(raw: Any) -> str:
    """A day as 2026-11-21, or a sentence."""
    try:
        day = parse_date(str(raw).strip())
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year <= 2100:
        raise RuleRefused(_("Please give a day, like 2026-11-21."))
    return day.isoformat()


def read_count(raw: Any, least: int = 0, most: int = MOST_DAYS) -> int:
    """A whole number between two limits, or a sentence."""
    number = int(Decimal(read_number(raw, whole=True)))
    if not least <= number <= most:
        raise RuleRefused(_("Please give a number from %(least)s to %(most)s.") % {"least": least, "most": most})
    return number


def read_pair(raw: Any, read: Callable[[Any], Any]) -> list[Any]:
    """Two values in order, or a sentence."""
    if not isinstance(raw, (list, tuple)) or len(raw) != 2:
        raise RuleRefused(_("Please give two values, from and to."))
    return [read(raw[0]), read(raw[1])]


@dataclass(frozen=True)
class Number(Kind):
    """A number: money (`unit="¥"`), points, times, a share in percent (`unit="%"`, stored as 0.5)."""

    unit: str = ""
    tests: ClassVar[dict[str, Words]] = {
        "at_least": pgettext_lazy("rule", "is at least"),
        "at_most": pgettext_lazy("rule", "is at most"),
        "between": pgettext_lazy("rule", "is between"),
        "equals": pgettext_lazy("rule", "is exactly"),
    }

    def clean(self, test: str, raw: Any) -> Any:
        if test != "between":
            return read_number(raw)
        low, high = read_pair(raw, read_number)
        if Decimal(low) > Decimal(high):
            raise RuleRefused(_("The second value lies before the first."))
        return [low, high]

    def condition(self, test: str, value: Any, expression: str, clock: Clock) -> Sql:
        if test == "between":
            return Sql(f"{expression} BETWEEN %s AND %s", [self._stored(value[0]), self._stored(value[1])])
        sign = {"at_least": ">=", "at_most": "<=", "equals": "="}[test]
        return Sql(f"{expression} {sign} %s", [self._stored(value)])

    def _stored(self, text: str) -> Decimal:
        return Decimal(text) / 100 if self.unit == "%" else Decimal(text)

    def words(self, test: str, value: Any) -> str:
        if test == "between":
            return _("%(low)s to %(high)s") % {"low": self._said(value[0]), "high": self._said(value[1])}
        return self._said(value)

    def _said(self, text: Any) -> str:
        number = Decimal(text)
        plain = f"{number:,.2f}".removesuffix(".00") if number == round(number, 2) else f"{number:,f}"
        return f"¥{plain}" if self.unit == "¥" else f"{plain}{self.unit}"

    def shown(self, own: Any) -> str:
        if own is None:
            return "—"
        return self._said(Decimal(own) * 100 if self.unit == "%" else own)


@dataclass(frozen=True)
class Choice(Kind):
    """One of a list, or with `many` a column that holds several (an array of numbers). Values are texts."""

    options: Options = field(default=list)
    many: bool = False
    numeric: bool = False
    tests: ClassVar[dict[str, Words]] = {
        "is_one_of": pgettext_lazy("rule", "is one of"),
        "is_none_of": pgettext_lazy("rule", "is none of"),
    }
    opposite: ClassVar[dict[str, str]] = {"is_none_of": "is_one_of"}

    def clean(self, test: str, raw: Any) -> list[str]:
        chosen = [str(one) for one in (raw if isinstance(raw, (list, tuple)) else [raw])]
        known = {str(value) for value, _label in self.options()}
        chosen = list(dict.fromkeys(one for one in chosen if one or one in known))
        if not chosen:
            raise RuleRefused(_("Please choose at least one."))
        if len(chosen) > MOST_CHOSEN:
            raise RuleRefused(_("That is too many to choose."))
        if strange := [one for one in chosen if one not in known]:
            raise RuleRefused(_("%(value)s is not on the list.") % {"value": strange[0][:40]})
        return chosen

    def condition(self, test: str, value: Any, expression: str, clock: Clock) -> Sql:
        wanted = [int(one) for one in value] if self.numeric or self.many else list(value)
        has = f"{expression} && %s::bigint[]" if self.many else f"{expression} = ANY(%s)"
        return Sql(has if test == "is_one_of" else f"NOT ({has})", [wanted])

    def words(self, test: str, value: Any) -> str:
        return in_a_row(self._label(one) for one in value)

    def shown(self, own: Any) -> str:
        if own in (None, []):
            return "—"
        many = own if isinstance(own, (list, tuple)) else [own]
        return in_a_row(self._label(str(one)) for one in many) or "—"

    def _label(self, value: str) -> str:
        return next((str(label) for known, label in self.options() if str(known) == value), value)


def in_a_row(words: Iterable[str]) -> str:
    """Words in a row as a list is read: A、B、C."""
    return _(", ").join(words)


class YesNo(Kind):
    """True or not."""

    tests: ClassVar[dict[str, Words]] = {"is_yes": pgettext_lazy("rule", "yes"), "is_no": pgettext_lazy("rule", "no")}
    opposite: ClassVar[dict[str, str]] = {"is_no": "is_yes"}

    def clean(self, test: str, raw: Any) -> None:
        return None

    def condition(self, test: str, value: Any, expression: str, clock: Clock) -> Sql:
        return Sql(expression if test == "is_yes" else f"NOT ({expression})")

    def words(self, test: str, value: Any) -> str:
        return ""

    def sentence(self, label: object, test: str, value: Any) -> str:
        return str(label) if test == "is_yes" else _("not: %(part)s") % {"part": label}

    def shown(self, own: Any) -> str:
        return "—" if own is None else str(_("yes") if own else _("no"))


class Text(Kind):
    """Words somebody wrote."""

    tests: ClassVar[dict[str, Words]] = {
        "equals": pgettext_lazy("rule", "is exactly"),
        "contains": pgettext_lazy("rule", "contains"),
        "begins": pgettext_lazy("rule", "begins with"),
    }

    def clean(self, test: str, raw: Any) -> str:
        text = str(raw or "").replace("\x00", "").strip()
        if not text:
            raise RuleRefused(_("Please give the words to look for."))
        if len(text) > LONGEST_TEXT:
            raise RuleRefused(_("Please keep it under %(most)s characters.") % {"most": LONGEST_TEXT})
        return text

    def condition(self, test: str, value: Any, expression: str, clock: Clock) -> Sql:
        lower = value.lower()
        if test == "equals":
            return Sql(f"lower({expression}) = %s", [lower])
        if test == "begins":
            return Sql(f"left(lower({expression}), %s) = %s", [len(lower), lower])
        return Sql(f"position(%s IN lower({expression})) > 0", [lower])

    def words(self, test: str, value: Any) -> str:
        return f"“{value}”"


class Day(Kind):
    """A day that was or will be."""

    tests: ClassVar[dict[str, Words]] = {
        "in_last": pgettext_lazy("rule", "within the last days"),
        "before_last": pgettext_lazy("rule", "longer ago than days"),
        "in_next": pgettext_lazy("rule", "within the next days"),
        "from": pgettext_lazy("rule", "on or after"),
        "until": pgettext_lazy("rule", "on or before"),
        "between": pgettext_lazy("rule", "between the days"),
    }

    def clean(self, test: str, raw: Any) -> Any:
        if test in ("in_last", "before_last", "in_next"):
            return read_count(raw, 0 if test == "in_next" else 1)
        if test != "between":
            return read_day(raw)
        low, high = read_pair(raw, read_day)
        if low > high:
            raise RuleRefused(_("The last day lies before the first."))
        return [low, high]

    def condition(self, test: str, value: Any, expression: str, clock: Clock) -> Sql:
        match test:
            case "in_last":
                # The last 90 days are today and the 89 before: the windows of the figures are counted so too.
                return Sql(f"{expression} BETWEEN %s AND %s", [clock.days_ago(value - 1), clock.today])
            case "before_last":
                return Sql(f"{expression} <= %s", [clock.days_ago(value)])
            case "in_next":
                return Sql(f"{expression} BETWEEN %s AND %s", [clock.today, clock.days_ago(-value)])
            case "from":
                return Sql(f"{expression} >= %s", [date.fromisoformat(value)])
            case "until":
                return Sql(f"{expression} <= %s", [date.fromisoformat(value)])
        return Sql(f"{expression} BETWEEN %s AND %s", [date.fromisoformat(one) for one in value])

    def words(self, test: str, value: Any) -> str:
        if test == "between":
            return _("%(low)s to %(high)s") % {"low": value[0], "high": value[1]}
        return _("%(n)s days") % {"n": value} if isinstance(value, int) else value

    def sentence(self, label: object, test: str, value: Any) -> str:
        said = {
            "in_last": _("%(field)s within the last %(n)s days"),
            "before_last": _("%(field)s more than %(n)s days ago"),
            "in_next": _("%(field)s within the next %(n)s days"),
        }.get(test)
        return said % {"field": label, "n": value} if said else super().sentence(label, test, value)


_DAYS_OF_YEAR = [f"{date(2000, 1, 1) + timedelta(days=n):%m-%d}" for n in range(366)]


class Yearly(Kind):
    """A day that comes back each year. The column gives the day it is kept next (a date), lunar birthdays included.

    `months_day` says the expression is text like 11-21 instead; 02-29 is then kept on 02-28 in other years, as
    birthdays are.
    """

    tests: ClassVar[dict[str, Words]] = {
        "in_next": pgettext_lazy("rule", "comes within days"),
        "in_month": pgettext_lazy("rule", "falls in month"),
        "between": pgettext_lazy("rule", "falls between the days of the year"),
    }

    def __init__(self, months_day: bool = False) -> None:
        self.months_day = months_day

    def clean(self, test: str, raw: Any) -> Any:
        if test == "in_next":
            return read_count(raw, 0, 366)
        if test == "in_month":
            return read_count(raw, 1, 12)
        return read_pair(raw, _month_and_day)

    def condition(self, test: str, value: Any, expression: str, clock: Clock) -> Sql:
        if not self.months_day:
            if test == "in_next":
                return Sql(f"{expression} BETWEEN %s AND %s", [clock.today, clock.days_ago(-value)])
            if test == "in_month":
                return Sql(f"extract(month FROM {expression}) = %s", [value])
            return Sql(f"to_char({expression}, 'MM-DD') = ANY(%s)", [_span(*value)])
        if test == "in_next":
            return Sql(f"{expression} = ANY(%s)", [_kept_within(clock.today, value)])
        if test == "in_month":
            return Sql(f"left({expression}, 2) = %s", [f"{value:02}"])
        return Sql(f"{expression} = ANY(%s)", [_span(*value)])

    def words(self, test: str, value: Any) -> str:
        if test == "between":
            return _("%(low)s to %(high)s") % {"low": value[0], "high": value[1]}
        return _("%(n)s days") % {"n": value} if test == "in_next" else str(value)

    def sentence(self, label: object, test: str, value: Any) -> str:
        said = {
            "in_next": _("%(field)s within the next %(n)s days"),
            "in_month": _("%(field)s in month %(n)s"),
        }.get(test)
        return said % {"field": label, "n": value} if said else super().sentence(label, test, value)


def _month_and_day(raw: Any) -> str:
    text = str(raw).strip()
    if text not in _DAYS_OF_YEAR:
        raise RuleRefused(_("Please give month and day, like 11-21."))
    return text


def _span(first: str, last: str) -> list[str]:
    """The days of the year from one to another, over New Year where the second lies before the first."""
    if first <= last:
        return [day for day in _DAYS_OF_YEAR if first <= day <= last]
    return [day for day in _DAYS_OF_YEAR if day >= first or day <= last]


def _kept_within(today: date, days: int) -> list[str]:
    """The days of the year that are kept within so many days of today, today included."""
    until = today + timedelta(days=days)
    return [
        day for day in _DAYS_OF_YEAR if next_birthday(int(day[:2]), int(day[3:]), from_on=today) <= until
    ]  # fmt: skip
