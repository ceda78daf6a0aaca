"""What an agent notes about a call, and that the agent's browser has shown it."""

from django.db import transaction
from django.utils import timezone

from callcenter.call_locks import lock_call
from callcenter.models import Call
from staff.audit import record
from staff.models import User


@transaction.atomic
def note_call(*, call_id: int, note: str, disposition: str, actor: User) -> Call:
    """Keep note and result. Saved while typing: the trail has one line for each person who wrote, not one per pause."""
    call = lock_call(call_id)
    if (call.note, call.disposition) == (note, disposition):
        return call
    first = call.noted_by_id != actor.pk
    call.note, call.disposition, call.noted_by, call.noted_at = note, disposition, actor, timezone.now()
    call.save(update_fields=["note", "disposition", "noted_by", "noted_at"])
    if first:
        record(actor, "callcenter.call_noted", call, store=call.store_id, disposition=disposition)
    return call


def mark_shown(*, call_id: int, actor: User) -> None:
    """The card of a ringing call is on the agent's screen. Only the first of several windows counts."""
    Call.objects.filter(pk=call_id, agent=actor, shown_at__isnull=True).update(shown_at=timezone.now())
