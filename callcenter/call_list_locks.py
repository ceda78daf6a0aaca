"""How call lists are locked: the list before its entries; the next entry is taken past those others hold."""

from datetime import datetime

from django.db.models import Case, F, IntegerField, Q, Value, When
from django.utils.translation import gettext as _

from callcenter.models import CallList, CallListEntry
from kit.errors import NotFound

State = CallListEntry.State


def lock_call_list(list_id: int) -> CallList:
    found = CallList.objects.select_for_update(no_key=True).filter(pk=list_id).first()
    if found is None:
        raise NotFound(_("There is no such call list."))
    return found


def lock_entry(entry_id: int) -> CallListEntry:
    """Lock one entry, with its list loaded."""
    rows = CallListEntry.objects.select_for_update(no_key=True, of=("self",)).select_related("call_list")
    found = rows.filter(pk=entry_id).first()
    if found is None:
        raise NotFound(_("There is no such entry."))
    return found


def waiting_entries(list_id: int, user_id: int, now: datetime) -> object:
    """Entries this person may be offered, the best first: my callbacks that are due, then others that are due, then
    new ones. Entries in somebody's hands come back when the time they were taken for has run out."""
    free = Q(state=State.OPEN) | Q(state=State.TAKEN, taken_until__lte=now)
    due = Q(next_at=None) | Q(next_at__lte=now)
    mine = Q(next_by=None) | Q(next_by_id=user_id)
    rank = Case(
        When(next_by_id=user_id, then=Value(0)),
        When(is_callback=True, then=Value(1)),
        When(next_at__isnull=False, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    rows = CallListEntry.objects.filter(free & due & mine, call_list_id=list_id)
    return rows.annotate(rank=rank).order_by("rank", F("next_at").asc(nulls_last=True), "pk")


def lock_next_entry(list_id: int, user_id: int, now: datetime) -> CallListEntry | None:
    """Lock the best entry nobody else holds. SKIP LOCKED: two agents never wait for, nor get, the same one."""
    rows = waiting_entries(list_id, user_id, now)
    locked = rows.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("call_list")
    return locked.first()
