"""Shift hand-over: what is left to the next colleague, and who took it."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.exceptions import WrongState
from callcenter.locks import lock_case, lock_hand_over, lock_promise
from callcenter.models import Case, CaseEntry, HandOver, HandOverItem, Promise
from callcenter.services.timeline import append_entry
from kit.errors import DomainError
from staff.audit import record
from staff.models import User
from stores.models import Store


@transaction.atomic
def write_hand_over(
    *, store: Store, shift: str, note: str, cases: Iterable[Case], promises: Iterable[Promise], actor: User
) -> HandOver:
    """Leave a note and the open matters of the own that somebody goes on with."""
    cases, promises = list(cases), list(promises)
    if not note.strip() and not cases and not promises:
        raise DomainError(_("Write something, or pick what is handed over."), fields={"note": True})
    row = HandOver.objects.create(store=store, shift=shift, note=note.strip(), written_by=actor)
    HandOverItem.objects.bulk_create(
        [
            *(HandOverItem(hand_over=row, case=case) for case in cases),
            *(HandOverItem(hand_over=row, promise=promise) for promise in promises),
        ]
    )
    record(actor, "callcenter.handover_written", row, store=store.pk, cases=len(cases), promises=len(promises))
    return row


@transaction.atomic
def take_hand_over(*, hand_over_id: int, actor: User) -> HandOver:
    """Take a shift over: its standing cases and open promises become one's own. A taken one refuses another; what has
    been settled or given away meanwhile stays as it is."""
    row = lock_hand_over(hand_over_id)
    if row.taken_by_id == actor.pk:
        return row
    if row.taken_by_id is not None:
        raise WrongState(_("%(person)s has taken this over already.") % {"person": row.taken_by})
    if row.written_by_id == actor.pk:
        raise WrongState(_("Somebody else takes over what you hand over."))
    row.taken_by, row.taken_at = actor, timezone.now()
    row.save(update_fields=["taken_by", "taken_at"])
    for item in row.items.order_by("pk"):
        if item.case_id:
            _pass_case(item.case_id, row, actor)
        else:
            promise = lock_promise(item.promise_id)
            if promise.state == Promise.State.OPEN and promise.owner_id == row.written_by_id:
                promise.owner = actor
                promise.save(update_fields=["owner"])
    record(actor, "callcenter.handover_taken", row, store=row.store_id)
    return row


def _pass_case(case_id: int, row: HandOver, actor: User) -> None:
    case = lock_case(case_id)
    if case.is_standing and case.owner_id == row.written_by_id:
        case.owner = actor
        case.save(update_fields=["owner"])
        data = {"owner": [row.written_by_id, actor.pk], "to": str(actor), "hand_over": row.pk}
        append_entry(case, CaseEntry.Kind.CHANGE, actor=actor, data=data)
