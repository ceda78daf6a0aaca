"""The till in the browser: the same drafts and postings as the till's API, with a document made from the form's key."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.money import FEN, ZERO, to_fen
from loyalty.exceptions import CouponRefused
from loyalty.models import Account, Coupon, Tier
from loyalty.services.coupons import refusal, worth
from loyalty.services.quoting import Quote, preview, quote_basket
from loyalty.services.rules import current_rules
from loyalty.services.till import Posted, points_to_pay, post
from loyalty.services.till_inputs import (
    BasketLine,
    Identified,
    Place,
    ReturnedLine,
    Slip,
    money_share,
    read_catalogue,
    return_draft,
    sale_draft,
)
from members.models import Member
from sales.models import Payment, Receipt
from sales.services.drafts import PaymentDraft, ReceiptDraft
from staff.audit import record
from staff.models import User

SOURCE = "desk"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person at the till has filled in."""

    key: str
    store_id: int
    lines: Sequence[BasketLine]
    who: Identified | None = None
    gives_discount: bool = True
    points: int = 0
    coupons: Sequence[str] = ()
    tender: str = Payment.Tender.WECHAT.value
    tender_too: str = ""
    amount_too: Decimal = ZERO


@dataclass(slots=True)
class Basket:
    """A sale priced and ready to be posted, with what is still to pay and how."""

    draft: ReceiptDraft
    quote: Quote
    rate: Decimal
    gross: Decimal
    discount: Decimal
    points_amount: Decimal = ZERO
    coupon_amount: Decimal = ZERO
    credit: Decimal = ZERO
    rest: Decimal = ZERO
    used: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Returning:
    """What comes back, and the goods taken instead, if any."""

    key: str
    store_id: int
    original: Receipt
    lines: Sequence[ReturnedLine]
    tender: str = Payment.Tender.WECHAT.value
    basket: Sequence[BasketLine] = ()


@dataclass(frozen=True, slots=True)
class ReturnEffect:
    """What a return or exchange does, before or after it is posted."""

    refund: Decimal
    money_back: Decimal
    sold: Decimal
    points_earned: int
    taken_back: int
    owed: int
    forgiven: int
    restored: int
    available: int
    debt: int
    tier_before: Tier | None
    tier_after: Tier | None
    has_member: bool

    @property
    def to_pay(self) -> Decimal:
        """What the customer pays on top; negative: gets back."""
        return self.sold - self.money_back

    @property
    def pay_out(self) -> Decimal:
        """What the customer gets in money."""
        return max(-self.to_pay, ZERO)

    @property
    def seal(self) -> str:
        """What was shown, in short: posting something else asks again."""
        rank = self.tier_after.rank if self.tier_after else ""
        return "/".join(
            str(part)
            for part in (self.refund, self.sold, self.taken_back, self.owed, self.restored, self.points_earned, rank)
        )


def document_of(prefix: str, key: str) -> str:
    """The receipt number that belongs to a form: sent twice it is the same, so the second changes nothing."""
    return f"{prefix}-{key[:12].upper()}"


def posted_before(document: str, store_id: int) -> Receipt | None:
    """The receipt this form has posted already, if it has."""
    return (
        Receipt.objects.filter(source=SOURCE, store_id=store_id, document=document, is_reversed=False)
        .exclude(kind=Receipt.Kind.REVERSAL)
        .first()
    )


def discount_rate(member: Member | None, rank: int) -> Decimal:
    """The member's discount: the star's or the agreed one, whichever is more."""
    if member is None:
        return ZERO
    rules = current_rules()
    rate = rules.tier(rules.scheme_at(timezone.now()), rank).discount if rules.schemes else ZERO
    if member.agreed_discount is not None:
        rate = max(rate, 1 - member.agreed_discount)
    return rate


def price(wanted: Wanted, *, credit: Decimal = ZERO) -> Basket:
    """Price a basket as it would be posted: discount, coupons, points, and what is left to pay. Posts nothing."""
    draft = _sale(wanted)
    member = wanted.who.member if wanted.who else None
    rank = (Account.objects.filter(member=member).values_list("tier_rank", flat=True).first() or 0) if member else 0
    gross = draft.net_amount + draft.discount_amount
    rate = discount_rate(member, rank) if wanted.gives_discount else ZERO
    for line in draft.lines:
        if rate and not line.discount_amount:
            line.discount_amount = to_fen(line.net_amount * rate)
            line.net_amount -= line.discount_amount
    basket = Basket(draft, quote_basket(draft, member), rate, gross, draft.discount_amount)
    left = draft.net_amount
    payments: list[PaymentDraft] = []
    basket.credit = min(credit, left)
    left -= basket.credit
    if basket.credit:
        payments.append(PaymentDraft(Payment.Tender.OTHER.value, basket.credit, _("credit of the return")))
    for coupon, off in _coupons(wanted, draft):
        amount = min(off, left)
        if amount:
            payments.append(PaymentDraft(Payment.Tender.COUPON.value, amount, coupon.number))
            basket.coupon_amount += amount
            basket.used.append(coupon.number)
            left -= amount
    if wanted.points and member:
        programme = current_rules().programme_at(draft.sold_at)
        amount = (Decimal(wanted.points) / programme.points_per_yuan_paid).quantize(FEN, rounding=ROUND_FLOOR)
        basket.points_amount = min(amount, left)
        if basket.points_amount:
            payments.append(PaymentDraft(Payment.Tender.POINTS.value, basket.points_amount))
            left -= basket.points_amount
    if wanted.tender_too and wanted.amount_too:
        amount = min(wanted.amount_too, left)
        if amount:
            payments.append(PaymentDraft(wanted.tender_too, amount))
            left -= amount
    basket.rest = left
    if left:
        payments.append(PaymentDraft(wanted.tender, left))
    draft.payments = tuple(payments)
    if payments and member:
        basket.quote = quote_basket(draft, member)
    return basket


