"""Holds: points set aside while the till or the desk finishes, then captured, released or lapsed, once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from loyalty.exceptions import HoldHasEnded, NotEnoughPoints
from loyalty.locks import lock_account, lock_hold
from loyalty.models import Account, HoldLot, PointsHold
from loyalty.services.book import AVAILABLE, HELD, HOUSE, Book, Kind, Txn, Use
from loyalty.services.points import booked
from loyalty.services.pooling import lock_with_households, top_up, usable_lots
from loyalty.services.rules import current_rules
from members.locks import share_members
from staff.audit import record
from staff.models import User

State = PointsHold.State


@transaction.atomic
def hold_points(
    *, member_id: int, points: int, source: str, document: str, store_id: int | None, actor: User | None
) -> PointsHold:
    """Set points aside; what is missing comes from the household. The same document holds once and returns the first
    hold."""
    member_id = share_members([member_id])[member_id]
    household = lock_with_households([member_id], spending=[member_id])
    account = household.accounts[member_id]
    if earlier := booked(source, document, "hold"):
        return PointsHold.objects.get(txn=earlier)
    book = Book(booked_by_id=actor.pk if actor else None)
    now = book.booked_at
    txn = book.begin(
        account, Kind.HOLD, source=source, document=document, event="hold", business_at=now, store_id=store_id
    )
    parts = []
    left = points
    top_up(book, txn, points, household.pools.get(account.pk), at=now)
    lots = usable_lots(book, account, now)
    if sum(lot.free for lot in lots) < points:
        raise NotEnoughPoints(available=sum(lot.free for lot in lots))
    for lot in lots:
        part = min(left, lot.free)
        if part:
            book.earmark(lot, part)
            parts.append((lot, part))
            left -= part
    book.move(txn, AVAILABLE, -points)
    book.move(txn, HELD, points)
    book.write()
    minutes = current_rules().programme_at(now).hold_minutes
    hold = PointsHold.objects.create(
        account=account,
        points=points,
        txn_id=txn.id,
        created_at=now,
        expires_at=now + timedelta(minutes=minutes),
        created_by=actor,
    )
    HoldLot.objects.bulk_create(HoldLot(hold=hold, lot_id=lot.id, amount=part) for lot, part in parts)
    record(actor, "loyalty.points_held", hold, store=store_id, points=points, member=member_id)
    return hold


@transaction.atomic
def capture_hold(*, hold_id: int, points: int | None = None, actor: User | None) -> PointsHold:
    """Redeem what a hold set aside, all or less; the rest becomes available again. Capturing it again with the same
    points returns it unchanged."""
    hold, account = _locked(hold_id)
    points = hold.points if points is None else points
    if hold.state == State.CAPTURED and hold.captured == points:
        return hold
    now = timezone.now()
    if hold.state != State.OPEN or hold.expires_at <= now:
        raise HoldHasEnded
    if points > hold.points:
        raise NotEnoughPoints(available=hold.points)
    return _end(hold, account, State.CAPTURED, Kind.CAPTURE, points, now, actor)


@transaction.atomic
def release_hold(*, hold_id: int, actor: User | None) -> PointsHold:
    """Let go of what a hold set aside. Releasing it again returns it unchanged."""
    hold, account = _locked(hold_id)
    if hold.state in (State.RELEASED, State.LAPSED):
        return hold
    if hold.state != State.OPEN:
        raise HoldHasEnded
    return _end(hold, account, State.RELEASED, Kind.RELEASE, 0, timezone.now(), actor)


def lapse_holds(*, now: datetime) -> int:
    """Let go of every hold whose time is over; running it again finds none."""
    due = PointsHold.objects.filter(state=State.OPEN, expires_at__lte=now).values_list("pk", flat=True)
    return sum(_lapse(hold_id, now) for hold_id in list(due))


@transaction.atomic
def _lapse(hold_id: int, now: datetime) -> int:
    hold, account = _locked(hold_id)
    if hold.state != State.OPEN or hold.expires_at > now:
        return 0
    _end(hold, account, State.LAPSED, Kind.RELEASE, 0, now, None)
    return 1


def _locked(hold_id: int) -> tuple[PointsHold, Account]:
    member_id = PointsHold.objects.values_list("account__member_id", flat=True).get(pk=hold_id)
    account = lock_account(member_id)
    return lock_hold(hold_id), account


def _end(
    hold: PointsHold,
    account: Account,
    state: str,
    kind: str,
    points: int,
    now: datetime,
    actor: User | None,
) -> PointsHold:
    book = Book(booked_by_id=actor.pk if actor else None)
    txn = book.begin(
        account,
        kind,
        source="hold",
        document=str(hold.pk),
        event="end",
        business_at=now,
        store_id=hold.txn.store_id,
    )
    parts = list(hold.lots.order_by("pk"))
    lots = book.load_lots([part.lot_id for part in parts], {account.pk: account})
    left = points
    for part in parts:
        lot = lots[part.lot_id]
        book.earmark(lot, -part.amount)
        used = min(left, part.amount)
        if used:
            book.use(txn, lot, Use.REDEEM.value, used)
            book.move(txn, HOUSE[Kind.CAPTURE], used, lot.brand_id)
            left -= used
    _free(book, txn, hold.points, points)
    for part in parts:
        book.pay_debts(txn, lots[part.lot_id])
    book.write()
    hold.state, hold.captured, hold.ended_txn_id = state, points, txn.id
    hold.save(update_fields=["state", "captured", "ended_txn"])
    record(actor, f"loyalty.hold_{state}", hold, points=points, member=account.member_id)
    return hold


def _free(book: Book, txn: Txn, held: int, captured: int) -> None:
    book.move(txn, HELD, -held)
    if held > captured:
        book.move(txn, AVAILABLE, held - captured)
