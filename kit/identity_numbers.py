"""Numbers of identity papers: resident identity cards by GB 11643, passports and travel permits by their shape."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from kit.errors import DomainError

ID_CARD, PASSPORT, PERMIT = "id_card", "passport", "permit"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_SHAPES = (
    (ID_CARD, re.compile(r"\d{17}[\dX]|\d{15}")),
    (PERMIT, re.compile(r"[HMC]\d{8,10}|\d{8}|8\d{17}")),
    (PASSPORT, re.compile(r"[A-Z]{1,2}\d{7,8}")),
)
_JUNK = re.compile(r"[\s\-－·.]+")


class InvalidIdentity(DomainError):
    """What was typed is no number of an identity paper. The sentence never repeats the number."""

    code = "identity"

    def __init__(self, message: object) -> None:
        super().__init__(message, fields={"identity": ""})


@dataclass(frozen=True)
class Identity:
    """One number, whole: hand it to what makes a digest of it, and keep it nowhere."""

    kind: str
    number: str

    @property
    def shown(self) -> str:
        """The number as pages show it: 3702**********1234, E*****678."""
        keep = (4, 4) if self.kind == ID_CARD else (1, 3)
        hidden = len(self.number) - sum(keep)
        return f"{self.number[: keep[0]]}{'*' * hidden}{self.number[-keep[1] :]}"

    @property
    def born_on(self) -> date | None:
        """The birth date an identity card carries."""
        if self.kind != ID_CARD:
            return None
        return date(int(self.number[6:10]), int(self.number[10:12]), int(self.number[12:14]))


def parse(text: str, kind: str = "") -> Identity:
    """Read a number as typed; without a kind the shape tells. An old card's 15 digits become its 18.

    Raises `InvalidIdentity` for a wrong check digit, an impossible birth date or another shape.
    """
    number = _JUNK.sub("", unicodedata.normalize("NFKC", str(text or ""))).upper()
    for known, shape in _SHAPES:
        if kind in ("", known) and shape.fullmatch(number):
            return Identity(known, _checked_card(number) if known == ID_CARD else number)
    if kind in ("", ID_CARD):
        raise InvalidIdentity(_("An identity card has 18 digits; the last may be X. Check the number."))
    raise InvalidIdentity(_("This is not a number of such a paper. Check the number."))


def check_digit(first_seventeen: str) -> str:
    """The eighteenth character of an identity card (GB 11643, ISO 7064 MOD 11-2)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first_seventeen, _WEIGHTS, strict=True)) % 11]


def _checked_card(number: str) -> str:
    if len(number) == 15:
        body = f"{number[:6]}19{number[6:]}"
        number = body + check_digit(body)
    elif check_digit(number[:17]) != number[17]:
        raise InvalidIdentity(_("The check digit of this identity card is wrong. Check the number."))
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as exc:
        raise InvalidIdentity(_("The birth date in this identity card does not exist.")) from exc
    if born_on.year < 1900 or born_on > date.today():  # noqa: DTZ011 - a birth date has no zone
        raise InvalidIdentity(_("The birth date in this identity card does not exist."))
    return number
