"""Unified social credit codes of Chinese companies (GB 32100): eighteen characters, the last one a check digit."""

import re
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = [pow(3, place, 31) for place in range(17)]
_FORM = re.compile(rf"[{ALPHABET}]{{2}}\d{{6}}[{ALPHABET}]{{10}}")


def tidy(text: str) -> str:
    """The code as it is kept: half width, upper case, without spaces."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()


def check_digit(body: str) -> str:
    """The eighteenth character for the first seventeen."""
    total = sum(ALPHABET.index(char) * weight for char, weight in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def is_right(code: str) -> bool:
    """Whether a tidy code has the right form and check digit."""
    return bool(_FORM.fullmatch(code)) and check_digit(code[:17]) == code[17]
