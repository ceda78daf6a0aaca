"""What every provider is asked and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol


class Verdict(Enum):
    """What became of one message. UNKNOWN is an honest answer: it may have gone through."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    REFUSED = "refused"
    # Surely not taken, and worth another try later.
    LATER = "later"
    # Surely never taken (only as an answer to a question).
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one member, ready to go."""

    send_id: int
    member_id: int
    to: str
    text: str
    subject: str = ""
    html: str = ""
    parts: int = 1
    attempt_id: int = 0
    template: str = ""
    # What stands in the places of the filed template, by name, in the order of the places.
    values: dict[str, str] = field(default_factory=dict)
    unsubscribe_url: str = ""
    is_english: bool = False
    # The values of its variables, to be kept.
    written_with: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Our name for this attempt, given to the provider wherever it takes one and gives it back."""
        return f"{self.send_id}.{self.member_id}.{self.attempt_id}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a provider said about one message.

    `reason`: one of our codes for why it was refused (`campaigns.send_reasons`). `is_blocked`: the provider takes nothing
    at all at present (no money, no access, template or signature not approved): a person has to look.
    """

    verdict: Verdict
    message_id: str = ""
    note: str = ""
    reason: str = ""
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Which message is asked about: our key, the address, and since when nothing is known of it."""

    key: str
    to: str
    at: datetime


class Provider(Protocol):
    """`send` answers one outcome for each message, in order, and never tries twice. `ask` says what became of messages
    whose fate is unknown. `is_repeatable`: doing it again is harmless, nothing leaves the house."""

    is_repeatable: bool

    def send(self, messages: Sequence[Message]) -> list[Outcome]: ...

    def ask(self, questions: Sequence[Question]) -> list[Outcome]: ...


def parse_key(key: str) -> tuple[int, int, int] | None:
    """Send, member and attempt of one of our keys; None for anything else."""
    parts = key.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        return None
    send_id, member_id, attempt_id = map(int, parts)
    return send_id, member_id, attempt_id
