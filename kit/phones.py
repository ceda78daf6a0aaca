"""Telephone numbers: whatever people type becomes one E.164 form, and pages show it masked.

Numbers are normalised once, when they are written; no query ever wraps the column in a function.
`is_possible` is enough: new Chinese prefixes reach the number plan of the library late.
"""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from django.utils.translation import gettext as _

from kit.errors import DomainError

_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#)\s*\d{1,6}\s*$", re.IGNORECASE)
_JUNK = re.compile(r"[\s\-‐‑–—－_.·・()\[\]（）【】/\\,，、\u200b\u200c\u200d\u2060\ufeff]+")
_CARRIER_PREFIXES = ("17951", "17911", "12593", "10193", "17909")
_MOBILE = re.compile(r"1[3-9]\d{9}")


class InvalidPhone(DomainError):
    """What was typed cannot be a telephone number."""


@dataclass(frozen=True)
class Parsed:
    """One number: its E.164 form, whether the plan knows it, and whether it is a mobile."""

    e164: str
    is_known: bool
    is_mobile: bool


def parse(text: str, region: str = "CN") -> Parsed:
    """Read a number as typed; raises `InvalidPhone` with a sentence for the person who typed it."""
    typed = _EXTENSION.sub("", unicodedata.normalize("NFKC", str(text or "")).strip())
    digits = _JUNK.sub("", typed)
    digits = re.sub(r"^(?:tel:?|电话:?|手机:?)", "", digits, flags=re.IGNORECASE)
    if not re.fullmatch(r"\+?\d{3,20}", digits):
        raise _refusal(text)
    if region == "CN":
        digits = _chinese(digits)
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException as exc:
        raise _refusal(text) from exc
    if not phonenumbers.is_possible_number(number) or _is_broken_mobile(number):
        raise _refusal(text)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Parsed(e164, phonenumbers.is_valid_number(number), is_mobile(e164))


def normalise(text: str, region: str = "CN") -> str:
    """The E.164 form of what was typed; raises `InvalidPhone`."""
    return parse(text, region).e164


def reachable(text: str, region: str = "CN") -> str:
    """The E.164 form of a number a person can be reached at: no short codes, no missing area code."""
    e164 = normalise(text, region)
    if e164.startswith("+86") and len(e164) < 12:
        raise _refusal(text)
    return e164


def is_mobile(e164: str) -> bool:
    """Whether this is a Chinese mobile number."""
    return bool(re.fullmatch(r"\+861[3-9]\d{9}", e164))


def tail(e164: str) -> str:
    """The last four digits, by which the desk asks for a member."""
    return e164[-4:]


def national(e164: str) -> str:
    """How the number is read aloud here: 13812344821, 0532-85861234, 400-820-8820, +1 …"""
    if is_mobile(e164):
        return e164[3:]
    if not e164.startswith("+86"):
        return e164
    number = phonenumbers.parse(e164, "CN")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL).replace(" ", "-")


def mask(e164: str | None) -> str:
    """The number as pages show it: 138****4821. Works for anything, and shows at most seven digits."""
    text = str(e164 or "")
    if not text:
        return ""
    local = text[3:] if text.startswith("+86") else text
    if _MOBILE.fullmatch(local):
        return f"{local[:3]}****{local[-4:]}"
    if text.startswith("+86") and len(local) >= 9:
        return f"{national(text).split('-')[0]}-****{local[-4:]}"
    return f"{local[:3]}****{local[-4:]}" if len(local) >= 10 else f"****{local[-2:]}"


def _chinese(digits: str) -> str:
    """Undo what people and switchboards put before a Chinese number."""
    for prefix in _CARRIER_PREFIXES:
        if digits.startswith(prefix) and len(digits) >= len(prefix) + 10:
            digits = digits[len(prefix) :]
    if digits.startswith("0086"):
        digits = "+86" + digits[4:]
    elif re.fullmatch(r"86(1[3-9]\d{9}|0?[2-9]\d{8,11})", digits) and len(digits) >= 12:
        digits = "+" + digits
    if digits.startswith("+86"):
        rest = digits[3:].lstrip("0")
        return "+86" + rest
    if re.fullmatch(r"01[3-9]\d{9}", digits):
        # The 0 some switchboards put before a mobile number. 010 is Beijing and has 11 digits.
        return digits[1:]
    return digits


def _is_broken_mobile(number: phonenumbers.PhoneNumber) -> bool:
    """A mobile number with a digit too many or too few: the plan calls it possible, the desk does not."""
    digits = str(number.national_number)
    return number.country_code == 86 and bool(re.match(r"1[3-9]\d{4}", digits)) and len(digits) != 11


def _refusal(text: str) -> InvalidPhone:
    return InvalidPhone(
        _("“%(text)s” is not a phone number. Mobile numbers have 11 digits; landlines need the area code.")
        % {"text": str(text or "")[:30]},
        fields={"phone": ""},
    )
