"""When two members become one, their points become one account: lot by lot, with their own expiry."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from loyalty.locks import lock_accounts
from loyalty.models import Account, PointsHold, TierPeriod, TierProgress
from loyalty.services.book import AVAILABLE, HOUSE, PENDING, Book, Debt, Grant, Kind, Lot, Txn, Use
from loyalty.services.holds import release_hold
from loyalty.services.rules import current_rules
from loyalty.services.tiers import rebuild_standings
from staff.models import User


@transaction.atomic
def merge_accounts(*, winner_id: int, loser_id: int, actor: User | None = None) -> dict[str, Any]:
    """Move points, debts and progress of one member to another and replay the star.

    Open holds of the loser are released first. The ledger of the loser stays; its account ends at zero. A second
    call finds nothing to move. Returns what `unmerge_accounts` needs to take it back.
    """
    accounts = lock_accounts([winner_id, loser_id])
    winner, loser = accounts[winner_id], accounts[loser_id]
    for hold_id in PointsHold.objects.filter(account=loser, state=PointsHold.State.OPEN).values_list("pk", flat=True):
        release_hold(hold_id=hold_id, actor=actor)
    accounts = lock_accounts([winner_id, loser_id])
    winner, loser = accounts[winner_id], accounts[loser_id]
    book = Book(booked_by_id=actor.pk if actor else None)
    into, moved, debts = _move_lots(book, winner, loser)
    earned_life = loser.earned_life
    winner.earned_life += earned_life
    loser.earned_life = 0
    for account in (winner, loser):
        book.touch_account(account)
    book.write()
    _repoint_lines(winner, loser, {old: new.id for old, new in moved.items()})
    theirs = TierProgress.objects.filter(account=loser)
    progress = list(theirs.values_list("pk", flat=True))
    theirs.update(account=winner)
    granted = TierPeriod.objects.filter(account=loser, why=TierPeriod.Why.GRANTED)
    periods = list(granted.values_list("pk", flat=True))
    granted.update(account=winner)
    TierPeriod.objects.filter(account=loser).delete()
    rebuild_standings([winner, loser], current_rules(), through=timezone.localdate())
    return {
        "txn": into.id if into else None,
        "lots": [[old, new.id] for old, new in moved.items()],
        "debts": [debt.id for debt in debts],
        "earned_life": earned_life,
        "progress": progress,
        "periods": periods,
    }


def _move_lots(book: Book, winner: Account, loser: Account) -> tuple[Txn | None, dict[int, Lot], list[Debt]]:
    """The transaction on the winner's side, the new lots by the old ones' ids, the debts the winner has taken over."""
    now = book.booked_at
    lots = book.open_lots(loser)
    debts = book.open_debts(loser)
    if not lots and not debts:
        return None, {}, []
    document = f"{loser.pk}>{winner.pk}@{now.isoformat()}"
    out = _begin(book, loser, document, "out", now)
    into = _begin(book, winner, document, "in", now)
    moved = {}
    for debt in debts:
        book.owe(into, book.forgive(out, debt))
    taken_over = book.new_debts[-len(debts) :] if debts else []
    for lot in lots:
        points = lot.remaining
        bucket = PENDING if lot.is_pending else AVAILABLE
        book.use(out, lot, Use.TRANSFER.value, points)
        book.move(out, bucket, -points)
        book.move(out, HOUSE[Kind.MERGE], points, lot.brand_id)
        (moved[lot.id],) = book.grant(
            into,
            [Grant(points, lot.receipt_id, lot.line_no, lot.brand_id)],
            active_from=lot.active_from,
            expires_at=lot.expires_at,
            is_pending=lot.is_pending,
        )
    for lot in book.open_lots(winner):
        if not lot.is_pending:
            book.pay_debts(into, lot)
    return into, moved, taken_over


def _begin(book: Book, account: Account, document: str, event: str, now: datetime) -> Txn:
    return book.begin(account, Kind.MERGE, source="merge", document=document, event=event, business_at=now)


def _repoint_lines(winner: Account, loser: Account, lots: dict[int, int]) -> None:
    """Earned lines follow, with the lots they now have, so that a later return takes from the right place."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loyalty_earnline e SET account_id = %s FROM sales_receipt r"
            " WHERE r.member_id = ANY(%s) AND e.sold_on = r.sold_on AND e.receipt_id = r.id AND e.account_id = %s",
            [winner.pk, [winner.member_id, loser.member_id], loser.pk],
        )
        if lots:
            cursor.execute(
                "UPDATE loyalty_earnline e SET lot_id = v.new"
                " FROM unnest(%s::bigint[], %s::bigint[]) AS v(old, new), loyalty_pointslot l, sales_receipt r"
                " WHERE l.id = v.old AND r.id = l.receipt_id AND e.sold_on = r.sold_on"
                " AND e.receipt_id = l.receipt_id AND e.line_no = l.line_no",
                [list(lots), list(lots.values())],
            )
