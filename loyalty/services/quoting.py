"""Dry runs for the till: what a basket would earn, what a return would cost. Nothing is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from kit.money import ZERO, to_fen
from loyalty.models import Account, Coupon
from loyalty.services import audiences, birthdays
from loyalty.services.coupons import refusal, worth
from loyalty.services.rules import current_rules
from loyalty.services.till import Posted, post
from members.models import Member
from sales.services.drafts import ReceiptDraft


@dataclass(frozen=True, slots=True)
class Quote:
    """What a basket would come to, earn, and which coupons apply with what they take off."""

    net_amount: Decimal
    discount: Decimal
    points: int
    coupons: Sequence[tuple[Coupon, Decimal]]


def quote_basket(draft: ReceiptDraft, member: Member | None) -> Quote:
    """Price a basket for a member as a posting would, without posting it."""
    if member is None:
        return Quote(draft.net_amount, ZERO, 0, ())
    rules = current_rules()
    rank = Account.objects.filter(member=member).values_list("tier_rank", flat=True).first() or 0
    tier = rules.tier(rules.scheme_at(draft.sold_at), rank)
    rate = tier.discount
    if member.agreed_discount is not None:
        rate = max(rate, 1 - member.agreed_discount)
    undiscounted = sum((line.net_amount for line in draft.lines if not line.discount_amount), ZERO)
    discount = to_fen(undiscounted * rate)
    for line in draft.lines:
        if not line.discount_amount:
            line.net_amount -= to_fen(line.net_amount * rate)
    near = None
    if rules.looks_at_birthdays and member.has_birthday:
        near = birthdays.distance(member, draft.sold_on)
    draft.member_id = member.pk
    belongs = audiences.belonging([draft], rules).get(member.pk, frozenset())
    _programme, priced = rules.price_receipt(draft, rank=rank, birthday_near=near, audiences=belongs)
    points = sum(price.points(amount) for _line, amount, price in priced)
    now = timezone.now()
    valid = Coupon.objects.filter(member=member, state=Coupon.State.ISSUED, expires_at__gt=now).select_related("kind")
    usable = [(coupon, worth(coupon, draft.net_amount)) for coupon in valid if not refusal(coupon, draft, now)]
    return Quote(draft.net_amount, discount, points, usable)


def preview(drafts: Sequence[ReceiptDraft]) -> list[Posted]:
    """Post and take it all back: exactly what posting would do, refusals included."""
    with transaction.atomic():
        posted = post(drafts)
        transaction.set_rollback(True)
    return posted
