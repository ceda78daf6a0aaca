"""The kinds of things that can be approved: each app registers its own in `<app>/approvals.py`, imported in `ready()`.

@register
class ContractSubject(Subject): …          # or register(ContractSubject())
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.functional import Promise

from kit.errors import NotFound
from staff.audit import plain
from staff.models import User
from stores.models import Store

if TYPE_CHECKING:
    from workflow.models import ApprovalRequest

KINDS = ("money", "integer", "text", "choice", "date", "store", "department", "user", "boolean")


@dataclass(frozen=True)
class Fact:
    """One typed fact of a subject that conditions may ask about. Money travels as text ("48000.00"), days in ISO,
    stores, departments and users as their numbers. `choices`: pairs of value and label."""

    key: str
    label: str | Promise
    kind: str = "text"
    choices: tuple[tuple[str, str | Promise], ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"A fact is one of {', '.join(KINDS)}, not {self.kind!r}.")


class Subject:
    """What an app tells the engine about one kind of thing it wants approved. Override what differs."""

    key: str = ""
    label: str | Promise = ""
    model: type[models.Model]
    facts: tuple[Fact, ...] = ()
    moves_money: bool = True
    standard_flow: dict[str, Any] | None = None
    """The definition installed where no flow exists yet (None: the manager, then the CEO's desk); see `workflow/engine/definition.py`."""

    def approval_facts(self, subject: Any) -> dict[str, Any]:
        """The declared facts, as JSON values."""
        return {}

    def approval_fingerprint(self, subject: Any) -> str:
        """A digest of the fields that are approved; `digest_of` makes one."""
        raise NotImplementedError

    def on_approved(self, subject: Any, request: "ApprovalRequest") -> None:
        """Called once, in the engine's transaction, when everybody has approved."""

    def on_ended(self, subject: Any, request: "ApprovalRequest", reason: str) -> None:
        """Called in the engine's transaction: rejected, withdrawn, terminated, returned or revoked."""

    def may_revoke(self, subject: Any) -> bool:
        """Whether an approval may still be taken back: not once money has moved."""
        return False

    def title(self, subject: Any) -> str:
        return str(subject)

    def url(self, subject: Any) -> str:
        return ""

    def store(self, subject: Any) -> Store | None:
        return None

    def can_see(self, subject: Any, user: User) -> bool:
        """Whether somebody who neither asked nor was asked may see the request."""
        return False

    def effect(self, subject: Any, user: User) -> str:
        """What approving would do, as safe HTML for the approvers; "" shows nothing."""
        return ""

    def unasked(self) -> Iterable[tuple[Any, User]]:
        """Rows that wait for approval and may never have been submitted, each with who asked for it."""
        return ()

    def fact(self, key: str) -> Fact | None:
        return next((fact for fact in self.facts if fact.key == key), None)


_subjects: dict[str, Subject] = {}


def register(subject: Subject | type[Subject]) -> Subject | type[Subject]:
    """Make a kind of thing known. Works as a decorator; registering a key again replaces it."""
    instance = subject() if isinstance(subject, type) else subject
    if not instance.key or not instance.label:
        raise ValueError("A subject needs a key and a label.")
    _subjects[instance.key] = instance
    return subject


def unregister(key: str) -> None:
    """Forget a kind of thing (tests)."""
    _subjects.pop(key, None)


def registered() -> list[Subject]:
    """All kinds of things, by key."""
    return [_subjects[key] for key in sorted(_subjects)]


def subject_of(key: str) -> Subject:
    """The registered kind with this key."""
    if key not in _subjects:
        raise NotFound(f"No kind of thing {key!r} is registered.")
    return _subjects[key]


def kind_of(subject: models.Model) -> Subject:
    """The registered kind a row belongs to."""
    found = next((kind for kind in _subjects.values() if type(subject) is kind.model), None)
    if found is None:
        raise NotFound(f"{type(subject).__name__} is not registered as a subject of approval.")
    return found


def declared_facts(kind: Subject, subject: models.Model) -> dict[str, Any]:
    """The facts of a subject, plain and complete: undeclared ones are a mistake of the app, missing ones are None."""
    given = kind.approval_facts(subject)
    unknown = set(given) - {fact.key for fact in kind.facts}
    if unknown:
        raise ValueError(f"{kind.key} gives facts it has not declared: {', '.join(sorted(unknown))}.")
    return {fact.key: plain(given.get(fact.key)) for fact in kind.facts}


def digest_of(**fields: object) -> str:
    """SHA-256 over named values, the same for the same values: for `approval_fingerprint`."""
    text = json.dumps(plain(fields), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
