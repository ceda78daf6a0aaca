"""What became of sends as fields of segments: who got one, opened it, followed a link, or was left out and why."""

from typing import Any

from django.utils.translation import pgettext_lazy

from campaigns.models import Send
from campaigns.send_reasons import REASONS
from campaigns.services.segment_fields import ANSWERS, Choice, Clock, Cost, Field, Sql, register

# From here on an opening or click counts as a machine's.
SUSPICIOUS = 50


def _sends() -> list[tuple[str, str]]:
    rows = Send.objects.exclude(frozen_at=None).filter(source_key=None).order_by("-frozen_at")[:200]
    return [(str(one.pk), one.name) for one in rows]


def _reasons() -> list[tuple[str, str]]:
    return [(code, str(label)) for code, label in REASONS.items()]


def _ids(value: Any) -> list[int]:
    return [int(one) for one in value]


def _received(_test: str, value: Any, _clock: Clock) -> Sql:
    return Sql(
        "SELECT member_id FROM campaigns_sendrecipient WHERE state IN (5, 6) AND send_id = ANY(%s)", [_ids(value)]
    )


def _event(kind: int) -> Any:
    def members(_test: str, value: Any, _clock: Clock) -> Sql:
        return Sql(
            "SELECT member_id FROM campaigns_trackevent WHERE kind = %s AND suspicion < %s AND send_id = ANY(%s)",
            [kind, SUSPICIOUS, _ids(value)],
        )

    return members


def _left_out(_test: str, value: Any, _clock: Clock) -> Sql:
    return Sql(
        "SELECT member_id FROM campaigns_sendrecipient WHERE state = 0 AND length(reason) = ANY(%s) AND reason = ANY(%s)",
        [[len(one) for one in value], list(value)],
    )


for name, label, options, found in (
    ("send.received", pgettext_lazy("segment field", "Received the send"), _sends, _received),
    ("send.opened", pgettext_lazy("segment field", "Opened the send"), _sends, _event(1)),
    ("send.clicked", pgettext_lazy("segment field", "Followed a link of the send"), _sends, _event(2)),
    ("send.left_out", pgettext_lazy("segment field", "Was left out of a send because"), _reasons, _left_out),
):
    register(Field(name=name, label=label, group=ANSWERS, kind=Choice(options), members=found, cost=Cost.SET))
