"""Promises to members: made, kept, broken."""

from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.exceptions import WrongState
from callcenter.locks import lock_case, lock_promise
from callcenter.models import CaseEntry, Promise
from callcenter.services.timeline import append_entry
from kit.errors import DomainError
from members.locks import share_members
from staff.audit import record
from staff.models import User


def end_of_day(day: date) -> datetime:
    """The last moment of a day in the store's time: a promise "by Friday" holds until then."""
    return timezone.make_aware(datetime.combine(day, time(23, 59)))


@transaction.atomic
def make_promise(
    *,
    what: str,
    due_at: datetime,
    owner: User,
    actor: User,
    case_id: int | None = None,
    member_id: int | None = None,
) -> Promise:
    """Promise a member something until a moment. The same words until the same moment are one promise."""
    if due_at <= timezone.now():
        raise DomainError(_("The moment must lie in the future."), fields={"due_at": True})
    if member_id is not None:
        member_id = share_members([member_id])[member_id]
    case = lock_case(case_id) if case_id else None
    what = what.strip()
    found = Promise.objects.unsettled().filter(
        case=case, member_id=case.member_id if case else member_id, what=what, due_at=due_at
    )
    if again := found.first():
        return again
    promise = Promise.objects.create(
        case=case,
        member_id=case.member_id if case else member_id,
        what=what,
        due_at=due_at,
        owner=owner,
        made_at=timezone.now(),
        made_by=actor,
    )
    if case:
        data = {"event": "made", "due_at": due_at, "promise": promise.pk}
        append_entry(case, CaseEntry.Kind.PROMISE, actor=actor, text=what, data=data)
    record(actor, "callcenter.promise_made", promise, store=case.store_id if case else None, due_at=due_at)
    return promise


@transaction.atomic
def keep_promise(*, promise_id: int, actor: User, note: str = "") -> Promise:
    """Say that a promise was kept. A settled one refuses."""
    return _settle(promise_id, Promise.State.KEPT, note, actor)


@transaction.atomic
def break_promise(*, promise_id: int, actor: User, note: str) -> Promise:
    """Say why a promise could not be kept. A settled one refuses."""
    if not note.strip():
        raise DomainError(_("Please say why."), fields={"note": True})
    return _settle(promise_id, Promise.State.BROKEN, note, actor)


def _settle(promise_id: int, state: str, note: str, actor: User) -> Promise:
    promise = lock_promise(promise_id)
    if promise.state != Promise.State.OPEN:
        raise WrongState(_("This promise has been settled already."))
    now = timezone.now()
    if promise.missed_at is None and promise.due_at < now:
        promise.missed_at = promise.due_at
    promise.state, promise.note, promise.settled_at, promise.settled_by = state, note.strip()[:200], now, actor
    promise.save(update_fields=["state", "note", "settled_at", "settled_by", "missed_at"])
    if promise.case:
        data = {"event": state, "promise": promise.pk}
        append_entry(promise.case, CaseEntry.Kind.PROMISE, actor=actor, text=promise.note or promise.what, data=data)
    record(actor, f"callcenter.promise_{state}", promise, store=promise.case.store_id if promise.case else None)
    return promise
