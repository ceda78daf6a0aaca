"""The steps of a journey as they are stored and worded; `campaigns.services.journey_steps` checks them.

    [{"key": "s1", "kind": "message", "channel": "sms", "content": 12, "instead": "phone", "script": "…"},
     {"key": "s2", "kind": "wait", "days": 3, "hour": 10},
     {"key": "s3", "kind": "condition", "rule": {…}, "otherwise": "end"},  # or "skip": the next step
     {"key": "s4", "kind": "coupon", "coupon": 4},
     {"key": "s5", "kind": "desk", "words": "…", "words_en": "…", "days": 7},
     {"key": "s6", "kind": "call", "script": "…", "script_en": "…"}]

A key is given once and never again, so that who has passed a step has passed it in every later version.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy

KINDS: Final = {
    "wait": pgettext_lazy("step", "Wait"),
    "message": pgettext_lazy("step", "Message"),
    "call": pgettext_lazy("step", "Phone call"),
    "condition": pgettext_lazy("step", "Condition"),
    "coupon": pgettext_lazy("step", "Coupon"),
    "desk": pgettext_lazy("step", "Words at desk and till"),
}
OTHERWISE: Final = ("end", "skip")
MOST_STEPS, MOST_DAYS = 30, 365


@dataclass(frozen=True)
class Step:
    """One step. Only the fields of its kind mean something."""

    key: str
    kind: str
    days: int = 0
    hour: int | None = None
    channel: str = ""
    content: int | None = None
    instead: str = ""
    script: str = ""
    script_en: str = ""
    # The wording of the call, written when the steps are.
    calls: int | None = None
    rule: dict[str, Any] = field(default_factory=dict)
    otherwise: str = "end"
    coupon: int | None = None
    words: str = ""
    words_en: str = ""

    @property
    def kind_label(self) -> str:
        return str(KINDS[self.kind])

    @property
    def said(self) -> str:
        """The words for the desk in the language of the page."""
        return self.words if (get_language() or "zh").startswith("zh") else self.words_en or self.words

    def until(self, now: datetime) -> datetime:
        """When a wait that begins now is over: so many days later, at its hour where it has one. A wait without days ends
        at the next time of its hour."""
        local = timezone.localtime(now) + timedelta(days=self.days)
        if self.hour is None:
            return local
        at = local.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        return at if self.days or at >= local else at + timedelta(days=1)


_OF_KIND: Final = {
    "wait": ("days", "hour"),
    "message": ("channel", "content", "instead", "script", "script_en", "calls"),
    "call": ("script", "script_en", "calls"),
    "condition": ("rule", "otherwise"),
    "coupon": ("coupon",),
    "desk": ("words", "words_en", "days"),
}


def read_steps(stored: list[dict[str, Any]]) -> list[Step]:
    """The steps of a version; what is stored was checked when it was written."""
    return [Step(**one) for one in stored]


def as_stored(step: Step) -> dict[str, Any]:
    """A step as its version keeps it."""
    return {"key": step.key, "kind": step.kind, **{name: getattr(step, name) for name in _OF_KIND[step.kind]}}


def next_key(ever_used: set[str]) -> str:
    """A key that no version of the journey has used."""
    number = 1
    while f"s{number}" in ever_used:
        number += 1
    return f"s{number}"


def after(steps: list[Step], key: str) -> Step | None:
    """The step behind one; the first one for no key; None at the end."""
    if not key:
        return steps[0] if steps else None
    place = next((n for n, step in enumerate(steps) if step.key == key), None)
    return steps[place + 1] if place is not None and place + 1 < len(steps) else None
