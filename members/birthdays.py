"""A birthday as people give it: solar or lunar, often without the year."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from kit import calendars
from kit.errors import DomainError

from .models import Member


class NotABirthday(DomainError):
    """No calendar has that day."""

    code = "birthday"


_LONGEST = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}


@dataclass(frozen=True)
class Birthday:
    """Month and day in one of the calendars; the year where it is known."""

    month: int
    day: int
    year: int | None = None
    lunar: bool = False
    is_leap: bool = False

    def __post_init__(self) -> None:
        longest = 30 if self.lunar else _LONGEST.get(self.month, 0)
        if not 1 <= self.month <= 12 or not 1 <= self.day <= longest:
            raise NotABirthday(_("There is no such day. Check month and day."), fields={"birth_day": ""})
        if self.year is not None and not 1900 <= self.year <= 2100:
            raise NotABirthday(_("The year of birth looks wrong."), fields={"birth_year": ""})
        if self.year and not self.lunar and (self.month, self.day) == (2, 29):
            try:
                date(self.year, 2, 29)
            except ValueError as exc:
                raise NotABirthday(_("There was no 29 February in that year."), fields={"birth_day": ""}) from exc

    def next_on(self, from_on: date) -> date:
        """The solar date on which it is kept next, `from_on` included."""
        return calendars.next_birthday(self.month, self.day, lunar=self.lunar, is_leap=self.is_leap, from_on=from_on)

    def columns(self, from_on: date) -> dict[str, object]:
        """The columns of `Member` that hold it."""
        return {
            "birth_calendar": Member.Calendar.LUNAR if self.lunar else Member.Calendar.SOLAR,
            "birth_year": self.year,
            "birth_month": self.month,
            "birth_day": self.day,
            "birth_is_leap": self.lunar and self.is_leap,
            "next_birthday_on": self.next_on(from_on),
        }


NO_BIRTHDAY: dict[str, object] = {
    "birth_calendar": Member.Calendar.SOLAR,
    "birth_year": None,
    "birth_month": None,
    "birth_day": None,
    "birth_is_leap": False,
    "next_birthday_on": None,
}


def of_member(member: Member) -> Birthday | None:
    """The member's birthday, or None where month or day are unknown."""
    if not member.has_birthday:
        return None
    return Birthday(
        member.birth_month,
        member.birth_day,
        member.birth_year,
        member.birth_calendar == Member.Calendar.LUNAR,
        member.birth_is_leap,
    )


def is_today(member: Member, today: date) -> bool:
    """Whether the birthday is kept today; for a lunar one, on today's solar date."""
    birthday = of_member(member)
    return birthday is not None and birthday.next_on(today) == today
