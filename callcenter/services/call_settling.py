"""Missed calls that need no call back any more, and why."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from callcenter.call_locks import lock_call
from callcenter.models import Call
from staff.audit import record
from staff.models import User

State, Direction, Settled = Call.State, Call.Direction, Call.Settled
LOOKS_BACK = timedelta(days=14)


def settle_missed(call: Call) -> None:
    """After a call changed its state: another leg that was answered, or a later talk with the same number, settles
    what was missed. Where two legs end at once, `settle_all_missed` finds what neither could see."""
    now = timezone.now()
    if call.answered_at:
        legs = _open().filter(system=call.system, external_id=call.external_id).exclude(pk=call.pk)
        legs.update(settled_at=now, settled_why=Settled.ELSEWHERE)
        if call.number and call.direction != Direction.OWN:
            why = Settled.CALLED_BACK if call.direction == Direction.OUT else Settled.CALLED_AGAIN
            earlier = _open().filter(number=call.number, heard_at__lte=call.answered_at).exclude(pk=call.pk)
            earlier.update(settled_at=now, settled_why=why)
    elif call.state == State.MISSED and call.direction == Direction.IN:
        settle_all_missed(_open().filter(pk=call.pk))


def settle_all_missed(calls: object = None) -> int:
    """Settle missed calls that were answered elsewhere or talked to since. Set-wise; finding nothing changes nothing."""
    rows = _open().filter(heard_at__gte=timezone.now() - LOOKS_BACK) if calls is None else calls
    answered = Call.objects.filter(answered_at__isnull=False)
    legs = answered.filter(system_id=OuterRef("system_id"), external_id=OuterRef("external_id"))
    later = answered.filter(number=OuterRef("number"), answered_at__gte=OuterRef("heard_at")).exclude(number="")
    now, done = timezone.now(), 0
    for talk, why in (
        (legs, Settled.ELSEWHERE),
        (later.filter(direction=Direction.OUT), Settled.CALLED_BACK),
        (later.filter(direction=Direction.IN), Settled.CALLED_AGAIN),
    ):
        done += rows.filter(Exists(talk)).update(settled_at=now, settled_why=why)
    return done


@transaction.atomic
def mark_settled(*, call_id: int, actor: User) -> Call:
    """Say that a missed call needs no call back. A second call changes nothing."""
    call = lock_call(call_id)
    if call.settled_at is None and call.state == State.MISSED:
        call.settled_at, call.settled_why, call.settled_by = timezone.now(), Settled.MARKED, actor
        call.save(update_fields=["settled_at", "settled_why", "settled_by"])
        record(actor, "callcenter.call_settled", call, store=call.store_id)
    return call


def _open():
    return Call.objects.filter(Q(direction=Direction.IN, state=State.MISSED, settled_at__isnull=True))
