"""A receipt as the desk's till shows it: lines with what is still kept, payments, the member's name."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sales.models import Payment, Receipt, ReceiptLine
from sales.selectors.receipts import member_names, return_days
from staff.models import User


@dataclass(frozen=True, slots=True)
class SlipLine:
    """A line, what of it the customer still has, and until when it may come back."""

    line: ReceiptLine
    retained: Decimal
    until_on: date


@dataclass(frozen=True, slots=True)
class Slip:
    """Lines, payments and the name of the member as this person may see it."""

    lines: list[SlipLine]
    payments: list[Payment]
    member_name: str


def slip_of(receipt: Receipt, user: User) -> Slip:
    """The slip in a fixed number of queries."""
    lines = (
        ReceiptLine.objects.filter(sold_on=receipt.sold_on, receipt_id=receipt.pk)
        .select_related("product", "counter")
        .order_by("line_no")
    )
    rows = [
        SlipLine(
            line,
            line.quantity - line.returned_quantity,
            line.sold_on + timedelta(days=return_days(line.product.return_days)),
        )
        for line in lines
    ]
    names = member_names(user, [receipt.member]) if receipt.member_id else {}
    return Slip(rows, list(receipt.payments.order_by("pk")), names.get(receipt.member_id, ""))
