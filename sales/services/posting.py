"""Posting receipts, one or thousands, in the same few statements."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from kit.copy import Rows, insert_tables, take_ids
from kit.partitions import ensure_months
from sales.services import figures, returns
from sales.services.drafts import Posting, ReceiptDraft

RECEIPT_COLUMNS = (
    "id", "source", "document", "store_id", "kind", "channel", "till", "cashier", "posted_by_id", "member_id",
    "card_number", "sold_at", "sold_on", "posted_at", "line_count", "discount_amount", "net_amount",
    "original_id", "exchange_for_id", "reverses_id", "is_reversed", "batch_id",
)  # fmt: skip
LINE_COLUMNS = (
    "sold_on", "receipt_id", "line_no", "store_id", "counter_id", "brand_id", "category_id", "product_id",
    "member_id", "is_service", "quantity", "unit_price", "discount_amount", "net_amount",
)  # fmt: skip
PAYMENT_COLUMNS = ("receipt_id", "tender", "amount", "reference")


@transaction.atomic(savepoint=False)
def post_receipts(drafts: Sequence[ReceiptDraft]) -> Posting:
    """Post receipts in the given order: rows, what returns give back, figures.

    The caller has resolved members, products and counters and has made sure that no document was posted before;
    a document posted twice breaks the unique constraint and nothing is written. The drafts get their ids.
    """
    posted_at = timezone.now()
    ensure_months(["sales_receiptline"], {draft.sold_on for draft in drafts})
    ids = take_ids(sales_receipt=len(drafts))["sales_receipt"]
    for draft, number in zip(drafts, ids, strict=True):
        draft.id = number
    returns.resolve_originals(drafts)
    insert_tables(*receipt_rows(drafts, posted_at))
    posting = Posting(list(drafts), returns.match_returns(drafts))
    figures.book_posting(posting.receipts, as_of_on=timezone.localdate())
    return posting


def receipt_rows(drafts: Sequence[ReceiptDraft], posted_at: datetime) -> tuple[Rows, Rows, Rows]:
    """Receipts, lines and payments as rows, signed."""
    receipts = Rows("sales_receipt", RECEIPT_COLUMNS)
    lines = Rows("sales_receiptline", LINE_COLUMNS)
    payments = Rows("sales_payment", PAYMENT_COLUMNS)
    for draft in drafts:
        sign, sold_on, store_id, member_id = draft.sign, draft.sold_on, draft.store_id, draft.member_id
        receipts.add(
            draft.id,
            draft.source,
            draft.document,
            store_id,
            draft.kind,
            draft.channel,
            draft.till,
            draft.cashier,
            draft.posted_by_id,
            member_id,
            draft.card_number,
            draft.sold_at,
            sold_on,
            posted_at,
            len(draft.lines),
            sign * draft.discount_amount,
            sign * draft.net_amount,
            draft.original_id,
            draft.exchange_for.id if draft.exchange_for else None,
            draft.reverses_id,
            False,
            draft.batch_id,
        )
        for line in draft.lines:
            lines.rows.append(
                (
                    sold_on,
                    draft.id,
                    line.line_no,
                    store_id,
                    line.counter_id,
                    line.brand_id,
                    line.category_id,
                    line.product_id,
                    member_id,
                    line.is_service,
                    line.quantity if sign > 0 else -line.quantity,
                    line.unit_price,
                    line.discount_amount if sign > 0 else -line.discount_amount,
                    line.net_amount if sign > 0 else -line.net_amount,
                )
            )
        for payment in draft.payments:
            payments.add(draft.id, payment.tender, sign * payment.amount, payment.reference)
    return receipts, lines, payments
