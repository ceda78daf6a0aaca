"""Coupons: issued once per cause, redeemed once at the till, given back with the goods."""

import secrets
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.money import to_fen
from loyalty.exceptions import CouponRefused
from loyalty.locks import lock_coupons
from loyalty.models import Coupon, CouponKind
from sales.exceptions import ReceiptRefused
from sales.models import Payment
from sales.services.drafts import RETURN, SALE, Posting, ReceiptDraft
from staff.audit import record
from staff.models import User

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@transaction.atomic
def issue_coupon(*, kind_id: int, member_id: int, source: str, source_key: str, actor: User | None) -> Coupon:
    """Give a member a coupon. The same cause (``source_key``) gives it once; a second call returns the first."""
    if coupon := Coupon.objects.filter(source_key=source_key).first():
        return coupon
    kind = CouponKind.objects.get(pk=kind_id)
    if not kind.is_active:
        raise CouponRefused(_("This kind of coupon is no longer issued."))
    now = timezone.now()
    coupon = Coupon.objects.create(
        number="".join(secrets.choice(ALPHABET) for _place in range(12)),
        kind=kind,
        member_id=member_id,
        issued_at=now,
        expires_at=now + timedelta(days=kind.valid_days),
        source=source,
        source_key=source_key,
    )
    record(actor, "loyalty.coupon_issued", coupon, kind=kind.code, member=member_id)
    return coupon


def worth(coupon: Coupon, net_amount: Decimal) -> Decimal:
    """What a coupon takes off a receipt of this amount: its amount or its rate, never more than the receipt."""
    kind = coupon.kind
    off = kind.amount if kind.amount is not None else to_fen(net_amount * kind.rate)
    return min(off, net_amount)


def refusal(coupon: Coupon, receipt: ReceiptDraft, at: datetime) -> str:
    """Why a coupon cannot be used on a receipt, or nothing."""
    kind = coupon.kind
    if coupon.member_id != receipt.member_id:
        return _("Coupon %(number)s belongs to another member.") % {"number": coupon.number}
    if coupon.state != Coupon.State.ISSUED:
        return _("Coupon %(number)s has already been used or has ended.") % {"number": coupon.number}
    if coupon.expires_at <= at:
        return _("Coupon %(number)s has expired.") % {"number": coupon.number}
    if kind.store_id and kind.store_id != receipt.store_id:
        return _("Coupon %(number)s is valid in another store.") % {"number": coupon.number}
    eligible = sum(
        (line.net_amount for line in receipt.lines if not kind.brand_id or line.brand_id == kind.brand_id),
        Decimal(0),
    )
    if eligible < kind.minimum_spend or not eligible:
        return _("Coupon %(number)s needs a purchase of %(amount)s.") % {
            "number": coupon.number,
            "amount": kind.minimum_spend,
        }
    return ""


def follow_posting(posting: Posting) -> None:
    """Redeem the coupons that paid for the sales of a posting; give back those of sales that came back whole."""
    _redeem(posting)
    _give_back(posting)


def _redeem(posting: Posting) -> None:
    used = {
        payment.reference: (receipt, payment.amount)
        for receipt in posting.receipts
        if receipt.kind == SALE
        for payment in receipt.payments
        if payment.tender == Payment.Tender.COUPON
    }
    if not used:
        return
    coupons = {coupon.number: coupon for coupon in lock_coupons(used)}
    for number, (receipt, amount) in used.items():
        coupon = coupons.get(number)
        if coupon is None:
            raise ReceiptRefused(_("There is no coupon %(number)s.") % {"number": number}, document=receipt.document)
        reason = refusal(coupon, receipt, receipt.sold_at)
        if not reason and amount > worth(coupon, receipt.net_amount):
            reason = _("Coupon %(number)s is worth %(amount)s on this receipt.") % {
                "number": number,
                "amount": worth(coupon, receipt.net_amount),
            }
        if reason:
            raise ReceiptRefused(reason, document=receipt.document)
        coupon.state, coupon.redeemed_at = Coupon.State.REDEEMED, receipt.sold_at
        coupon.receipt_id, coupon.amount = receipt.id, amount
    Coupon.objects.bulk_update(coupons.values(), ["state", "redeemed_at", "receipt", "amount"])


def _give_back(posting: Posting) -> None:
    originals: dict[int, datetime] = defaultdict(lambda: timezone.now())
    for receipt in posting.receipts:
        if receipt.kind == RETURN and receipt.original_id:
            originals[receipt.original_id] = receipt.sold_at
    if not originals:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.id FROM sales_receipt r JOIN sales_receiptline l ON l.sold_on = r.sold_on AND l.receipt_id = r.id"
            " WHERE r.id = ANY(%s) AND EXISTS (SELECT 1 FROM loyalty_coupon c WHERE c.receipt_id = r.id)"
            " GROUP BY r.id HAVING bool_and(l.returned_quantity = l.quantity)",
            [list(originals)],
        )
        whole = [row[0] for row in cursor.fetchall()]
    if whole:
        Coupon.objects.filter(receipt_id__in=whole, state=Coupon.State.REDEEMED).update(
            state=Coupon.State.ISSUED, redeemed_at=None, receipt=None, amount=None
        )


def expire_coupons(*, now: datetime) -> int:
    """Mark the coupons whose time is over; running it again marks none."""
    return Coupon.objects.filter(state=Coupon.State.ISSUED, expires_at__lte=now).update(state=Coupon.State.EXPIRED)
