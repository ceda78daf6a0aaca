"""Writes messages to files in the outbox folder: for demo, training and tests. Knows what it wrote."""

import json
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from campaigns.models import ProviderProfile
from campaigns.providers.protocol import Message, Outcome, Question, Verdict


class FileProvider:
    """One JSON line per message in `campaigns-<provider>.jsonl`."""

    is_repeatable = False

    def __init__(self, profile: ProviderProfile) -> None:
        self.path = Path(settings.OUTBOX_DIR) / f"campaigns-{profile.key}.jsonl"

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        at = timezone.now().isoformat()
        lines = [
            json.dumps(
                {"key": one.key, "at": at, "to": one.to, "subject": one.subject, "text": one.text}, ensure_ascii=False
            )
            for one in messages
        ]
        # One write: lines of two workers do not mix.
        with self.path.open("ab", buffering=0) as file:
            file.write(("\n".join(lines) + "\n").encode())
        return [Outcome(Verdict.ACCEPTED, one.key) for one in messages]

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        wanted = {one.key for one in questions}
        found = set()
        if self.path.exists():
            with self.path.open(encoding="utf-8") as file:
                for line in file:
                    try:
                        key = json.loads(line)["key"]
                    except (ValueError, KeyError, TypeError):
                        continue
                    if key in wanted:
                        found.add(key)
        return [Outcome(Verdict.DELIVERED if one.key in found else Verdict.ABSENT) for one in questions]
