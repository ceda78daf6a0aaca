"""One receipt with everything around it; the names of members as a person may see them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from members.access import unmasked_ids
from members.models import Member
from sales.models import Payment, Receipt, ReceiptLine, ReturnMatch, UnmatchedReturn
from staff.models import User
from stores.models import Chain

USUAL_RETURN_DAYS = 30


@dataclass(frozen=True)
class LineRow:
    """A line as the receipt's page shows it."""

    line: ReceiptLine
    matches: list[ReturnMatch]
    unmatched: Decimal
    until_on: date | None

    @property
    def retained(self) -> Decimal:
        return self.line.quantity - self.line.returned_quantity


@dataclass(frozen=True)
class ReceiptView:
    """A receipt with its lines, payments and relatives."""

    receipt: Receipt
    lines: list[LineRow]
    payments: list[Payment]
    returns: list[Receipt]
    exchanges: list[Receipt]
    reversal: Receipt | None
    member_name: str

    @property
    def gross(self) -> Decimal:
        return self.receipt.net_amount + self.receipt.discount_amount


def return_days(given: int | None) -> int:
    """How long goods can be returned: the product's days, else the chain's."""
    return int(Chain.get().setting("return_days", USUAL_RETURN_DAYS)) if given is None else given


def receipt_view(receipt: Receipt, user: User) -> ReceiptView:
    """Everything the page of one receipt shows, in a fixed number of queries."""
    lines = list(
        ReceiptLine.objects.filter(sold_on=receipt.sold_on, receipt_id=receipt.pk)
        .select_related("product", "counter", "brand")
        .order_by("line_no")
    )
    is_sale = receipt.kind == Receipt.Kind.SALE
    matches = _matches(receipt, is_sale=is_sale)
    unmatched = dict(UnmatchedReturn.objects.filter(receipt=receipt).values_list("line_no", "quantity"))
    rows = [
        LineRow(
            line,
            matches[line.line_no],
            unmatched.get(line.line_no, Decimal(0)),
            line.sold_on + timedelta(days=return_days(line.product.return_days)) if is_sale else None,
        )
        for line in lines
    ]
    relatives = list(Receipt.objects.filter(original=receipt)) if is_sale else []
    return ReceiptView(
        receipt=receipt,
        lines=rows,
        payments=list(receipt.payments.order_by("pk")),
        returns=relatives,
        exchanges=list(Receipt.objects.filter(exchange_for=receipt)),
        reversal=Receipt.objects.filter(reverses=receipt).first(),
        member_name=member_names(user, [receipt.member] if receipt.member else []).get(receipt.member_id, ""),
    )


def _matches(receipt: Receipt, *, is_sale: bool) -> dict[int, list[ReturnMatch]]:
    by_line: dict[int, list[ReturnMatch]] = defaultdict(list)
    if is_sale:
        for match in ReturnMatch.objects.filter(sale_receipt=receipt).select_related("return_receipt").order_by("pk"):
            by_line[match.sale_line_no].append(match)
    else:
        for match in ReturnMatch.objects.filter(return_receipt=receipt).select_related("sale_receipt").order_by("pk"):
            by_line[match.return_line_no].append(match)
    return by_line


def member_names(user: User, members: Iterable[Member]) -> dict[int, str]:
    """The names of members as this person may see them: outside the scope only the surname's first character."""
    people = {member.pk: member for member in members}
    clear = unmasked_ids(user, [(member.pk, member.home_store_id) for member in people.values()])
    return {pk: member.display_name if pk in clear else f"{member.display_name[:1]}**" for pk, member in people.items()}
