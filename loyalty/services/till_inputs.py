"""From what a till sends (codes, numbers) to drafts with our ids; what is unknown is refused in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from kit import phones
from kit.errors import Conflict
from kit.money import ZERO, share, to_fen
from loyalty.exceptions import UnknownMember
from members.models import Member, MemberCard
from members.selectors import card_owner, member_by_member_no, members_by_phone
from sales.exceptions import OriginalNotFound, ReceiptRefused
from sales.models import Payment, Receipt, ReceiptLine
from sales.services.drafts import RETURN, SALE, LineDraft, PaymentDraft, ReceiptDraft
from stores.models import Product

CLOCKS_MAY_DIFFER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Identified:
    """Who stands at the till, and by which card; a batch knows the ids only."""

    member_id: int
    card_number: str = ""
    found: Member | None = None

    @property
    def member(self) -> Member:
        """The member's row; of a merged one the winner's."""
        return self.found or _living(Member.objects.select_related("merged_into").get(pk=self.member_id))


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A line as the till knows it."""

    product: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = ZERO
    counter: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """A line of the original that comes back, in whole or in part."""

    line: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Slip:
    """What a till sends for one sale."""

    document: str
    sold_at: datetime
    lines: Sequence[BasketLine]
    member: Identified | None = None
    till: str = ""
    cashier: str = ""
    payments: Sequence[PaymentDraft] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where slips come from."""

    store_id: int
    source: str
    channel: str
    posted_by_id: int | None = None


@dataclass(slots=True)
class Catalogue:
    """Ids for the codes of some lines, read in two statements."""

    products: dict[str, tuple] = field(default_factory=dict)
    counters: dict[str, tuple] = field(default_factory=dict)


def identify(*, card: str = "", phone: str = "", number: str = "") -> Identified:
    """The member by card, phone or member number. A blocked card and a shared phone are refused in words."""
    if card:
        found = card_owner(card)
        if found is None:
            raise UnknownMember
        status, number, member_id = found
        if status != MemberCard.Status.ACTIVE:
            raise Conflict(
                _("This card is %(status)s. Please ask at the member desk.")
                % {"status": MemberCard.Status(status).label},
                code="card_not_active",
            )
        return Identified(member_id, number)
    if phone:
        members = members_by_phone(phones.normalise(phone))
        if not members:
            raise UnknownMember
        if len(members) > 1:
            raise Conflict(
                _("%(count)s members share this phone. Please use a card or the member number.")
                % {"count": len(members)},
                code="phone_shared",
            )
        return _as_found(_living(members[0]))
    member = member_by_member_no(number) if number else None
    if member is None:
        raise UnknownMember
    return _as_found(_living(member))


def read_catalogue(store_id: int, lines: Sequence[BasketLine]) -> Catalogue:
    """Look up products and counters; a product sold for the first time is added under the name on the slip."""
    codes = {line.product for line in lines}
    products = _products(codes)
    unknown = {line.product: line.name or line.product for line in lines if line.product not in products}
    if unknown:
        Product.objects.bulk_create(
            (Product(code=code, name=name[:200]) for code, name in sorted(unknown.items())), ignore_conflicts=True
        )
        products |= _products(set(unknown))
    counter_codes = {line.counter for line in lines if line.counter}
    counters = {}
    if counter_codes:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT code, id, brand_id, category_id FROM stores_counter WHERE store_id = %s AND code = ANY(%s)",
                [store_id, sorted(counter_codes)],
            )
            counters = {code: rest for code, *rest in cursor.fetchall()}
    return Catalogue(products, counters)


def sale_draft(slip: Slip, place: Place, catalogue: Catalogue, *, credit: Decimal = ZERO) -> ReceiptDraft:
    """The draft of a sale. Raises `ReceiptRefused` with the reason.

    ``credit`` is what an exchange brings along from the return; it pays first.
    """
    check_time(slip.sold_at, slip.document)
    draft = ReceiptDraft(
        source=place.source,
        document=slip.document,
        store_id=place.store_id,
        kind=SALE,
        sold_at=slip.sold_at,
        lines=[_line(line, catalogue, slip.document) for line in slip.lines],
        member_id=slip.member.member_id if slip.member else None,
        channel=place.channel,
        till=slip.till,
        cashier=slip.cashier,
        posted_by_id=place.posted_by_id,
        card_number=slip.member.card_number if slip.member else "",
        payments=tuple(slip.payments),
    )
    if credit:
        draft.payments = (PaymentDraft(Payment.Tender.OTHER.value, min(credit, draft.net_amount)), *draft.payments)
    paid = sum((payment.amount for payment in draft.payments), ZERO)
    if slip.payments and paid != draft.net_amount:
        raise ReceiptRefused(
            _("The payments come to %(paid)s, the receipt to %(total)s.") % {"paid": paid, "total": draft.net_amount},
            document=slip.document,
        )
    return draft


def return_draft(
    *,
    document: str,
    sold_at: datetime,
    original: Receipt,
    lines: Sequence[ReturnedLine],
    place: Place,
    till: str = "",
    cashier: str = "",
    payments: Sequence[PaymentDraft] = (),
) -> ReceiptDraft:
    """The draft of a return of lines of a receipt; each refunds its share of what was paid for it."""
    check_time(sold_at, document)
    sold = {line.line_no: line for line in ReceiptLine.objects.filter(sold_on=original.sold_on, receipt_id=original.pk)}
    drafts = []
    for wanted in lines:
        line = sold.get(wanted.line)
        if line is None:
            raise OriginalNotFound(document=document)
        drafts.append(_returned(line, wanted))
    return ReceiptDraft(
        source=place.source,
        document=document,
        store_id=place.store_id,
        kind=RETURN,
        sold_at=sold_at,
        lines=drafts,
        member_id=original.member_id,
        channel=place.channel,
        till=till,
        cashier=cashier,
        posted_by_id=place.posted_by_id,
        card_number=original.card_number,
        payments=tuple(payments),
        original=(original.source, original.store_id, original.document),
        original_id=original.pk,
    )


def money_share(original: Receipt, refund: Decimal) -> Decimal:
    """The part of a refund that was paid in money: what points and coupons paid comes back as points and coupons."""
    payments = list(Payment.objects.filter(receipt=original).values_list("tender", "amount"))
    paid = sum((amount for _tender, amount in payments), ZERO)
    not_money = (Payment.Tender.POINTS.value, Payment.Tender.COUPON.value)
    money = sum((amount for tender, amount in payments if tender not in not_money), ZERO)
    return share(refund, money, paid) if paid > 0 else refund


def find_original(*, document: str, store_id: int, returning: str) -> Receipt:
    """The sale a customer brings back: of this store, or of another store of the chain when only that one has it."""
    found = list(
        Receipt.objects.filter(document=document, kind=Receipt.Kind.SALE, is_reversed=False).order_by("-sold_at")[:20]
    )
    here = [receipt for receipt in found if receipt.store_id == store_id] or found
    if len(here) != 1:
        raise OriginalNotFound(document=returning)
    return here[0]


def check_time(sold_at: datetime, document: str) -> None:
    """Refuse a time in the future, or one no till can mean."""
    if sold_at > timezone.now() + CLOCKS_MAY_DIFFER:
        raise ReceiptRefused(_("The time of sale lies in the future. Check the clock of the till."), document=document)
    if sold_at.year < 2000:
        raise ReceiptRefused(_("The time of sale is before the year 2000."), document=document)


def _line(line: BasketLine, catalogue: Catalogue, document: str) -> LineDraft:
    product_id, brand_id, category_id, is_service, counter_id = catalogue.products[line.product]
    if line.counter:
        if line.counter not in catalogue.counters:
            raise ReceiptRefused(
                _("Counter %(code)s is not known in this store.") % {"code": line.counter}, document=document
            )
        counter_id, counter_brand, counter_category = catalogue.counters[line.counter]
        brand_id, category_id = brand_id or counter_brand, category_id or counter_category
    net = to_fen(line.quantity * line.unit_price) - line.discount
    if net < 0:
        raise ReceiptRefused(
            _("The discount on %(product)s is more than its price.") % {"product": line.product}, document=document
        )
    return LineDraft(
        product_id=product_id,
        quantity=line.quantity,
        unit_price=line.unit_price,
        net_amount=net,
        discount_amount=line.discount,
        counter_id=counter_id,
        brand_id=brand_id,
        category_id=category_id,
        is_service=is_service,
    )


def _returned(line: ReceiptLine, wanted: ReturnedLine) -> LineDraft:
    """The refund is cumulative too: what was paid less what parts returned before have refunded."""
    before = share(line.net_amount, line.returned_quantity, line.quantity)
    after = share(line.net_amount, min(line.returned_quantity + wanted.quantity, line.quantity), line.quantity)
    discount_before = share(line.discount_amount, line.returned_quantity, line.quantity)
    discount_after = share(
        line.discount_amount, min(line.returned_quantity + wanted.quantity, line.quantity), line.quantity
    )
    return LineDraft(
        product_id=line.product_id,
        quantity=wanted.quantity,
        unit_price=line.unit_price,
        net_amount=after - before,
        discount_amount=discount_after - discount_before,
        counter_id=line.counter_id,
        brand_id=line.brand_id,
        category_id=line.category_id,
        is_service=line.is_service,
        original_line_no=line.line_no,
    )


def _products(codes: set[str]) -> dict[str, tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, id, brand_id, category_id, is_service, counter_id FROM stores_product WHERE code = ANY(%s)",
            [sorted(codes)],
        )
        return {code: rest for code, *rest in cursor.fetchall()}


def _as_found(member: Member, card_number: str = "") -> Identified:
    return Identified(member.pk, card_number, member)


def _living(member: Member) -> Member:
    return member.merged_into if member.merged_into_id else member
