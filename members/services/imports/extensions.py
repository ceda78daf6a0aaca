"""What apps above add to an import of members: columns of their own, what they book for a row, and how it is undone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.utils.functional import Promise

from members.models import MemberImport
from members.services.imports.dictionary import Target
from staff.models import User


@dataclass(frozen=True, slots=True)
class ExtensionRow:
    """One row as an extension sees it: whom it is about (None: a member still to be made) and the value it read."""

    row_no: int
    member_id: int | None
    value: Any


@dataclass(frozen=True, slots=True)
class Said:
    """What an extension says about rows: those it will do something for (in words), and those it refuses."""

    changes: Mapping[int, str] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)


class Extension(Protocol):
    """Registered by an app above in `AppConfig.ready()`; all methods work on many rows with few queries."""

    name: str
    label: str | Promise
    targets: tuple[Target, ...]
    figures: Mapping[str, str | Promise]

    def read(self, texts: Mapping[str, str], spec: Mapping[str, Any]) -> Any:
        """The value of a row from its own columns, None for nothing. Raises `ValueError` or `DomainError`."""

    def judge(self, batch: MemberImport, rows: Sequence[ExtensionRow]) -> Said:
        """What would happen; nothing is written."""

    def apply(self, batch: MemberImport, rows: Sequence[ExtensionRow], actor: User | None) -> dict[str, int]:
        """Book the rows in the piece's transaction; returns figures that add up over the pieces."""

    def undo(self, batch: MemberImport, member_ids: Sequence[int], actor: User | None) -> "Undone":
        """Take back what `apply` booked for these members."""

    def reconcile(self, batch: MemberImport, results: Mapping[str, int]) -> dict[str, int]:
        """Figures of the whole file, to be held against what was booked (`results`; empty before)."""


@dataclass(frozen=True, slots=True)
class Undone:
    """Members who keep something that cannot be taken back, with the reason, and those whose history must stay."""

    left: Mapping[int, str] = field(default_factory=dict)
    history: frozenset[int] = frozenset()


LifeCheck = Callable[[Sequence[int], datetime], Mapping[int, str]]

_extensions: dict[str, Extension] = {}
_lives: dict[str, LifeCheck] = {}
_answered: set[str] = set()


def register_extension(extension: Extension) -> None:
    """Add columns and bookings of an app above. Registering a name again replaces it."""
    _extensions[extension.name] = extension


def extensions() -> list[Extension]:
    return list(_extensions.values())


def register_life(name: str, check: LifeCheck, *, answers_for: Sequence[str] = ()) -> None:
    """Let an app above say which members made by an import have lived since (`check(ids, since)` gives reasons).

    `answers_for` names models ("loyalty.Account") whose rows alone are no life: the check knows better.
    """
    _lives[name] = check
    _answered.update(answers_for)


def life_checks() -> list[LifeCheck]:
    return list(_lives.values())


def answered_for() -> frozenset[str]:
    return frozenset(_answered)
