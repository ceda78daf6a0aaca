"""Visits to the desk: registered with one key, served, gone."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.exceptions import WrongState
from callcenter.locks import lock_case, lock_visit
from callcenter.models import Visit, VisitReason
from kit import phones
from kit.errors import DomainError
from members.locks import share_members
from staff.audit import record
from staff.models import User
from stores.models import Store

DOUBLE_CLICK = timedelta(minutes=2)


@transaction.atomic
def register_visit(
    *,
    store: Store,
    reason: VisitReason,
    actor: User,
    member_id: int | None = None,
    visitor_name: str = "",
    visitor_phone: str = "",
    note: str = "",
) -> Visit:
    """Somebody has come. The same member for the same reason within two minutes (a double click) came once."""
    if member_id is not None:
        member_id = share_members([member_id])[member_id]
        recent = Visit.objects.filter(
            member_id=member_id, reason=reason, store=store, arrived_at__gte=timezone.now() - DOUBLE_CLICK
        )
        if again := recent.exclude(state=Visit.State.LEFT).first():
            return again
    elif not (visitor_name.strip() or visitor_phone.strip()):
        raise DomainError(_("Write down a name or a phone number."), fields={"visitor_name": True})
    visit = Visit.objects.create(
        store=store,
        reason=reason,
        member_id=member_id,
        visitor_name=visitor_name.strip()[:60],
        visitor_phone=phones.reachable(visitor_phone) if visitor_phone else "",
        note=note.strip()[:200],
        arrived_at=timezone.now(),
        registered_by=actor,
    )
    record(actor, "callcenter.visit_registered", visit, store=store.pk, reason=reason.code, member=member_id)
    return visit


@transaction.atomic
def serve_visit(*, visit_id: int, actor: User) -> Visit:
    """Call somebody to the desk. Two colleagues cannot call the same person; calling again changes nothing."""
    visit = lock_visit(visit_id)
    if visit.state == Visit.State.SERVED and visit.served_by_id == actor.pk:
        return visit
    if visit.state != Visit.State.WAITING:
        raise WrongState(_("Somebody is looking after this visitor already, or they have left."))
    visit.state, visit.served_at, visit.served_by = Visit.State.SERVED, timezone.now(), actor
    visit.save(update_fields=["state", "served_at", "served_by"])
    record(actor, "callcenter.visit_served", visit, store=visit.store_id)
    return visit


@transaction.atomic
def end_visit(*, visit_id: int, actor: User) -> Visit:
    """The visitor has left. One who has left already is returned unchanged."""
    visit = lock_visit(visit_id)
    if visit.state != Visit.State.LEFT:
        visit.state, visit.left_at = Visit.State.LEFT, timezone.now()
        visit.save(update_fields=["state", "left_at"])
        record(actor, "callcenter.visit_ended", visit, store=visit.store_id)
    return visit


@transaction.atomic
def link_visit(*, visit_id: int, case_id: int, actor: User) -> Visit:
    """The visit became this case. One that became another case refuses."""
    case = lock_case(case_id)
    visit = lock_visit(visit_id)
    if visit.case_id not in (None, case.pk):
        raise WrongState(_("This visit belongs to another case already."))
    if visit.case_id is None:
        visit.case = case
        visit.save(update_fields=["case"])
        record(actor, "callcenter.visit_linked", visit, store=visit.store_id, case=case.pk)
    return visit
