"""Receipts from tills and the e-mall: quote, sale, return, exchange, batch."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Status
from pydantic_core import to_json

from kit.errors import Conflict
from kit.garbage import no_garbage_search
from kit.money import ZERO
from loyalty.api import answers
from loyalty.api.schemas import (
    BatchIn,
    BatchOut,
    ExchangeIn,
    ExchangeOut,
    Key,
    LineIn,
    MemberRef,
    PostedOut,
    QuoteIn,
    QuoteOut,
    ReturnIn,
    SaleIn,
)
from loyalty.api.shared import KEY_HEADER, REFUSALS
from loyalty.services.batches import post_batch
from loyalty.services.quoting import preview, quote_basket
from loyalty.services.till import Posted, post
from loyalty.services.till_inputs import (
    BasketLine,
    Identified,
    Place,
    ReturnedLine,
    Slip,
    find_original,
    identify,
    money_share,
    read_catalogue,
    return_draft,
    sale_draft,
)
from sales.models import Payment, Receipt
from sales.services.drafts import PaymentDraft, ReceiptDraft
from staff.api import ONCE, answer_once
from staff.models import Device

router = Router(tags=["receipts"])
ONCE.update({"sales_receipt_one_per_document", "loyalty_txn_once_per_event"})


@router.post("/quote", response={200: QuoteOut, **REFUSALS}, summary="Quote a basket")
def basket_quote(request: HttpRequest, body: QuoteIn) -> dict[str, Any]:
    """What the basket would earn, the member's discount, the coupons that apply. Nothing is kept."""
    place, who = place_of(request.auth), _who(body.member)
    slip = Slip("quote", timezone.now(), _lines(body.lines), who)
    quote = quote_basket(_sale(slip, place), who.member if who else None)
    return {
        "net_amount": quote.net_amount,
        "discount": quote.discount,
        "points": quote.points,
        "spendable": answers.spendable(who.member) if who else None,
        "coupons": [
            {"number": coupon.number, "name": coupon.kind.name, "takes_off": off} for coupon, off in quote.coupons
        ],
    }


@router.post("", response={201: PostedOut, **REFUSALS}, summary="Post a receipt")
def receipt_post(request: HttpRequest, body: SaleIn, idempotency_key: Key = KEY_HEADER) -> Status:
    """Points, tier and balance come back at once. Retries with the same key are answered the same."""
    place = place_of(request.auth)

    def work() -> tuple[int, dict[str, Any]]:
        (posted,) = post([_sale(_slip(body), place)])
        return 201, _json(answers.posted(posted))

    return Status(*answer_once(request.auth, idempotency_key, {"sale": body.model_dump()}, work))


@router.post("/returns", response={201: PostedOut, **REFUSALS}, summary="Post a return")
def return_post(request: HttpRequest, body: ReturnIn, idempotency_key: Key = KEY_HEADER) -> Status:
    """Names the lines of the original. Points earned by them are taken back, points that paid are given back."""
    place = place_of(request.auth)

    def work() -> tuple[int, dict[str, Any]]:
        (posted,) = post([_return(body, place)])
        return 201, _json(answers.posted(posted))

    return Status(*answer_once(request.auth, idempotency_key, {"return": body.model_dump()}, work))


@router.post("/returns/preview", response={200: PostedOut, **REFUSALS}, summary="Preview a return")
def return_preview(request: HttpRequest, body: ReturnIn) -> dict[str, Any]:
    """Exactly what posting it would do: refund, points taken back, debt, tier after. Nothing is kept."""
    place = place_of(request.auth)
    if Receipt.objects.filter(source=place.source, store_id=place.store_id, document=body.document).exists():
        raise Conflict(_("This receipt number has already been posted."), code="already_posted")
    (posted,) = preview([_return(body, place)])
    return answers.posted(posted)