def ring_up(wanted: Wanted, *, actor: User) -> Receipt:
    """Post the sale. The same form posts once; a second call returns the first receipt."""
    document = document_of("D", wanted.key)
    return _once(document, wanted.store_id, actor, "loyalty.desk_sale_posted", lambda: [price(wanted).draft])


def preview_return(returning: Returning) -> ReturnEffect:
    """Exactly what posting it would do. Nothing is kept."""
    drafts, money = _return_drafts(returning)
    return _effect(preview(drafts), money)


def post_return(returning: Returning, *, actor: User) -> Receipt:
    """Post the return, and with goods taken instead the exchange. The same form posts once."""
    document = document_of("R", returning.key)
    return _once(
        document, returning.store_id, actor, "loyalty.desk_return_posted", lambda: _return_drafts(returning)[0]
    )


def _once(document: str, store_id: int, actor: User, action: str, drafts) -> Receipt:
    if found := posted_before(document, store_id):
        return found
    try:
        with transaction.atomic():
            posted = post(drafts(), booked_by_id=actor.pk)
            receipt = Receipt.objects.get(pk=posted[-1].receipt.id)
            record(actor, action, receipt, store=store_id, document=document, amount=str(receipt.net_amount))
            return receipt
    except IntegrityError:
        # Another click of the same form was quicker.
        if found := posted_before(document, store_id):
            return found
        raise


def _place(store_id: int) -> Place:
    return Place(store_id, SOURCE, Receipt.Channel.TILL.value)


def _sale(wanted: Wanted, prefix: str = "D") -> ReceiptDraft:
    slip = Slip(document_of(prefix, wanted.key), timezone.now(), wanted.lines, wanted.who, till="DESK")
    return sale_draft(slip, _place(wanted.store_id), read_catalogue(wanted.store_id, wanted.lines))


def _coupons(wanted: Wanted, draft: ReceiptDraft) -> list[tuple[Coupon, Decimal]]:
    """The coupons chosen, with what each takes off; one that cannot be used here is refused in words."""
    if not wanted.coupons:
        return []
    found = Coupon.objects.filter(number__in=list(wanted.coupons)).select_related("kind").order_by("pk")
    chosen = []
    for coupon in found:
        if reason := refusal(coupon, draft, draft.sold_at):
            raise CouponRefused(reason)
        chosen.append((coupon, worth(coupon, draft.net_amount)))
    return chosen


def _return_drafts(returning: Returning) -> tuple[list[ReceiptDraft], Decimal]:
    """The drafts of the return (and of the sale of an exchange), and the money that goes back for the goods."""
    original = returning.original
    back = return_draft(
        document=document_of("R", returning.key),
        sold_at=timezone.now(),
        original=original,
        lines=returning.lines,
        place=_place(returning.store_id),
        till="DESK",
    )
    money = money_share(original, back.net_amount)
    if not returning.basket:
        back.payments = (PaymentDraft(returning.tender, money),) if money else ()
        return [back], money
    who = Identified(original.member_id, original.card_number) if original.member_id else None
    wanted = Wanted(f"{returning.key}", returning.store_id, returning.basket, who, tender=returning.tender)
    basket = price(wanted, credit=money)
    along = basket.draft
    along.document = document_of("X", returning.key)
    along.exchange_for = back
    left = money - basket.credit
    back.payments = tuple(
        PaymentDraft(tender, amount)
        for tender, amount in ((Payment.Tender.OTHER.value, basket.credit), (returning.tender, left))
        if amount
    )
    return [back, along], money


def _effect(posted: Sequence[Posted], money: Decimal) -> ReturnEffect:
    back, along = posted[0], posted[1] if len(posted) > 1 else None
    outcome, last = back.outcome, (along or back).outcome
    account, rules = back.account, back.rules
    tier_before = tier_after = None
    if outcome and rules.schemes:
        scheme = rules.scheme_at(timezone.now())
        tier_before, tier_after = rules.tier(scheme, outcome.tier_before), rules.tier(scheme, last.tier_after)
    return ReturnEffect(
        refund=back.receipt.net_amount,
        money_back=money,
        sold=along.receipt.net_amount if along else ZERO,
        points_earned=along.outcome.earned if along and along.outcome else 0,
        taken_back=outcome.taken_back if outcome else 0,
        owed=outcome.owed if outcome else 0,
        forgiven=outcome.forgiven if outcome else 0,
        restored=outcome.restored if outcome else 0,
        available=account.available if account else 0,
        debt=account.debt if account else 0,
        tier_before=tier_before,
        tier_after=tier_after,
        has_member=account is not None,
    )


def points_of_payment(amount: Decimal) -> int:
    """How many points an amount takes at today's rate."""
    return points_to_pay(amount, current_rules().programme_at(timezone.now()))
