"""Undoing an import of receipts: reversals are booked, nothing is deleted.

Receipts that were returned or redeemed against since are left as they are and listed.
"""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.locks import lock_accounts
from loyalty.models import Account, EarnLine, LotAllocation, PointsLot, PointsTxn, TierProgress
from loyalty.services.book import AVAILABLE, HOUSE, PENDING, Book, Kind, Lot, Txn, Use
from loyalty.services.rules import RuleBook
from loyalty.services.tiers import rebuild_standings
from sales.exceptions import ImportRefused
from sales.models import ImportBatch, Receipt
from sales.services import reversing
from staff.audit import record
from staff.models import User


@dataclass(frozen=True, slots=True)
class UndoResult:
    """How many receipts were reversed, and the documents that were left with the reason."""

    reversed: int
    left: list[tuple[str, str]]


@transaction.atomic
def undo_batch(*, batch_id: int, actor: User | None) -> UndoResult:
    """Undo an applied import. A second call finds it undone and is refused."""
    batch = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch_id)
    if batch.state != ImportBatch.State.APPLIED:
        raise ImportRefused(_("Only an import that has been applied can be undone, once."))
    receipts = list(Receipt.objects.filter(batch=batch, is_reversed=False).exclude(kind=Receipt.Kind.REVERSAL))
    left = _used_since(batch)
    left |= reversing.bound_to({receipt.pk for receipt in receipts}, set(left))
    going = [receipt for receipt in receipts if receipt.pk not in left]
    reversals = reversing.reverse_receipts(going, actor_id=actor.pk if actor else None)
    accounts = lock_accounts(receipt.member_id for receipt in going if receipt.member_id)
    _take_points_out(going, accounts, actor)
    rebuild_standings(accounts.values(), RuleBook(), through=timezone.localdate())
    batch.state, batch.undone_at = ImportBatch.State.UNDONE, timezone.now()
    batch.save(update_fields=["state", "undone_at"])
    record(actor, "sales.import_undone", batch, store=batch.store_id, reversed=len(reversals), left=len(left))
    names = {receipt.pk: receipt.document for receipt in receipts}
    return UndoResult(len(reversals), sorted((names[pk], reason) for pk, reason in left.items() if pk in names))


def _used_since(batch: ImportBatch) -> dict[int, str]:
    """Receipts of the batch with goods returned by a receipt outside it, or points used since, and why they stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT m.sale_receipt_id FROM sales_returnmatch m"
            " JOIN sales_receipt s ON s.id = m.sale_receipt_id JOIN sales_receipt r ON r.id = m.return_receipt_id"
            " WHERE s.batch_id = %s AND r.batch_id IS DISTINCT FROM %s AND NOT r.is_reversed",
            [batch.pk, batch.pk],
        )
        used = {row[0]: _("goods were returned since") for row in cursor.fetchall()}
        cursor.execute(
            "SELECT DISTINCT l.receipt_id FROM loyalty_pointslot l JOIN sales_receipt s ON s.id = l.receipt_id"
            " JOIN loyalty_lotallocation a ON a.lot_id = l.id"
            " WHERE s.batch_id = %s AND a.kind IN ('redeem', 'transfer', 'adjust') AND a.reverses_id IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM loyalty_lotallocation v WHERE v.reverses_id = a.id)"
            " UNION SELECT DISTINCT l.receipt_id FROM loyalty_pointslot l JOIN sales_receipt s ON s.id = l.receipt_id"
            " WHERE s.batch_id = %s AND l.earmarked > 0",
            [batch.pk, batch.pk],
        )
        return used | {row[0]: _("points were redeemed since") for row in cursor.fetchall()}


def _take_points_out(receipts: list[Receipt], accounts: dict[int, Account], actor: User | None) -> None:
    """Reverse, lot by lot, whatever the receipts' transactions still leave in accounts."""
    book = Book(booked_by_id=actor.pk if actor else None)
    ids = [receipt.pk for receipt in receipts if receipt.member_id]
    by_account = {account.pk: account for account in accounts.values()}
    lots = book.load_lots(
        PointsLot.objects.filter(receipt_id__in=ids, remaining__gt=0).values_list("pk", flat=True), by_account
    )
    by_receipt: dict[int, list[Lot]] = {}
    for lot in lots.values():
        by_receipt.setdefault(lot.receipt_id, []).append(lot)
    generations = dict(PointsTxn.objects.filter(receipt_id__in=ids, kind=Kind.EARN).values_list("receipt_id", "line"))
    for receipt in receipts:
        account = accounts.get(receipt.member_id)
        own = by_receipt.get(receipt.pk, [])
        if account is None or not own:
            continue
        txn = book.begin(
            account,
            Kind.ADJUST,
            source=receipt.source,
            document=f"{receipt.store_id}/{receipt.document}",
            line=generations[receipt.pk],
            event="undo",
            business_at=receipt.sold_at,
            store_id=receipt.store_id,
            receipt_id=receipt.pk,
            reason="import undone",
        )
        for lot in own:
            points = lot.free
            if points:
                book.use(txn, lot, Use.ADJUST.value, points)
                book.move(txn, PENDING if lot.is_pending else AVAILABLE, -points)
                book.move(txn, HOUSE[Kind.ADJUST], points, lot.brand_id)
    _restore_claw_backs(book, receipts, accounts)
    for account_id, earned in _earned(ids).items():
        account = by_account[account_id]
        account.earned_life -= earned
        book.touch_account(account)
    book.write()
    TierProgress.objects.filter(receipt_id__in=ids).delete()


