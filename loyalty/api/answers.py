"""What the API says about members, receipts and holds."""

from typing import Any

from django.db.models import Sum
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kit import phones
from kit.money import ZERO
from loyalty.models import Account, Coupon, PointsHold, PointsLot
from loyalty.selectors.pooled import shared_points
from loyalty.services.rules import RuleBook, current_rules
from loyalty.services.till import Posted, points_to_pay
from loyalty.services.till_words import words_for
from members.models import Member
from sales.models import Payment
from sales.services.drafts import RETURN


def balance(account: Account | None) -> dict[str, int]:
    """The balances; what has lapsed but is not yet booked as expired does not count as available."""
    if account is None:
        return {"available": 0, "pending": 0, "held": 0, "debt": 0}
    return {
        "available": account.available - _lapsed(account),
        "pending": account.pending,
        "held": account.held,
        "debt": account.debt,
    }


def spendable(found: Member) -> dict[str, int]:
    """What may pay: the member's own points, and what the household adds."""
    shared = shared_points(found)
    own = balance(Account.objects.filter(member=found).first())["available"]
    return {"own": own, "household": shared.points if shared else 0}


def tier(rules: RuleBook, account: Account | None, language: str) -> dict[str, Any]:
    """The star of an account as the till shows it."""
    now = timezone.now()
    found = rules.tier(rules.scheme_at(now), account.tier_rank if account else 0)
    return {
        "rank": found.rank,
        "stars": found.stars,
        "name": found.name if language.startswith("zh") else found.name_en,
        "until": account.tier_until_on if account and found.rank else None,
        "discount": found.discount,
        "parking_hours": found.parking_hours,
    }


def member(found: Member) -> dict[str, Any]:
    """All a till needs to know about a member; the phone is masked."""
    account = Account.objects.filter(member=found).first()
    now = timezone.now()
    coupons = Coupon.objects.filter(member=found, state=Coupon.State.ISSUED, expires_at__gt=now)
    birthday = found.next_birthday_on == timezone.localdate()
    zh = found.language.startswith("zh")
    phone = found.phones.filter(is_primary=True).values_list("e164", flat=True).first()
    return {
        "member_no": found.member_no,
        "name": found.display_name,
        "phone": phones.mask(phone),
        "language": found.language,
        "tier": tier(current_rules(), account, found.language),
        "points": balance(account),
        "household_points": shared.points if (shared := shared_points(found)) else 0,
        "coupons": [
            {
                "number": coupon.number,
                "name": coupon.kind.name if zh else coupon.kind.name_en or coupon.kind.name,
                "amount_off": coupon.kind.amount,
                "rate_off": coupon.kind.rate,
                "minimum_spend": coupon.kind.minimum_spend,
                "valid_until": timezone.localtime(coupon.expires_at).isoformat(),
            }
            for coupon in coupons.select_related("kind").order_by("expires_at")[:50]
        ],
        "birthday_today": birthday,
        "agreed_discount": found.agreed_discount,
        "greeting": greeting(found, birthday),
        "offers": _offers(found),
    }


def _offers(found: Member) -> list[str]:
    """What the cashier may say of running offers, in the member's language."""
    with translation.override(found.language):
        return words_for(found)


def greeting(found: Member, birthday: bool) -> str:
    """A line for the cashier to say, in the member's language."""
    with translation.override(found.language):
        if birthday:
            return _("Happy birthday, %(name)s!") % {"name": found.display_name}
        return _("Welcome, %(name)s.") % {"name": found.display_name}


def posted(one: Posted, language: str = "zh-hans") -> dict[str, Any]:
    """A receipt as posted and what it did."""
    receipt, outcome = one.receipt, one.outcome
    answer: dict[str, Any] = {
        "document": receipt.document,
        "receipt_id": receipt.id,
        "net_amount": receipt.sign * receipt.net_amount,
    }
    if receipt.kind == RETURN:
        answer["refund"] = sum((payment.amount for payment in receipt.payments), ZERO)
    if outcome is None or one.account is None:
        return answer
    rules = one.rules
    paid = sum(p.amount for p in receipt.payments if p.tender == Payment.Tender.POINTS)
    return answer | {
        "points_earned": outcome.earned,
        "points_redeemed": points_to_pay(paid, rules.programme_at(receipt.sold_at)) if paid else 0,
        "points_taken_back": outcome.taken_back,
        "points_restored": outcome.restored,
        "debt_made": outcome.owed,
        "points": balance(one.account),
        "tier": tier(rules, one.account, language),
        "tier_changed": outcome.tier_after != outcome.tier_before,
    }


def hold(found: PointsHold) -> dict[str, Any]:
    """A hold and the balance beside it."""
    return {
        "hold_id": found.pk,
        "state": found.state,
        "points": found.points,
        "captured": found.captured,
        "lapses_at": timezone.localtime(found.expires_at).isoformat(),
        "balance": balance(Account.objects.get(pk=found.account_id)),
    }


def _lapsed(account: Account) -> int:
    now = timezone.now()
    if account.next_expiry_at is None or account.next_expiry_at > now or not account.available:
        return 0
    lots = PointsLot.objects.filter(account=account, remaining__gt=0, expires_at__lte=now, is_pending=False)
    sums = lots.aggregate(remaining=Sum("remaining"), earmarked=Sum("earmarked"))
    return (sums["remaining"] or 0) - (sums["earmarked"] or 0)
