"""When a merge of members is taken back, each has the points again that were theirs: the ledger books the reverse.

What is left of a lot that moved goes home as a new lot with the same expiry; what was used of it since stays used.
Debts that the merge paid with the other's points are open again.
"""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from loyalty.locks import lock_accounts
from loyalty.models import Account, LotAllocation, PointsDebt, TierPeriod, TierProgress
from loyalty.services.book import AVAILABLE, DEBT, HOUSE, PENDING, Book, Debt, Grant, Kind, Lot, Txn, Use
from loyalty.services.rules import current_rules
from loyalty.services.tiers import rebuild_standings
from sales.models import Receipt


@transaction.atomic
def unmerge_accounts(*, winner_id: int, loser_id: int, facts: dict[str, Any]) -> None:
    """Book the reverse of `merge_accounts`, whose answer `facts` is; receipts and members are apart already."""
    accounts = lock_accounts([winner_id, loser_id])
    winner, loser = accounts[winner_id], accounts[loser_id]
    book = Book()
    renewed: dict[int, Lot] = {}
    if facts["txn"]:
        out, into = _begin(book, winner, facts, "out"), _begin(book, loser, facts, "in")
        lots = book.load_lots((new for _old, new in facts["lots"]), {winner.pk: winner, loser.pk: loser})
        _open_paid_debts(book, out, winner, facts["txn"])
        renewed = {new: _send_home(book, out, into, lots[new]) for _old, new in facts["lots"] if lots[new].free > 0}
        _debts_go_home(book, out, into, winner, set(facts["debts"]))
        for txn in (out, into):
            for lot in book.open_lots(txn.account):
                if not lot.is_pending:
                    book.pay_debts(txn, lot)
    winner.earned_life -= facts["earned_life"]
    loser.earned_life += facts["earned_life"]
    for account in (winner, loser):
        book.touch_account(account)
    book.write()
    _lines_go_home(winner, loser, {new: renewed[new].id if new in renewed else old for old, new in facts["lots"]})
    TierProgress.objects.filter(pk__in=facts["progress"], account=winner).update(account=loser)
    TierPeriod.objects.filter(pk__in=facts["periods"], account=winner).update(account=loser)
    rebuild_standings([winner, loser], current_rules(), through=timezone.localdate())


def _begin(book: Book, account: Account, facts: dict[str, Any], event: str) -> Txn:
    return book.begin(
        account,
        Kind.MERGE,
        source="unmerge",
        document=str(facts["txn"]),
        event=event,
        business_at=book.booked_at,
    )


def _open_paid_debts(book: Book, out: Txn, winner: Account, txn_id: int) -> None:
    """What the merge used to pay debts goes back to its lots, and the debts are open again."""
    payments = LotAllocation.objects.filter(txn_id=txn_id, kind=Use.ARREARS.value).order_by("pk")
    lots = book.load_lots((payment.lot_id for payment in payments), {winner.pk: winner})
    debts = {debt.id: debt for debt in _all_debts(book, winner, [payment.debt_id for payment in payments])}
    for payment in payments:
        debt = debts[payment.debt_id]
        book.give_back(out, lots[payment.lot_id], Use.ARREARS.value, payment.amount, reverses_id=payment.pk)
        debt.outstanding += payment.amount
        book.touched_debts.add(debt)
        book.move(out, AVAILABLE, payment.amount)
        book.move(out, DEBT, -payment.amount)


def _all_debts(book: Book, account: Account, ids: list[int]) -> list[Debt]:
    """These debts, paid ones too; the book knows them from now on."""
    known = book.open_debts(account)
    missing = set(ids) - {debt.id for debt in known}
    paid = [
        Debt(account, None, row.original, row.outstanding, None, row.pk)
        for row in PointsDebt.objects.filter(pk__in=missing).order_by("pk")
    ]
    book.adopt_debts(account, paid)
    return [*known, *paid]


def _send_home(book: Book, out: Txn, into: Txn, lot: Lot) -> Lot:
    points = lot.free
    book.use(out, lot, Use.TRANSFER.value, points)
    book.move(out, PENDING if lot.is_pending else AVAILABLE, -points)
    book.move(out, HOUSE[Kind.MERGE], points, lot.brand_id)
    (home,) = book.grant(
        into,
        [Grant(points, lot.receipt_id, lot.line_no, lot.brand_id)],
        active_from=lot.active_from,
        expires_at=lot.expires_at,
        is_pending=lot.is_pending,
    )
    return home


def _debts_go_home(book: Book, out: Txn, into: Txn, winner: Account, ids: set[int]) -> None:
    for debt in book.open_debts(winner):
        if debt.id in ids:
            book.owe(into, book.forgive(out, debt))


def _lines_go_home(winner: Account, loser: Account, lots: dict[int, int]) -> None:
    """Earned lines of receipts that went home, with the lots they have now."""
    ids = list(Receipt.objects.filter(member_id=loser.member_id).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loyalty_earnline e SET account_id = %(home)s, lot_id = coalesce(v.home, e.lot_id)"
            " FROM sales_receipt r, loyalty_earnline o"
            " LEFT JOIN unnest(%(away)s::bigint[], %(lots)s::bigint[]) AS v(away, home) ON v.away = o.lot_id"
            " WHERE r.id = ANY(%(ids)s) AND o.sold_on = r.sold_on AND o.receipt_id = r.id"
            " AND e.sold_on = o.sold_on AND e.receipt_id = o.receipt_id AND e.line_no = o.line_no"
            " AND e.account_id = %(from)s",
            {"home": loser.pk, "from": winner.pk, "ids": ids, "away": list(lots), "lots": list(lots.values())},
        )
