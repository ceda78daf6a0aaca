"""Messages that reached a member: lately, and one of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from campaigns.models import Send, SendRecipient, TrackEvent
from campaigns.selectors.send_pages import SUSPICIOUS
from kit.remembered import Remembered

State, Kind = SendRecipient.State, TrackEvent.Kind
MOST = 3
# What was said longer ago is no reason to come.
LONGEST = timedelta(days=60)


def _load() -> dict[int, Send]:
    """The sends that may have reached somebody lately, some seconds old."""
    alive = Q(finished_at=None) | Q(finished_at__gte=timezone.now() - LONGEST)
    sends = Send.objects.filter(alive, started_at__isnull=False).only("name", "channel", "finished_at")
    return {one.pk: one for one in sends}


lately = Remembered(_load)


@dataclass(frozen=True, slots=True)
class Reached:
    """A message that reached a member, when, and whether it was followed or opened by a person."""

    send: Send
    recipient: SendRecipient
    at: datetime
    opened: bool
    clicked: bool


def reached_lately(member_id: int, days: int) -> list[Reached]:
    """The newest messages that reached a member within so many days, at most `LONGEST`; two queries. A call reaches when
    it is answered."""
    since = timezone.now() - timedelta(days=days)
    # Naming the sends lets the database look into their tables only.
    sends = {pk: one for pk, one in lately.get().items() if one.finished_at is None or one.finished_at >= since}
    if not sends:
        return []
    arrived = Q(state=State.DELIVERED) | Q(state=State.ACCEPTED) & ~Q(send_id__in=_by_phone(sends.values()))
    rows = list(
        SendRecipient.objects.filter(arrived, member_id=member_id, send_id__in=list(sends))
        .annotate(reached_at=Coalesce(F("delivered_at"), F("accepted_at")))
        .filter(reached_at__gte=since).order_by("-reached_at")[:MOST]
    )  # fmt: skip
    did = set(
        TrackEvent.objects.filter(
            member_id=member_id, send_id__in=[one.send_id for one in rows], suspicion__lt=SUSPICIOUS
        ).values_list("send_id", "kind")
    ) if rows else set()  # fmt: skip
    return [
        Reached(
            sends[one.send_id], one, one.reached_at, (one.send_id, Kind.OPEN) in did, (one.send_id, Kind.CLICK) in did
        )
        for one in rows
    ]


def _by_phone(sends) -> list[int]:
    return [one.pk for one in sends if one.channel == Send.Channel.PHONE]
