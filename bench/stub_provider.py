"""Providers that are not there: one that takes everything, and one that keeps a book of its own and misbehaves."""

import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from campaigns.models import ProviderProfile
from campaigns.providers.protocol import Message, Outcome, Question, Verdict

BOOK = "ATRIUM_STUB_BOOK"


class StubProvider:
    """Takes everything at once."""

    is_repeatable = False

    def __init__(self, profile: ProviderProfile) -> None:
        self.profile = profile

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        return [Outcome(Verdict.ACCEPTED, one.key) for one in messages]

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        return [Outcome(Verdict.UNKNOWN) for _one in questions]


class BookProvider:
    """Writes what it takes into its own book, one file a process, before it answers; now and then it answers too late,
    refuses, or cannot tell what became of a message."""

    is_repeatable = False

    def __init__(self, profile: ProviderProfile) -> None:
        self.folder = Path(os.environ[BOOK])
        self.rng = random.Random(os.getpid())
        self.book = os.open(
            self.folder / f"{os.getpid()}-{time.time_ns()}.book", os.O_CREAT | os.O_APPEND | os.O_WRONLY
        )

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        draw = self.rng.random()
        if draw < 0.01:
            # Busy: nothing taken, and it says so.
            return [Outcome(Verdict.LATER) for _one in messages]
        verdicts = [Verdict.REFUSED if one.member_id % 997 == 0 else Verdict.ACCEPTED for one in messages]
        taken = [one.key for one, verdict in zip(messages, verdicts, strict=True) if verdict is Verdict.ACCEPTED]
        if draw < 0.02:
            # The line breaks in the middle: half is taken, nobody is told.
            os.write(self.book, "".join(f"{key}\n" for key in taken[: len(taken) // 2]).encode())
            raise TimeoutError
        os.write(self.book, "".join(f"{key}\n" for key in taken).encode())
        if draw < 0.03:
            raise TimeoutError
        time.sleep(0.002)
        return [Outcome(verdict, one.key) for one, verdict in zip(messages, verdicts, strict=True)]

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        known = read_book(self.folder)
        return [self._answer(one.key, known) for one in questions]

    @staticmethod
    def _answer(key: str, known: Counter[str]) -> Outcome:
        if int(key.rpartition(".")[2]) % 10 == 0:
            return Outcome(Verdict.UNKNOWN)
        return Outcome(Verdict.ACCEPTED if key in known else Verdict.ABSENT)


def read_book(folder: Path) -> Counter[str]:
    """What the provider took: our keys, and how often."""
    taken: Counter[str] = Counter()
    for path in folder.glob("*.book"):
        # A process killed while it wrote leaves half a line: a line counts when it is whole.
        text = path.read_text()
        taken.update(line for line in text.splitlines(keepends=True) if line.endswith("\n"))
    return Counter({key.strip(): times for key, times in taken.items()})


def take_the_place_of(backend: str, kind: str) -> None:
    """Let one of these carry a backend, in this process."""
    from campaigns.providers import registry

    registry.CLASSES[backend] = f"bench.stub_provider.{kind}"
    registry.forget_providers()
