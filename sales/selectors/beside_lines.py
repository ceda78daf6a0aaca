"""What the floors above say about a receipt line: a word beside it (points, an open case) and what can be done with it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from sales.models import ReceiptLine
from staff.models import User

LineKey = tuple[object, int, int]
Notes = Callable[[User, Sequence[ReceiptLine]], dict[LineKey, str]]
Address = Callable[[ReceiptLine], str]


@dataclass(frozen=True)
class Deed:
    """Something a person may do with a line."""

    label: str | Promise
    icon: str
    permission: str
    address: Address


@dataclass(frozen=True)
class Beside:
    """What is said and offered beside one line."""

    words: list[str]
    deeds: list[tuple[Deed, str]]


_notes: dict[str, tuple[str, Notes]] = {}
_deeds: dict[str, Deed] = {}


def register_line_note(name: str, permission: str, find: Notes) -> None:
    """Say something beside lines: `find(user, lines)` gives words (safe HTML) by (sold_on, receipt id, line number)."""
    _notes[name] = (permission, find)


def register_line_deed(name: str, *, label: str | Promise, icon: str, permission: str, address: Address) -> None:
    """Offer something to do with a line: `address(line)` is where it begins."""
    _deeds[name] = Deed(label, icon, permission, address)


def key_of(line: ReceiptLine) -> LineKey:
    """How a line is named by value."""
    return line.sold_on, line.receipt_id, line.line_no


def beside(user: User, lines: Iterable[ReceiptLine]) -> dict[LineKey, Beside]:
    """Everything this person may read and do beside these lines: one query for each floor that has something to say."""
    lines = list(lines)
    deeds = [deed for deed in _deeds.values() if user.has_perm(deed.permission)]
    said = [find(user, lines) for permission, find in _notes.values() if lines and user.has_perm(permission)]
    return {
        key_of(line): Beside(
            [words[key_of(line)] for words in said if key_of(line) in words],
            [(deed, deed.address(line)) for deed in deeds],
        )
        for line in lines
    }
