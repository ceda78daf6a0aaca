"""Text messages: one protocol, and a backend that writes to a file."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class SmsResult:
    """What the provider said: its id for the message."""

    message_id: str


class SmsRefused(Exception):
    """The provider refuses this message for good (bad number, forbidden text): do not try again."""


class SmsBackend(Protocol):
    """Anything that can send one text. Raises SmsRefused for good, any other error for a later attempt."""

    def send(self, *, to: str, text: str, purpose: str, key: str) -> SmsResult: ...


class FileBackend:
    """Writes one JSON line per message to sms.jsonl in the outbox folder: for demo, training and tests."""

    def send(self, *, to: str, text: str, purpose: str, key: str) -> SmsResult:
        folder = Path(settings.OUTBOX_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        message_id = uuid4().hex
        line = {"id": message_id, "at": timezone.now().isoformat(), "to": to, "text": text,
                "purpose": purpose, "key": key}  # fmt: skip
        with open(folder / "sms.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return SmsResult(message_id)


@cache
def _backend(path: str) -> SmsBackend:
    return import_string(path)()


def backend() -> SmsBackend:
    """The backend the settings name."""
    return _backend(settings.SMS_BACKEND)
