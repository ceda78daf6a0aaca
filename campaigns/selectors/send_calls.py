"""How the calls of a send ended, counted."""

from dataclasses import dataclass

from django.db.models import Sum
from django.utils.translation import gettext as _

from campaigns.models import Send, SendRecipient, SendTally
from campaigns.send_reasons import NEVER, NO, NONE, NOT_CALLED, WRONG, YES, reason_label

State = SendRecipient.State


@dataclass(frozen=True, slots=True)
class Ended:
    """One way calls ended: how many, and the recipients behind it as a query of their list."""

    label: str
    count: int
    query: str


def calls_of(send: Send) -> list[Ended]:
    """Reached, refused, not reached, still to be called, by the last count; nothing for other channels and before the
    start."""
    if send.channel != Send.Channel.PHONE or send.frozen_at is None:
        return []
    rows = SendTally.objects.filter(send=send, state__in=(State.ACCEPTED, State.DELIVERED, State.FAILED))
    counts = {}
    for state, reason, n in rows.values_list("state", "reason").annotate(n=Sum("count")):
        key = reason if reason.startswith("call_") else str(state)
        counts[key] = counts.get(key, 0) + n
    found = [
        Ended(reason_label(code), counts.get(code, 0), f"reason={code}")
        for code in (YES, NO, NEVER, NONE, WRONG, NOT_CALLED)
    ]
    waiting = counts.get(str(State.ACCEPTED.value), 0)
    return [*found, Ended(_("To be called"), waiting, f"state={State.ACCEPTED.value}")]
