"""Points by hand: redeemed at the desk, adjusted with approval, brought along from an old system."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.exceptions import AlreadyDone
from loyalty.locks import lock_account
from loyalty.models import Adjustment, PointsTxn
from loyalty.services.book import Book, Grant, Kind, Txn, Use
from loyalty.services.pooling import lock_with_households, top_up
from loyalty.services.rules import current_rules, expiry_of
from loyalty.services.tiers import midnight
from members.locks import share_members
from staff.audit import record
from staff.models import User
from workflow.services.requests import submit

DESK = "desk"


def booked(source: str, document: str, event: str, line: int = 0) -> PointsTxn | None:
    """The transaction already booked under this cause, if any."""
    return PointsTxn.objects.filter(source=source, document=document, line=line, event=event).first()


@transaction.atomic
def redeem_points(
    *,
    member_id: int,
    points: int,
    key: str,
    reason: str,
    actor: User | None,
    store_id: int | None = None,
    source: str = DESK,
) -> PointsTxn:
    """Spend available points, what expires first going first; what is missing comes from the household. The same key
    spends once and returns the first."""
    member_id = share_members([member_id])[member_id]
    held = lock_with_households([member_id], spending=[member_id])
    account = held.accounts[member_id]
    if earlier := booked(source, key, "redeem"):
        return earlier
    book = Book(booked_by_id=actor.pk if actor else None)
    txn = book.begin(
        account,
        Kind.REDEEM,
        source=source,
        document=key,
        event="redeem",
        business_at=book.booked_at,
        store_id=store_id,
        reason=reason,
    )
    pooled = top_up(book, txn, points, held.pools.get(account.pk), at=book.booked_at)
    book.spend(txn, points, at=book.booked_at)
    book.write()
    record(actor, "loyalty.points_redeemed", account, store=store_id, points=points, member=member_id, pooled=pooled)
    return PointsTxn.objects.get(pk=txn.id)


@transaction.atomic
def undo_redemption(*, txn_id: int, actor: User | None, reason: str) -> PointsTxn:
    """Give a whole redemption back into its lots; lots that have lapsed since get the programme's grace."""
    first = PointsTxn.objects.select_related("account").get(pk=txn_id)
    account = lock_account(first.account.member_id)
    if earlier := booked(first.source, f"{first.document}#{first.pk}", "restore"):
        return earlier
    book = Book(booked_by_id=actor.pk if actor else None)
    rules = current_rules()
    txn = book.begin(
        account,
        Kind.RESTORE,
        source=first.source,
        document=f"{first.document}#{first.pk}",
        event="restore",
        business_at=book.booked_at,
        store_id=first.store_id,
        reason=reason,
        reverses_id=first.pk,
    )
    uses = list(
        first.allocations.filter(kind=Use.REDEEM, reverses__isnull=True, reversals__isnull=True).order_by("-pk")
    )
    lots = book.load_lots([use.lot_id for use in uses], {account.pk: account})
    grace = rules.programme_at(book.booked_at).restore_grace_days
    for use in uses:
        book.restore(txn, lots[use.lot_id], use.amount, allocation_id=use.pk, grace_days=grace)
    book.write()
    record(actor, "loyalty.redemption_undone", account, store=first.store_id, txn=first.pk)
    return PointsTxn.objects.get(pk=txn.id)


@transaction.atomic
def ask_adjustment(*, member_id: int, points: int, reason: str, actor: User) -> Adjustment:
    """Ask to add or take points. Up to the programme's limit it is booked at once; above it goes through approval.
    Each call is another adjustment."""
    member_id = share_members([member_id])[member_id]
    account = lock_account(member_id)
    limit = current_rules().programme_at(timezone.now()).adjustment_limit
    adjustment = Adjustment.objects.create(
        account=account, points=points, reason=reason, asked_by=actor, asked_at=timezone.now()
    )
    record(actor, "loyalty.adjustment_asked", adjustment, points=points, member=member_id)
    if abs(points) <= limit:
        _book_adjustment(adjustment, account, actor)
    else:
        submit(subject=adjustment, actor=actor, comment=reason)
    return adjustment


@transaction.atomic
def book_approved_adjustment(*, adjustment_id: int, actor: User) -> Adjustment:
    """Book an adjustment that has been approved; `actor` decided last. A decided one is refused."""
    adjustment = _waiting(adjustment_id)
    account = lock_account(adjustment.account.member_id)
    _book_adjustment(adjustment, account, actor)
    return adjustment


@transaction.atomic
def refuse_adjustment(*, adjustment_id: int, actor: User | None) -> Adjustment:
    """Close an adjustment that was rejected or taken back; nothing is booked. A decided one is refused."""
    adjustment = _waiting(adjustment_id)
    adjustment.state, adjustment.decided_by, adjustment.decided_at = Adjustment.State.REFUSED, actor, timezone.now()
    adjustment.save(update_fields=["state", "decided_by", "decided_at"])
    record(actor, "loyalty.adjustment_refused", adjustment, points=adjustment.points)
    return adjustment


@transaction.atomic
def open_balance(
    *, member_id: int, points: int, as_of: datetime, source: str, document: str, actor: User | None
) -> PointsTxn:
    """Bring points along from an old system as a dated lot. The same document opens once."""
    account = lock_account(member_id)
    if earlier := booked(source, document, "open"):
        return earlier
    book = Book(booked_by_id=actor.pk if actor else None)
    txn = book.begin(account, Kind.OPEN, source=source, document=document, event="open", business_at=as_of)
    _grant(book, txn, points, as_of)
    book.write()
    record(actor, "loyalty.balance_opened", account, points=points)
    return PointsTxn.objects.get(pk=txn.id)


def _waiting(adjustment_id: int) -> Adjustment:
    adjustment = (
        Adjustment.objects.select_for_update(no_key=True, of=("self",)).select_related("account").get(pk=adjustment_id)
    )
    if adjustment.state != Adjustment.State.WAITING:
        raise AlreadyDone(_("This adjustment has already been decided."))
    return adjustment


def _book_adjustment(adjustment: Adjustment, account, actor: User) -> None:
    book = Book(booked_by_id=actor.pk)
    txn = book.begin(
        account,
        Kind.ADJUST,
        source="adjustment",
        document=str(adjustment.pk),
        event="adjust",
        business_at=book.booked_at,
        reason=adjustment.reason,
    )
    if adjustment.points > 0:
        _grant(book, txn, adjustment.points, book.booked_at)
    else:
        book.spend(txn, -adjustment.points, at=book.booked_at, kind=Use.ADJUST.value)
    book.write()
    adjustment.state, adjustment.txn_id = Adjustment.State.BOOKED, txn.id
    adjustment.decided_by, adjustment.decided_at = actor, book.booked_at
    adjustment.save(update_fields=["state", "txn", "decided_by", "decided_at"])
    record(actor, "loyalty.points_adjusted", adjustment, points=adjustment.points, member=account.member_id)


def _grant(book: Book, txn: Txn, points: int, at: datetime) -> None:
    programme = current_rules().programme_at(at)
    expires_on = expiry_of(programme, timezone.localtime(at).date())
    book.grant(txn, [Grant(points)], active_from=at, expires_at=midnight(expires_on) if expires_on else None)