def _restore_claw_backs(book: Book, receipts: list[Receipt], accounts: dict[int, Account]) -> None:
    """Give back what returns that go had taken from sales that stay: the line has its points again."""
    going = {receipt.pk for receipt in receipts}
    returns = {r.pk: r for r in receipts if r.kind == Receipt.Kind.RETURN and r.member_id}
    uses = LotAllocation.objects.filter(
        txn__receipt_id__in=list(returns), kind=Use.CLAWBACK, reverses__isnull=True
    ).select_related("txn")
    uses = [use for use in uses.order_by("pk") if use.line_receipt_id not in going]
    by_account = {account.pk: account for account in accounts.values()}
    lots = book.load_lots({use.lot_id for use in uses}, by_account)
    payers = {
        (receipt_id, line_no): brand_id
        for receipt_id, line_no, brand_id in PointsLot.objects.filter(
            receipt_id__in={use.line_receipt_id for use in uses}
        ).values_list("receipt_id", "line_no", "brand_id")
    }
    sold_on = dict(Receipt.objects.filter(pk__in={use.line_receipt_id for use in uses}).values_list("pk", "sold_on"))
    txns: dict[int, Txn] = {}
    for use in uses:
        receipt = returns[use.txn.receipt_id]
        if receipt.pk not in txns:
            txns[receipt.pk] = book.begin(
                accounts[receipt.member_id],
                Kind.ADJUST,
                source=receipt.source,
                document=f"{receipt.store_id}/{receipt.document}",
                line=use.txn.line,
                event="undo",
                business_at=receipt.sold_at,
                store_id=receipt.store_id,
                receipt_id=receipt.pk,
                reason="import undone",
            )
        lot, txn = lots[use.lot_id], txns[receipt.pk]
        book.give_back(txn, lot, Use.CLAWBACK.value, use.amount, reverses_id=use.pk)
        book.move(txn, HOUSE[Kind.ADJUST], -use.amount, payers.get((use.line_receipt_id, use.line_no)))
        book.move(txn, PENDING if lot.is_pending else AVAILABLE, use.amount)
        EarnLine.objects.filter(pk=(sold_on[use.line_receipt_id], use.line_receipt_id, use.line_no)).update(
            points_now=F("points_now") + use.amount
        )


def _earned(receipt_ids: list[int]) -> dict[int, int]:
    totals: dict[int, int] = {}
    for account_id, points in TierProgress.objects.filter(receipt_id__in=receipt_ids).values_list(
        "account_id", "points"
    ):
        totals[account_id] = totals.get(account_id, 0) + points
    return totals
