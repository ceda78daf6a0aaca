"""Whose details a merged member has: name, birthday, address … each part from one of the two."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import Member


@dataclass(frozen=True)
class Part:
    """Columns that only make sense together; `asked` are those that show whether anything is known."""

    key: str
    label: str | Promise
    columns: tuple[str, ...]
    asked: tuple[str, ...]

    def is_known(self, member: Member) -> bool:
        """Whether the member has anything here."""
        return any(getattr(member, column) for column in self.asked)

    def shown(self, member: Member) -> str:
        """The part in words."""
        if self.key == "home_store":
            return member.home_store.label if member.home_store else "—"
        if self.key in ("gender", "language"):
            return str(getattr(member, f"get_{self.key}_display")())
        if self.key == "birthday":
            day = f"{member.birth_month:02}-{member.birth_day:02}" if member.has_birthday else "—"
            return f"{member.get_birth_calendar_display()} {member.birth_year or ''} {day}"
        return " ".join(str(value) for value in self.values(member).values() if value) or "—"

    def values(self, member: Member) -> dict[str, Any]:
        """The part's columns of a member."""
        return {column: getattr(member, column) for column in self.columns}


def _part(key: str, label: str | Promise, *columns: str, asked: tuple[str, ...] = ()) -> Part:
    return Part(key, label, columns, asked or columns)


PARTS = (
    _part("name", _("Name"), "name"),
    _part("name_en", _("English name"), "name_en"),
    _part("gender", _("Gender"), "gender"),
    _part(
        "birthday",
        _("Birthday"),
        *("birth_month", "birth_day", "birth_year", "birth_calendar", "birth_is_leap", "next_birthday_on"),
        asked=("birth_month",),
    ),
    _part("email", _("E-mail"), "email"),
    _part("address", _("Address"), "province", "city", "district", "street", "postcode"),
    _part("home_store", _("Home store"), "home_store_id"),
    _part("language", _("Preferred language"), "language"),
    _part("discount", _("Agreed discount"), "agreed_discount"),
)


def differing(winner: Member, loser: Member) -> list[Part]:
    """The parts about which somebody must choose: both know something, and not the same."""
    return [
        part
        for part in PARTS
        if part.is_known(winner) and part.is_known(loser) and part.values(winner) != part.values(loser)
    ]


def merged_details(winner: Member, loser: Member, take: Collection[str]) -> dict[str, Any]:
    """The columns the merged member gets from the loser: parts chosen, and parts the winner knows nothing of.

    Facts learnt are united, the winner's going first; the earlier enrolment counts.
    """
    details: dict[str, Any] = {}
    for part in PARTS:
        if part.is_known(loser) and (part.key in take or not part.is_known(winner)):
            details |= part.values(loser)
    details["custom"] = {**loser.custom, **winner.custom}
    if loser.enrolled_on < winner.enrolled_on:
        details |= {"enrolled_on": loser.enrolled_on, "enrolled_at": loser.enrolled_at}
    return details
