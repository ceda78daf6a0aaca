"""Points given for trouble: what the floors above have decided is booked here, once per cause."""

from django.db import transaction
from django.utils import timezone

from kit.errors import DomainError
from loyalty.locks import lock_account
from loyalty.models import PointsTxn
from loyalty.services.book import Book, Grant, Kind
from loyalty.services.points import booked
from loyalty.services.rules import current_rules, expiry_of
from loyalty.services.tiers import midnight
from members.locks import share_members
from staff.audit import record
from staff.models import User


@transaction.atomic
def give_points(
    *, member_id: int, points: int, source: str, document: str, reason: str, actor: User | None, store_id: int | None
) -> PointsTxn:
    """Add points that somebody above answers for. The same (source, document) gives once and returns the first."""
    if points <= 0:
        raise DomainError("Points given are more than none.")
    member_id = share_members([member_id])[member_id]
    account = lock_account(member_id)
    if earlier := booked(source, document, "adjust"):
        return earlier
    book = Book(booked_by_id=actor.pk if actor else None)
    txn = book.begin(
        account,
        Kind.ADJUST,
        source=source,
        document=document,
        event="adjust",
        business_at=book.booked_at,
        store_id=store_id,
        reason=reason,
    )
    programme = current_rules().programme_at(book.booked_at)
    expires_on = expiry_of(programme, timezone.localtime(book.booked_at).date())
    book.grant(
        txn, [Grant(points)], active_from=book.booked_at, expires_at=midnight(expires_on) if expires_on else None
    )
    book.write()
    record(actor, "loyalty.points_given", account, store=store_id, points=points, member=member_id, reason=reason)
    return PointsTxn.objects.get(pk=txn.id)
