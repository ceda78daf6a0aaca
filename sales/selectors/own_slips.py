"""Receipts as their owner reads them."""

from dataclasses import dataclass

from members.models import Member
from sales.models import Receipt, ReceiptLine

NEWEST = 10


@dataclass(frozen=True)
class Slip:
    """A receipt with its lines."""

    receipt: Receipt
    lines: list[ReceiptLine]


def own_slips(member: Member, newest: int = NEWEST) -> list[Slip]:
    """A member's newest sales and returns with their lines, in two queries."""
    receipts = Receipt.objects.filter(member=member, is_reversed=False).exclude(kind=Receipt.Kind.REVERSAL)
    found = list(receipts.select_related("store").order_by("-sold_on", "-pk")[:newest])
    lines: dict[int, list[ReceiptLine]] = {receipt.pk: [] for receipt in found}
    days = {receipt.sold_on for receipt in found}
    rows = ReceiptLine.objects.filter(sold_on__in=days, receipt_id__in=lines).select_related("product", "counter")
    for line in rows.order_by("receipt_id", "line_no"):
        lines[line.receipt_id].append(line)
    return [Slip(receipt, lines[receipt.pk]) for receipt in found]


def exported_receipts(member: Member) -> list[dict[str, object]]:
    """The receipts as the member takes them along: a row per line, newest first."""
    return [
        {
            "sold_on": slip.receipt.sold_on,
            "store": slip.receipt.store.name,
            "document": slip.receipt.document,
            "goods": line.product.name,
            "quantity": line.quantity,
            "paid": line.net_amount,
        }
        for slip in own_slips(member, newest=1_000)
        for line in slip.lines
    ]
