"""What a receipt is before it is posted: plain values, ids already resolved."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from kit.money import ZERO
from sales.models import Receipt

SALE, RETURN, REVERSAL = Receipt.Kind.SALE.value, Receipt.Kind.RETURN.value, Receipt.Kind.REVERSAL.value
BUSINESS_ZONE = ZoneInfo(settings.TIME_ZONE)


@dataclass(slots=True)
class LineDraft:
    """A line with positive quantity and amounts; the kind of its receipt gives the sign.

    ``original_line_no`` names the line of the receipt's original that is given back.
    """

    product_id: int
    quantity: Decimal
    unit_price: Decimal
    net_amount: Decimal
    discount_amount: Decimal = ZERO
    counter_id: int | None = None
    brand_id: int | None = None
    category_id: int | None = None
    is_service: bool = False
    original_line_no: int | None = None
    line_no: int = 0


@dataclass(slots=True)
class PaymentDraft:
    """How part of the receipt was paid; positive."""

    tender: str
    amount: Decimal
    reference: str = ""


@dataclass(slots=True)
class ReceiptDraft:
    """A receipt about to be posted. Posting gives it its ``id`` and numbers its lines from 1.

    A return may name its original by ``(source, store_id, document)``; lines that name no original line are
    matched to the member's newest sales of the same product. ``generation`` counts how often this document was posted
    and reversed before.
    """

    source: str
    document: str
    store_id: int
    kind: str
    sold_at: datetime
    lines: list[LineDraft]
    member_id: int | None = None
    channel: str = Receipt.Channel.TILL.value
    till: str = ""
    cashier: str = ""
    posted_by_id: int | None = None
    card_number: str = ""
    payments: tuple[PaymentDraft, ...] = ()
    original: tuple[str, int, str] | None = None
    exchange_for: "ReceiptDraft | None" = None
    reverses_id: int | None = None
    reverses_return: bool = False
    batch_id: int | None = None
    generation: int = 0
    id: int = 0
    original_id: int | None = None
    sold_on: date = field(init=False)
    hour: int = field(init=False)

    def __post_init__(self) -> None:
        local = self.sold_at.astimezone(BUSINESS_ZONE)
        self.sold_on, self.hour = local.date(), local.hour
        for number, line in enumerate(self.lines, start=1):
            line.line_no = line.line_no or number

    @property
    def sign(self) -> int:
        """+1 where the amounts add to sales, -1 where they take away."""
        return 1 if self.kind == SALE or self.reverses_return else -1

    @property
    def is_sale(self) -> bool:
        return self.kind == SALE

    @property
    def net_amount(self) -> Decimal:
        """What the lines come to, positive also for returns."""
        return sum((line.net_amount for line in self.lines), ZERO)

    @property
    def discount_amount(self) -> Decimal:
        return sum((line.discount_amount for line in self.lines), ZERO)


@dataclass(slots=True)
class Match:
    """A quantity of a sale line that a return line gives back."""

    returned: ReceiptDraft
    return_line_no: int
    sale_sold_on: date
    sale_receipt_id: int
    sale_line_no: int
    quantity: Decimal
    sale_quantity: Decimal
    returned_before: Decimal


@dataclass(slots=True)
class Posting:
    """Receipts that have just been posted together, in posting order, and what their returns give back."""

    receipts: list[ReceiptDraft]
    matches: list[Match]
