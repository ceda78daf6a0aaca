"""Working a list: the next member, the call, what came of it.

An entry is leased, not owned: who goes home without a word gives it back when the time runs out. Whether a member may
be called is asked when the entry is offered and again when it is dialled.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.call_exceptions import ListRefused, NotToBeCalled
from callcenter.call_list_locks import lock_entry, lock_next_entry
from callcenter.models import Call, CallAttempt, CallList, CallListEntry
from callcenter.selectors.call_rechecks import CallFacts, Verdict, facts_of, hours_refuse, verdict_of
from callcenter.services.dialing import dial_phone
from callcenter.services.send_outcomes import tell_send
from kit.errors import Busy, DomainError
from members.models import Consent, MemberPhone
from members.services.consent import record_consent
from members.services.phones import refuse_calls
from staff.audit import record
from staff.models import User

State, Outcome = CallListEntry.State, CallAttempt.Outcome
LEASE = timedelta(minutes=15)
# How many entries one request may find unfit before it asks to be pressed again.
LOOKED_AT = 100
FURTHEST_CALLBACK = timedelta(days=60)
# When somebody who was not reached is tried again.
TRY_AGAIN: Final = {Outcome.NO_ANSWER: timedelta(hours=4), Outcome.BUSY: timedelta(minutes=20)}


@dataclass(frozen=True, slots=True)
class Result:
    """What an agent noted about one call."""

    outcome: str
    note: str = ""
    callback_at: datetime | None = None
    callback_is_mine: bool = True


def take_next(*, call_list: CallList, actor: User) -> CallListEntry | None:
    """Lease the best entry that may be called now; the one in hand already, if there is one. None when none is left.

    Unfit ones are dropped or put off on the way, each in a transaction of its own. Raises `ListRefused` outside the
    list's days and hours.
    """
    now = timezone.now()
    if refusal := hours_refuse(call_list, now):
        raise ListRefused(refusal)
    if in_hand := entry_in_hand(call_list, actor, now):
        return in_hand
    for _number in range(LOOKED_AT):
        with transaction.atomic():
            entry = lock_next_entry(call_list.pk, actor.pk, now)
            if entry is None:
                return None
            if _refused(entry, now) is None:
                _lease(entry, actor, now)
                return entry
    raise Busy(_("Many entries of this list were out of date. Press once more."))


def entry_in_hand(call_list: CallList, actor: User, now: datetime) -> CallListEntry | None:
    """What this person holds of the list at this moment."""
    held = CallListEntry.objects.filter(call_list=call_list, state=State.TAKEN, taken_by=actor, taken_until__gt=now)
    return held.select_related("call_list", "member__home_store").order_by("pk").first()


@transaction.atomic
def give_back(*, entry_id: int, actor: User) -> CallListEntry:
    """Put an entry back untouched. A second call, or somebody else's entry, changes nothing."""
    entry = lock_entry(entry_id)
    if entry.state == State.TAKEN and entry.taken_by_id == actor.pk:
        entry.state, entry.taken_by, entry.taken_until = State.OPEN, None, None
        entry.save(update_fields=["state", "taken_by", "taken_until"])
    return entry


def dial_entry(*, entry_id: int, actor: User) -> Call:
    """Ring the agent and then the member, asking once more whether the member may be called. Refuses (and drops or
    puts off the entry) when not; a lease that has run out refuses too."""
    with transaction.atomic():
        entry = lock_entry(entry_id)
        _check_mine(entry, actor)
        now = timezone.now()
        if refusal := hours_refuse(entry.call_list, now):
            raise ListRefused(refusal)
        facts = facts_of(entry, now)
        verdict = verdict_of(facts, now)
        if verdict is None:
            _lease(entry, actor, now)
        else:
            _apply(entry, verdict)
    if verdict is not None:
        raise NotToBeCalled(_("Not to be called: %(why)s.") % {"why": verdict.words})
    call = dial_phone(phone=_phone_of(facts), actor=actor)
    CallListEntry.objects.filter(pk=entry.pk, taken_by=actor).update(call=call)
    return call


def _phone_of(facts: CallFacts) -> MemberPhone:
    return MemberPhone.objects.select_related("member").get(pk=facts.phone_id)


