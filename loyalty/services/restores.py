"""Giving back points that paid for returned goods: into their own lots, with their own expiry."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from django.db import connection

from loyalty.models import Account
from loyalty.services.accrual_state import Accrual, Outcome
from loyalty.services.book import Kind
from sales.services.drafts import RETURN, ReceiptDraft

PAID = """
SELECT t.receipt_id, a.id, a.lot_id,
    a.amount - coalesce((SELECT sum(r.amount) FROM loyalty_lotallocation r WHERE r.reverses_id = a.id), 0), a.amount
FROM loyalty_pointstxn t JOIN loyalty_lotallocation a ON a.txn_id = t.id
WHERE t.receipt_id = ANY(%s) AND t.kind IN ('redeem', 'capture') AND a.kind = 'redeem'
ORDER BY a.id DESC"""

RETURNED = """
SELECT l.receipt_id, sum(l.net_amount), sum(l.net_amount * l.returned_quantity / l.quantity)
FROM sales_receipt r JOIN sales_receiptline l ON l.sold_on = r.sold_on AND l.receipt_id = r.id
WHERE r.id = ANY(%s) GROUP BY 1"""


@dataclass(slots=True)
class Paid:
    """An allocation that paid for a receipt, and what of it has not been given back."""

    allocation_id: int
    lot_id: int
    left: int
    amount: int


@dataclass(slots=True)
class Restorable:
    """What points paid for a receipt, last allocated first, and the share of it that has come back."""

    paid: list[Paid]
    net_amount: Decimal
    returned_amount: Decimal

    @property
    def due(self) -> int:
        """Points to give back now: the share of what has come back, rounded down, less what was given back."""
        total = sum(paid.amount for paid in self.paid)
        given = total - sum(paid.left for paid in self.paid)
        if self.returned_amount >= self.net_amount:
            return total - given
        share = total * self.returned_amount / self.net_amount
        return max(int(share.to_integral_value(rounding=ROUND_FLOOR)) - given, 0)


def load(receipts: Sequence[ReceiptDraft]) -> dict[int, Restorable]:
    """What can be given back, by original receipt, for the returns among these receipts."""
    originals = sorted({receipt.original_id for receipt in receipts if receipt.kind == RETURN and receipt.original_id})
    if not originals:
        return {}
    paid: dict[int, list[Paid]] = {}
    with connection.cursor() as cursor:
        cursor.execute(PAID, [originals])
        for receipt_id, allocation_id, lot_id, left, amount in cursor.fetchall():
            paid.setdefault(receipt_id, []).append(Paid(allocation_id, lot_id, int(left), amount))
        if not paid:
            return {}
        cursor.execute(RETURNED, [list(paid)])
        return {
            receipt_id: Restorable(paid[receipt_id], net, returned) for receipt_id, net, returned in cursor.fetchall()
        }


def give_back(
    accrual: Accrual,
    receipt: ReceiptDraft,
    account: Account,
    restorable: dict[int, Restorable],
    outcome: Outcome,
) -> None:
    """Give back what a return is due: each point to the lot it came from, or, where that has expired, to a new lot
    with the programme's grace. What comes back pays debts first."""
    found = restorable.get(receipt.original_id)
    due = found.due if found else 0
    if not due:
        return
    book = accrual.book
    txn = book.begin(
        account,
        Kind.RESTORE,
        source=receipt.source,
        document=f"{receipt.store_id}/{receipt.document}",
        line=receipt.generation,
        event="restore",
        business_at=receipt.sold_at,
        store_id=receipt.store_id,
        receipt_id=receipt.id,
    )
    lots = book.load_lots([paid.lot_id for paid in found.paid], {account.pk: account})
    grace = accrual.rules.programme_at(receipt.sold_at).restore_grace_days
    for paid in found.paid:
        part = min(due - outcome.restored, paid.left)
        if part:
            paid.left -= part
            outcome.restored += part
            book.restore(txn, lots[paid.lot_id], part, allocation_id=paid.allocation_id, grace_days=grace)
