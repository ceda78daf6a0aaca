"""The inbox of callbacks: written down as they come, worked on later, each once."""

import logging
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone

from campaigns.models import InboxEvent, ProviderMessage, Send, SendRecipient, Suppression
from campaigns.providers.protocol import Message, Outcome, Verdict, parse_key
from campaigns.send_tasks import work_inbox
from campaigns.services.opting_out import opt_out_by_reply, suppress, unsubscribe
from campaigns.services.recording import record_outcomes
from kit import phones
from kit.errors import DomainError
from kit.nudge import nudge
from members.models import Member

logger = logging.getLogger(__name__)
Event, State = InboxEvent.Event, InboxEvent.State
Where = SendRecipient.State
# What members reply when they want no more; the carriers' usual words and ours.
STOP_WORDS = frozenset({"R", "T", "TD", "N", "0000", "退订", "拒收", "STOP", "UNSUBSCRIBE"})
# After that long nobody needs the words of a callback any more.
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing a provider told us, in our words."""

    message_id: str
    event: str
    key: str = ""
    body: dict[str, object] = field(default_factory=dict)
    happened_at: datetime | None = None


@transaction.atomic
def take_callbacks(*, provider: str, told: Iterable[Told]) -> int:
    """Write callbacks down, to be worked on later. What was told before is not written again. How many are new."""
    now = timezone.now()
    rows = [
        InboxEvent(
            provider=provider, message_id=one.message_id[:200], event=one.event, key=one.key[:64], body=one.body,
            happened_at=one.happened_at or now, received_at=now,
        )
        for one in told
    ]  # fmt: skip
    before = InboxEvent.objects.filter(provider=provider, message_id__in=[row.message_id for row in rows]).count()
    InboxEvent.objects.bulk_create(rows, ignore_conflicts=True)
    after = InboxEvent.objects.filter(provider=provider, message_id__in=[row.message_id for row in rows]).count()
    nudge(work_inbox)
    return after - before


def work_on_inbox(limit: int = 1_000) -> int:
    """Work on new callbacks, each in a transaction of its own. One that cannot be worked on does not stop the rest."""
    done = 0
    for pk in list(InboxEvent.objects.filter(state=State.NEW).order_by("pk").values_list("pk", flat=True)[:limit]):
        try:
            done += _work_on(pk)
        except (DomainError, DatabaseError, ValueError, LookupError, TypeError) as exc:
            logger.exception("callback %s", pk)
            InboxEvent.objects.filter(pk=pk, state=State.NEW).update(state=State.BROKEN, note=str(exc)[:200])
    return done


@transaction.atomic
def _work_on(pk: int) -> bool:
    event = InboxEvent.objects.select_for_update(skip_locked=True).filter(pk=pk, state=State.NEW).first()
    if event is None:
        return False
    event.state, event.note = _done(event)
    event.save(update_fields=["state", "note"])
    return True


def _done(event: InboxEvent) -> tuple[str, str]:
    if event.event == Event.REPLY:
        return _reply(event)
    place = _place(event)
    if place is None:
        return State.STRAY, ""
    send_id, member_id, _attempt_id = place
    match event.event:
        case Event.DELIVERED:
            return _arrived(place, Outcome(Verdict.DELIVERED), event)
        case Event.FAILED:
            return _arrived(place, Outcome(Verdict.REFUSED), event, "not_delivered")
        case Event.BOUNCE:
            if event.body.get("permanent"):
                _suppress_address(send_id, member_id, Suppression.Reason.BOUNCE, event)
            return _arrived(place, Outcome(Verdict.REFUSED), event, "bounced")
        case Event.COMPLAINT:
            _suppress_address(send_id, member_id, Suppression.Reason.COMPLAINT, event)
            unsubscribe(send_id=send_id, member_id=member_id)
            return State.DONE, ""
        case Event.UNSUBSCRIBE:
            unsubscribe(send_id=send_id, member_id=member_id)
            return State.DONE, ""
    return State.DONE, ""


def _place(event: InboxEvent) -> tuple[int, int, int] | None:
    key = event.key
    if not key:
        rows = ProviderMessage.objects.filter(provider__key=event.provider, message_id=event.message_id[:100])
        key = rows.values_list("key", flat=True).first() or ""
    place = parse_key(key)
    if place and SendRecipient.objects.filter(send_id=place[0], member_id=place[1]).exists():
        return place
    return None


def _arrived(place: tuple[int, int, int], outcome: Outcome, event: InboxEvent, reason: str = "") -> tuple[str, str]:
    """Also for a message that was given up as absent and waits again: the receipt is the better witness."""
    send_id, member_id, attempt_id = place
    told = Message(send_id, member_id, "", "", attempt_id=attempt_id)
    waiting = (Where.CALLING, Where.ACCEPTED, Where.UNKNOWN, Where.READY, Where.LEASED)
    counts = record_outcomes(
        send_id=send_id, messages=[told], outcomes=[outcome], called_on=timezone.localdate(event.happened_at),
        from_states=waiting if outcome.verdict is Verdict.DELIVERED else waiting[:3], reason=reason,
    )  # fmt: skip
    return State.DONE, "" if counts else "nothing to change"


def _suppress_address(send_id: int, member_id: int, reason: str, event: InboxEvent) -> None:
    send = Send.objects.get(pk=send_id)
    if send.channel == Send.Channel.EMAIL:
        address = Member.objects.filter(pk=member_id).values_list("email", flat=True).first()
        if address:
            suppress(
                channel=send.channel, address=address, reason=reason, evidence=f"{event.provider}:{event.message_id}"
            )


def is_stop(text: str) -> bool:
    """Whether a reply means that its sender wants no more."""
    word = unicodedata.normalize("NFKC", text).strip().strip("。.!！“”\"'").strip().upper()
    return word in STOP_WORDS


def _reply(event: InboxEvent) -> tuple[str, str]:
    text = str(event.body.get("text", ""))[:200]
    if not is_stop(text):
        return State.DONE, "an answer, not an opt-out"
    try:
        phone = phones.normalise(str(event.body.get("phone", "")))
    except DomainError:
        return State.BROKEN, "no phone"
    place = parse_key(event.key)
    opt_out_by_reply(phone=phone, text=text, send_id=place[0] if place else None)
    return State.DONE, "opted out"


def forget_old_words() -> int:
    """Empty the bodies of callbacks nobody needs any more: they hold numbers and words of people."""
    old = InboxEvent.objects.filter(received_at__lt=timezone.now() - KEPT).exclude(state=State.NEW).exclude(body={})
    return old.update(body={})
