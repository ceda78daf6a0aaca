"""The purchases a case may be about."""

from datetime import date, timedelta

from django.utils import timezone

from members.access import sees_unmasked
from members.models import Member
from sales.access import lines_visible
from sales.models import Receipt, ReceiptLine
from sales.selectors.purchases import Purchase, recent_purchases
from sales.selectors.receipts import return_days
from staff.models import User

SHOWN = 15


def line_of(text: str) -> ReceiptLine | None:
    """The receipt line an address names as day:receipt:line."""
    try:
        day, receipt_id, line_no = text.split(":")
        named = {"sold_on": date.fromisoformat(day), "receipt_id": int(receipt_id), "line_no": int(line_no)}
    except ValueError:
        return None
    if named["receipt_id"] >= 2**63 or named["line_no"] >= 2**31:
        return None
    return ReceiptLine.objects.filter(**named).select_related("product", "counter", "brand").first()


def purchases_for_case(user: User, member: Member | None, line: ReceiptLine | None) -> list[Purchase]:
    """What the member bought lately, and the line asked for, as far as the person may see it."""
    found = []
    if member and user.has_perm("sales.view_receipt") and sees_unmasked(user, member):
        found = recent_purchases(member, user, limit=SHOWN)
    if line is None or any(one.line.pk == line.pk for one in found):
        return found
    if not lines_visible(user, ReceiptLine.objects.filter(pk=line.pk)).exists():
        return found
    document = Receipt.objects.filter(pk=line.receipt_id).values_list("document", flat=True).first() or ""
    until_on = line.sold_on + timedelta(days=return_days(line.product.return_days))
    is_returned = line.returned_quantity >= line.quantity
    return [Purchase(line, document, until_on, until_on >= timezone.localdate(), is_returned), *found]
