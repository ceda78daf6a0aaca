"""Events become calls. What a call is follows from the set of its events alone: late, doubled and turned-round events
end in the same state as events in order."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.call_exceptions import UnreadableEvent
from callcenter.call_locks import lock_leg
from callcenter.models import AgentLine, Call, CallEvent, PhoneSystem
from callcenter.services.call_matching import match_number
from callcenter.services.call_settling import settle_missed
from callcenter.services.phone_events import Incoming, masked_payload, read_event
from kit import push

Kind, Outcome, State, Direction = CallEvent.Kind, CallEvent.Outcome, Call.State, Call.Direction

TOO_OLD = timedelta(days=7)
POP_WITHIN = timedelta(minutes=2)  # a call that rang longer ago is noted, but interrupts nobody
BATCH_LIMIT = 500
_RANK = {Direction.IN: 0, Direction.OUT: 1, Direction.OWN: 2}


def take_events(*, system: PhoneSystem, body: object) -> list[CallEvent]:
    """Take one event or a batch of them. Each stands alone: one that cannot be read does not hold up the others."""
    raws = body if isinstance(body, list) else [body]
    taken = [take_event(system=system, raw=raw) for raw in raws[:BATCH_LIMIT]]
    if len(raws) > BATCH_LIMIT:
        said = _("A batch holds at most %(limit)s events; the rest was not read.") % {"limit": BATCH_LIMIT}
        taken.append(_log(system, {"rest": len(raws) - BATCH_LIMIT}, Outcome.MALFORMED, detail=said))
    return taken


@transaction.atomic
def take_event(*, system: PhoneSystem, raw: object) -> CallEvent:
    """Apply one event to its call and log what became of it. A second time it changes nothing."""
    received_at = timezone.now()
    try:
        event = read_event(raw, own_numbers=frozenset(system.own_numbers), received_at=received_at)
    except UnreadableEvent as refusal:
        return _log(system, raw, Outcome.MALFORMED, detail=str(refusal))
    if event.happened_at < received_at - TOO_OLD:
        return _log(system, raw, Outcome.TOO_OLD, event)
    call = _call_of(system, event, received_at)
    earlier = list(CallEvent.objects.filter(call=call).order_by("happened_at", "key"))
    if any(one.key == event.key for one in earlier):
        return _log(system, raw, Outcome.DUPLICATE, event)
    return _apply(call, event, raw, earlier, received_at)


def give_up_call(*, call_id: int) -> None:
    """End a call whose hang-up never came. A hang-up that comes after all counts instead."""
    with transaction.atomic():
        row = Call.objects.select_related("system").get(pk=call_id)
        call = lock_leg(row.system_id, row.external_id, row.leg)
        if call is None or not call.is_active:
            return
        now = timezone.now()
        event = Incoming(Kind.SWEPT, call.external_id, call.leg, "swept", now, "", "", "", "", "no_hangup", "")
        earlier = list(CallEvent.objects.filter(call=call).order_by("happened_at", "key"))
        if not any(one.key == event.key for one in earlier):
            call.system = row.system
            _apply(call, event, {"event": "swept"}, earlier, now)


def begin_call(
    *, system: PhoneSystem, external_id: str, number: str, line: AgentLine, member_id: int | None, store_id: int | None
) -> Call:
    """The row of a call we place ourselves, before the phone system says anything about it."""
    call = Call.objects.create(
        system=system, external_id=external_id, direction=Direction.OUT, number=number, extension=line.extension,
        agent_id=line.user_id, store_id=store_id, member_id=member_id, found=1 if member_id else 0,
        rang_at=timezone.now(),
    )  # fmt: skip
    tell(call)
    return call


def tell(call: Call) -> None:
    """Tell the agent's browsers, and nobody else's, after the commit: a number, a state and a masked hint."""
    if call.agent_id and call.direction != Direction.OWN:
        push.push(call.agent_id, {"call": call.pk, "state": call.state, "hint": call.masked, "way": call.direction})


def _call_of(system: PhoneSystem, event: Incoming, received_at: datetime) -> Call:
    call = lock_leg(system.pk, event.external_id, event.leg)
    if call is None:
        fresh = Call(
            system=system, external_id=event.external_id, leg=event.leg, heard_at=received_at, store_id=system.store_id
        )
        Call.objects.bulk_create([fresh], ignore_conflicts=True)
        call = lock_leg(system.pk, event.external_id, event.leg)
    call.system = system
    return call


def _apply(call: Call, event: Incoming, raw: object, earlier: list[CallEvent], received_at: datetime) -> CallEvent:
    before = call.state if earlier or call.rang_at else ""
    known = call.number
    entry = _entry(call.system, raw, event, call=call)
    everything = sorted([*earlier, entry], key=lambda one: (one.happened_at, one.key))
    _take_facts(call, event)
    _take_times(call, everything)
    agent_before = call.agent_id
    _take_agent(call, everything)
    if call.number != known and call.chosen_at is None and call.direction != Direction.OWN:
        match_number(call)
    call.save()
    if call.state != before:
        settle_missed(call)
    entry.outcome, entry.detail = _outcome(call, event, before)
    entry.save(force_insert=True)
    shows = call.is_active and _moment_of(call) > received_at - POP_WITHIN
    if (call.state != before and (shows or not call.is_active)) or call.agent_id != agent_before:
        tell(call)
    if agent_before and agent_before != call.agent_id:
        push.push(agent_before, {"call": call.pk, "state": State.MISSED})
    return entry


def _moment_of(call: Call) -> datetime:
    return call.answered_at or call.rang_at or call.heard_at


def _take_facts(call: Call, event: Incoming) -> None:
    """Facts that do not depend on the order of arrival: of two numbers or recordings the first in the alphabet."""
    if event.direction and _RANK[event.direction] > _RANK[call.direction]:
        call.direction = event.direction
    call.number = _first(call.number, event.number)
    call.recording_url = _first(call.recording_url, event.recording_url)
    if call.direction == Direction.OWN:
        call.number, call.member, call.contact, call.found = "", None, None, 0


def _first(known: str, said: str) -> str:
    return min(known, said) if known and said else known or said


def _take_times(call: Call, events: Iterable[CallEvent]) -> None:
    at = {kind: [one for one in events if one.kind == kind] for kind in Kind.values}
    ringing, answered = at[Kind.RINGING], at[Kind.ANSWERED]
    ends = at[Kind.ENDED] or at[Kind.SWEPT]
    call.rang_at = ringing[0].happened_at if ringing else call.rang_at if _was_placed_here(call) else None
    call.answered_at = answered[0].happened_at if answered else None
    call.ended_at = ends[0].happened_at if ends else None
    call.cause = ends[0].cause if ends else ""
    call.queue = next((one.queue for one in events if one.queue), "")
    if ends:
        call.state = State.ENDED if answered else State.MISSED
    else:
        call.state = State.ANSWERED if answered else State.RINGING
    call.ring_seconds = _between(call.rang_at, call.answered_at or call.ended_at)
    call.talk_seconds = _between(call.answered_at, call.ended_at)


def _was_placed_here(call: Call) -> bool:
    return call.external_id.startswith("atrium-")


def _between(begin: datetime | None, end: datetime | None) -> int | None:
    return max(0, int((end - begin).total_seconds())) if begin and end else None


def _take_agent(call: Call, events: list[CallEvent]) -> None:
    """The extension that answered, else the first that was named; and who sits there."""
    told = [one for one in events if one.extension]
    extension = next((one.extension for one in told if one.kind == Kind.ANSWERED), told[0].extension if told else "")
    if not extension or (extension == call.extension and call.agent_id):
        return
    call.extension = extension
    lines = AgentLine.objects.filter(system=call.system, extension=extension, ended_at__isnull=True)
    call.agent_id = lines.values_list("user_id", flat=True).first()


def _outcome(call: Call, event: Incoming, before: str) -> tuple[str, str]:
    if call.direction == Direction.OWN:
        return Outcome.INTERNAL, ""
    if not call.agent_id and event.kind == Kind.RINGING and call.is_active:
        return Outcome.NO_LINE, _("Extension %(extension)s") % {"extension": event.extension or "–"}
    if call.state == before:
        return Outcome.LATE, ""
    if call.state == State.RINGING:
        if _moment_of(call) <= timezone.now() - POP_WITHIN:
            return Outcome.LATE, _("It had rung more than two minutes ago, so no card was shown.")
        return Outcome.POPPED, ""
    return Outcome.APPLIED, ""


def _entry(system: PhoneSystem, raw: object, event: Incoming | None, *, call: Call | None = None) -> CallEvent:
    entry = CallEvent(system=system, call=call, signature_ok=True, payload=masked_payload(raw))
    if event is not None:
        entry.kind, entry.external_id, entry.leg, entry.key = event.kind, event.external_id, event.leg, event.key
        entry.happened_at, entry.extension = event.happened_at, event.extension
        entry.queue, entry.cause = event.queue, event.cause
    return entry


def _log(
    system: PhoneSystem, raw: object, outcome: str, event: Incoming | None = None, *, detail: str = ""
) -> CallEvent:
    entry = _entry(system, raw, event)
    entry.outcome, entry.detail = outcome, detail[:300]
    entry.save(force_insert=True)
    return entry
