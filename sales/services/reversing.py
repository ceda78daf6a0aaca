"""Reversing receipts: for each a receipt of the opposite sign on the same day; nothing is deleted."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.copy import insert_tables, take_ids
from sales.models import Receipt, ReceiptLine, UnmatchedReturn
from sales.services import figures
from sales.services.drafts import REVERSAL, LineDraft, ReceiptDraft
from sales.services.posting import receipt_rows


def bound_to(receipt_ids: set[int], staying: set[int]) -> dict[int, str]:
    """Receipts among these that are tied, by returns, to one that stays, and so must stay too."""
    if not staying:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT return_receipt_id, sale_receipt_id FROM sales_returnmatch"
            " WHERE return_receipt_id = ANY(%(ids)s) OR sale_receipt_id = ANY(%(ids)s)",
            {"ids": list(receipt_ids)},
        )
        ties: dict[int, set[int]] = defaultdict(set)
        for returned, sold in cursor.fetchall():
            ties[returned].add(sold)
            ties[sold].add(returned)
    bound: dict[int, str] = {}
    ahead = set(staying)
    while ahead:
        ahead = {
            other for one in ahead for other in ties[one] if other in receipt_ids and other not in staying | set(bound)
        }
        bound |= dict.fromkeys(ahead, _("belongs to a receipt that stays"))
    return bound


@transaction.atomic(savepoint=False)
def reverse_receipts(receipts: Sequence[Receipt], *, actor_id: int | None) -> list[ReceiptDraft]:
    """Book the reversals of receipts that stand, free the sale lines their returns had taken, bring figures along."""
    if not receipts:
        return []
    ids = [receipt.pk for receipt in receipts]
    Receipt.objects.filter(pk__in=ids).update(is_reversed=True)
    drafts = _drafts(receipts, actor_id)
    for draft, number in zip(drafts, take_ids(sales_receipt=len(drafts))["sales_receipt"], strict=True):
        draft.id = number
    insert_tables(*receipt_rows(drafts, timezone.now()))
    _free_sale_lines(ids)
    UnmatchedReturn.objects.filter(receipt_id__in=ids).delete()
    figures.book_posting(drafts, as_of_on=timezone.localdate())
    return drafts


def _drafts(receipts: Sequence[Receipt], actor_id: int | None) -> list[ReceiptDraft]:
    lines: dict[int, list[LineDraft]] = defaultdict(list)
    rows = ReceiptLine.objects.filter(
        receipt_id__in=[receipt.pk for receipt in receipts],
        sold_on__range=(min(r.sold_on for r in receipts), max(r.sold_on for r in receipts)),
    )
    for row in rows.order_by("receipt_id", "line_no").iterator(chunk_size=10_000):
        lines[row.receipt_id].append(
            LineDraft(
                product_id=row.product_id,
                quantity=abs(row.quantity),
                unit_price=row.unit_price,
                net_amount=abs(row.net_amount),
                discount_amount=abs(row.discount_amount),
                counter_id=row.counter_id,
                brand_id=row.brand_id,
                category_id=row.category_id,
                is_service=row.is_service,
                line_no=row.line_no,
            )
        )
    return [
        ReceiptDraft(
            source=receipt.source,
            document=receipt.document,
            store_id=receipt.store_id,
            kind=REVERSAL,
            sold_at=receipt.sold_at,
            lines=lines[receipt.pk],
            member_id=receipt.member_id,
            channel=receipt.channel,
            posted_by_id=actor_id,
            card_number=receipt.card_number,
            reverses_id=receipt.pk,
            reverses_return=receipt.kind == Receipt.Kind.RETURN,
            batch_id=receipt.batch_id,
        )
        for receipt in receipts
    ]


def _free_sale_lines(return_ids: list[int]) -> None:
    quantities: dict[tuple, Decimal] = defaultdict(Decimal)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sale_sold_on, sale_receipt_id, sale_line_no, quantity FROM sales_returnmatch"
            " WHERE return_receipt_id = ANY(%s)",
            [return_ids],
        )
        for sold_on, receipt_id, line_no, quantity in cursor.fetchall():
            quantities[sold_on, receipt_id, line_no] += quantity
        if not quantities:
            return
        keys = sorted(quantities)
        cursor.execute(
            "UPDATE sales_receiptline l SET returned_quantity = l.returned_quantity - v.quantity"
            " FROM unnest(%s::date[], %s::bigint[], %s::int[], %s::numeric[])"
            " AS v(sold_on, receipt_id, line_no, quantity)"
            " WHERE l.sold_on = v.sold_on AND l.receipt_id = v.receipt_id AND l.line_no = v.line_no",
            [
                [key[0] for key in keys],
                [key[1] for key in keys],
                [key[2] for key in keys],
                [quantities[key] for key in keys],
            ],
        )
