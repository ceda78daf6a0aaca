"""Receipts for tests, posted through the service that posts all receipts."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

from django.utils import timezone

from members.models import Member
from sales.models import Receipt
from sales.services.drafts import RETURN, SALE, LineDraft, PaymentDraft, ReceiptDraft
from sales.services.posting import post_receipts
from stores.models import Counter, Product, Store
from stores.tests.factories import make_product

_numbers = count(1)


def line_draft(
    product: Product | None = None,
    *,
    net: str = "100.00",
    discount: str = "0.00",
    quantity: str = "1",
    counter: Counter | None = None,
    **fields: object,
) -> LineDraft:
    """A line; brand and category are the counter's."""
    product = product or make_product()
    amount, off = Decimal(net), Decimal(discount)
    return LineDraft(
        product_id=product.pk,
        quantity=Decimal(quantity),
        unit_price=(amount + off) / Decimal(quantity),
        net_amount=amount,
        discount_amount=off,
        counter_id=counter.pk if counter else None,
        brand_id=counter.brand_id if counter else product.brand_id,
        category_id=counter.category_id if counter else product.category_id,
        **fields,
    )


def receipt_draft(
    store: Store,
    *lines: LineDraft,
    kind: str = SALE,
    member: Member | None = None,
    at: datetime | None = None,
    days_ago: int = 0,
    **fields: object,
) -> ReceiptDraft:
    """A receipt of now, or of so many days ago."""
    lines = list(lines or [line_draft()])
    at = at or timezone.now() - timedelta(days=days_ago)
    net = sum(line.net_amount for line in lines)
    fields.setdefault("payments", (PaymentDraft("wechat", net),))
    return ReceiptDraft(
        source="pos",
        document=fields.pop("document", "") or f"T{next(_numbers):06d}",
        store_id=store.pk,
        kind=kind,
        sold_at=at,
        lines=lines,
        member_id=member.pk if member else None,
        **fields,
    )


def make_sale(store: Store, *lines: LineDraft, **fields: object) -> Receipt:
    """A posted sale."""
    draft = receipt_draft(store, *lines, **fields)
    post_receipts([draft])
    return Receipt.objects.get(pk=draft.id)


def make_return(
    sale: Receipt, *, line_no: int = 1, quantity: str = "1", net: str = "100.00", **fields: object
) -> Receipt:
    """A posted return that names the line of its sale."""
    from sales.models import ReceiptLine

    sold = ReceiptLine.objects.get(sold_on=sale.sold_on, receipt_id=sale.pk, line_no=line_no)
    line = LineDraft(
        product_id=sold.product_id,
        quantity=Decimal(quantity),
        unit_price=sold.unit_price,
        net_amount=Decimal(net),
        counter_id=sold.counter_id,
        brand_id=sold.brand_id,
        category_id=sold.category_id,
        original_line_no=line_no,
    )
    original = (sale.source, sale.store_id, sale.document)
    draft = receipt_draft(sale.store, line, kind=RETURN, member=sale.member, original=original, **fields)
    post_receipts([draft])
    return Receipt.objects.get(pk=draft.id)