@transaction.atomic
def note_outcome(*, entry_id: int, result: Result, actor: User) -> CallAttempt:
    """Write down what came of a call: the entry is done, tried again later, or left out. Raises when the entry is no
    longer in this person's hands.

    "Does not want calls" is a refusal at once: consent, every number, every list.
    """
    if result.outcome not in Outcome.values:
        raise DomainError(_("There is no such result."))
    now = timezone.now()
    _check_callback(result, now)
    if result.outcome == Outcome.NEVER:
        # Members are locked before entries of lists.
        member_id = (
            CallListEntry.objects.filter(pk=entry_id, taken_by=actor).values_list("member_id", flat=True).first()
        )
        if member_id:
            _refuse_for_good(member_id, actor)
    entry = lock_entry(entry_id)
    _check_mine(entry, actor)
    attempt = CallAttempt.objects.create(
        entry=entry, outcome=result.outcome, at=now, by=actor, note=result.note.strip()[:300], call=entry.call,
        callback_at=result.callback_at if result.outcome == Outcome.CALLBACK else None,
    )  # fmt: skip
    _settle(entry, result, actor, now)
    if result.outcome == Outcome.NEVER:
        drop_member_from_lists(member_id=entry.member_id)
    tell_send(call_list=entry.call_list, member_id=entry.member_id)
    record(
        actor, "callcenter.call_list_outcome", entry, store=entry.call_list.store_id, member=entry.member_id,
        outcome=result.outcome,
    )  # fmt: skip
    return attempt


def drop_member_from_lists(*, member_id: int) -> int:
    """Leave a member out of every list they still wait on; how many there were. A second call finds none."""
    waiting = CallListEntry.objects.filter(member_id=member_id, state__in=[State.OPEN, State.TAKEN])
    return waiting.update(state=State.DROPPED, why="asked", taken_by=None, taken_until=None, next_at=None)


def _check_callback(result: Result, now: datetime) -> None:
    if result.outcome != Outcome.CALLBACK:
        return
    if result.callback_at is None:
        raise DomainError(_("When shall the member be called back?"), fields={"callback_at": True})
    if not now < result.callback_at <= now + FURTHEST_CALLBACK:
        raise DomainError(_("The moment must lie within the next 60 days."), fields={"callback_at": True})


def _refuse_for_good(member_id: int, actor: User) -> None:
    for purpose in Consent.Purpose.values:
        record_consent(
            member_id=member_id, channel=Consent.Channel.PHONE, granted=False, purpose=purpose, actor=actor,
            source=Consent.Source.PHONE,
        )  # fmt: skip
    refuse_calls(member_id=member_id, actor=actor)


def _check_mine(entry: CallListEntry, actor: User) -> None:
    if entry.state != State.TAKEN or entry.taken_by_id != actor.pk:
        raise ListRefused(_("This member is no longer in your hands. Take the next one."))


def _lease(entry: CallListEntry, actor: User, now: datetime) -> None:
    if entry.taken_by_id != actor.pk:
        entry.call = None
    entry.state, entry.taken_by, entry.taken_until = State.TAKEN, actor, now + LEASE
    entry.save(update_fields=["state", "taken_by", "taken_until", "call"])


def _refused(entry: CallListEntry, now: datetime) -> Verdict | None:
    verdict = verdict_of(facts_of(entry, now), now)
    if verdict is not None:
        _apply(entry, verdict)
    return verdict


def _apply(entry: CallListEntry, verdict: Verdict) -> None:
    """Drop the entry for good, or put it off."""
    entry.taken_by = entry.taken_until = None
    if verdict.until is None:
        entry.state, entry.why = State.DROPPED, verdict.code
    else:
        entry.state, entry.next_at = State.OPEN, verdict.until
    entry.save(update_fields=["state", "why", "next_at", "taken_by", "taken_until"])


def _settle(entry: CallListEntry, result: Result, actor: User, now: datetime) -> None:
    entry.attempts += 1
    entry.last_at, entry.last_outcome, entry.note = now, result.outcome, result.note.strip()[:300]
    entry.taken_by = entry.taken_until = entry.call = None
    entry.next_at = entry.next_by = None
    entry.is_callback, entry.why = False, ""
    if result.outcome == Outcome.CALLBACK:
        entry.state, entry.next_at, entry.is_callback = State.OPEN, result.callback_at, True
        entry.next_by = actor if result.callback_is_mine else None
    elif result.outcome in TRY_AGAIN and entry.attempts < entry.call_list.most_attempts:
        entry.state, entry.next_at = State.OPEN, now + TRY_AGAIN[Outcome(result.outcome)]
    elif result.outcome in TRY_AGAIN:
        entry.state, entry.why = State.DROPPED, "tried"
    elif result.outcome == Outcome.WRONG:
        entry.state, entry.why = State.DROPPED, "no_number"
    elif result.outcome == Outcome.NEVER:
        entry.state, entry.why = State.DROPPED, "asked"
    else:
        entry.state = State.DONE
    entry.save()