@router.post("/exchanges", response={201: ExchangeOut, **REFUSALS}, summary="Post an exchange")
def exchange_post(request: HttpRequest, body: ExchangeIn, idempotency_key: Key = KEY_HEADER) -> Status:
    """A return and a sale linked in one posting; the difference is paid, the points are net."""
    place = place_of(request.auth)

    def work() -> tuple[int, dict[str, Any]]:
        back = _return(body.returned, place)
        money = _money(back)
        along = _sale(_slip(body.sold), place, credit=money)
        credit = min(money, along.net_amount)
        back.payments = _payments((Payment.Tender.OTHER.value, credit), (body.returned.tender, money - credit))
        along.exchange_for = back
        along.member_id = along.member_id or back.member_id
        returned, sold = post([back, along])
        return 201, _json(_exchange(returned, sold))

    return Status(*answer_once(request.auth, idempotency_key, {"exchange": body.model_dump()}, work))


@router.post("/batch", response={200: BatchOut, **REFUSALS}, summary="Post a batch of receipts")
def batch_post(request: HttpRequest, body: BatchIn, idempotency_key: Key = KEY_HEADER) -> HttpResponse:
    """Up to 5,000 receipts, set-wise, each with its verdict. Receipts posted before are left alone."""
    place = place_of(request.auth)

    def work() -> tuple[int, dict[str, Any]]:
        with no_garbage_search():
            return 200, post_batch(body.receipts, place)

    status, answer = answer_once(request.auth, idempotency_key, {"batch": body.model_dump_json()}, work)
    # Thousands of verdicts made here need no second check against the schema; the contract test makes it.
    return HttpResponse(to_json(answer), status=status, content_type="application/json; charset=utf-8")


def place_of(device: Device) -> Place:
    """Where a device's receipts come from: its kind is the source, so that tills of a store share documents."""
    channel = Receipt.Channel.EMALL if device.kind == Device.Kind.EMALL else Receipt.Channel.TILL
    return Place(device.store_id, device.kind, channel.value)


def _exchange(returned: Posted, sold: Posted) -> dict[str, Any]:
    back, along = answers.posted(returned), answers.posted(sold)
    return {
        "returned": back,
        "sold": along,
        "difference_to_pay": back["net_amount"] + along["net_amount"],
        "points_net": along.get("points_earned", 0) - back.get("points_taken_back", 0) - back.get("debt_made", 0),
    }


def _slip(body: SaleIn) -> Slip:
    return Slip(
        document=body.document,
        sold_at=body.sold_at,
        lines=_lines(body.lines),
        member=_who(body.member),
        till=body.till,
        cashier=body.cashier,
        payments=[PaymentDraft(payment.tender, payment.amount, payment.reference) for payment in body.payments],
    )


def _lines(lines: Sequence[LineIn]) -> list[BasketLine]:
    return [
        BasketLine(line.product, line.quantity, line.unit_price, line.discount, line.counter, line.name)
        for line in lines
    ]


def _who(ref: MemberRef | None) -> Identified | None:
    return identify(card=ref.card, phone=ref.phone, number=ref.number) if ref else None


def _sale(slip: Slip, place: Place, credit: Decimal = ZERO) -> ReceiptDraft:
    return sale_draft(slip, place, read_catalogue(place.store_id, slip.lines), credit=credit)


def _return(body: ReturnIn, place: Place) -> ReceiptDraft:
    original = find_original(document=body.original, store_id=place.store_id, returning=body.document)
    draft = return_draft(
        document=body.document,
        sold_at=body.sold_at,
        original=original,
        lines=[ReturnedLine(line.line, line.quantity) for line in body.lines],
        place=place,
        till=body.till,
        cashier=body.cashier,
    )
    draft.payments = _payments((body.tender, money_share(original, draft.net_amount)))
    return draft


def _payments(*parts: tuple[str, Decimal]) -> tuple[PaymentDraft, ...]:
    return tuple(PaymentDraft(tender, amount) for tender, amount in parts if amount)


def _money(draft: ReceiptDraft) -> Decimal:
    return sum((payment.amount for payment in draft.payments), ZERO)


def _json(answer: dict[str, Any]) -> dict[str, Any]:
    """As it is stored for retries: decimals and dates as text."""
    return {key: _json(value) if isinstance(value, dict) else _plain(value) for key, value in answer.items()}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str | list) else str(value)
