"""The inbox of callbacks: written down as they come, worked on later, each once."""

import logging
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from campaigns.models import InboxEvent, ProviderMessage, Send, SendRecipient, Suppression
from campaigns.providers.protocol import Message, Outcome, Verdict, parse_key
from campaigns.send_tasks import work_inbox
from campaigns.services.opting_out import opt_out_by_mail, opt_out_by_reply, suppress, unsubscribe
from campaigns.services.recording import record_outcomes
from kit import phones
from kit.errors import DomainError
from kit.nudge import nudge
from members.models import Member, MemberPhone

logger = logging.getLogger(__name__)
Event, State = InboxEvent.Event, InboxEvent.State
Where = SendRecipient.State
# What members reply when they want no more; the carriers' usual words and ours.
STOP_WORDS = frozenset({"R", "T", "TD", "N", "0000", "退订", "拒收", "STOP", "UNSUBSCRIBE"})
# After that long nobody needs the words of a callback any more.
KEPT = timedelta(days=90)
STRAYS_LOOKED_AT = timedelta(hours=1)
# Who replies means the last message they got within so long.
REPLIES_WITHIN = timedelta(days=3)


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
    row = SendRecipient.objects.get(send_id=send_id, member_id=member_id)
    told = Message(send_id, member_id, "", "", attempt_id=attempt_id)
    waiting = (Where.CALLING, Where.ACCEPTED, Where.UNKNOWN, Where.READY, Where.LEASED)
    counts = record_outcomes(
        send_id=send_id, messages=[told], outcomes=[outcome], called_on=timezone.localdate(row.accepted_at or row.changed_at),
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
    if event.body.get("email"):
        return _reply_by_mail(event, text)
    try:
        phone = phones.normalise(str(event.body.get("phone", "")))
    except DomainError:
        return State.BROKEN, "no phone"
    place = parse_key(event.key)
    opt_out_by_reply(phone=phone, text=text, send_id=place[0] if place else _last_send_to(phone))
    return State.DONE, "opted out"


def _reply_by_mail(event: InboxEvent, text: str) -> tuple[str, str]:
    """Whose mail it answers unsubscribes; where it names none, the address it came from is not written to any more."""
    place = _place(event)
    if place is None and isinstance(answers := event.body.get("answers"), list):
        names = [str(one)[:100] for one in answers]
        rows = ProviderMessage.objects.filter(provider__key=event.provider, message_id__in=names)
        place = parse_key(rows.values_list("key", flat=True).first() or "")
    if place is not None and unsubscribe(send_id=place[0], member_id=place[1]):
        return State.DONE, "unsubscribed"
    opt_out_by_mail(address=str(event.body["email"]), text=text)
    return State.DONE, "opted out"


def _last_send_to(phone: str) -> int | None:
    """The send whose message a reply answers: the last one this number got. Carriers name none."""
    since = timezone.now() - REPLIES_WITHIN
    sends = Send.objects.filter(Q(finished_at=None) | Q(finished_at__gt=since), channel=Send.Channel.SMS)
    sends = sends.exclude(frozen_at=None)
    rows = SendRecipient.objects.filter(
        send_id__in=list(sends.values_list("pk", flat=True)), accepted_at__gt=since,
        member_id__in=list(MemberPhone.objects.filter(e164=phone).values_list("member_id", flat=True)),
    )  # fmt: skip
    return rows.order_by("-accepted_at").values_list("send_id", flat=True).first()


def find_places_of_strays() -> int:
    """A receipt may come before the provider's number of its message is written down: those of the last hour that
    belong to something by now are worked on again. How many."""
    named = ProviderMessage.objects.filter(provider__key=OuterRef("provider"), message_id=OuterRef("message_id"))
    recent = InboxEvent.objects.filter(received_at__gt=timezone.now() - STRAYS_LOOKED_AT, state=State.STRAY, key="")
    found = recent.filter(Exists(named)).update(state=State.NEW)
    if found:
        nudge(work_inbox)
    return found


def forget_old_words() -> int:
    """Empty the bodies of callbacks nobody needs any more: they hold numbers and words of people."""
    old = InboxEvent.objects.filter(received_at__lt=timezone.now() - KEPT).exclude(state=State.NEW).exclude(body={})
    return old.update(body={})
