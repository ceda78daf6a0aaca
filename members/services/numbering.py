"""Numbers people read: member and card numbers, from sequences, never twice and never Max()+1."""

from django.db import connection

CARD_PREFIX = "8800"


def luhn_digit(digits: str) -> str:
    """The check digit that makes one mistyped or two swapped digits visible."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def luhn_is_right(number: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    return number.isascii() and number.isdigit() and len(number) > 1 and luhn_digit(number[:-1]) == number[-1]


def card_number(sequence: int) -> str:
    """8800, eleven digits, check digit."""
    body = f"{CARD_PREFIX}{sequence:011d}"
    return body + luhn_digit(body)


def take_member_numbers(count: int = 1) -> list[str]:
    """Draw member numbers such as M00012345."""
    return [f"M{n:08d}" for n in _draw("members_member_no", count)]


def take_card_numbers(count: int = 1) -> list[str]:
    """Draw card numbers such as 8800000000123455."""
    return [card_number(n) for n in _draw("members_card_no", count)]


def _draw(sequence: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, count])
        return [n for (n,) in cursor.fetchall()]
