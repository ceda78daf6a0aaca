"""What loyalty shows members on their own pages: points and when they lapse, the star, coupons, what moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kit import panels
from kit.qr import qr_svg
from loyalty.models import Account, Coupon, PointsTxn, TierPeriod
from loyalty.panels import Known, known_of
from loyalty.selectors.holdings import valid_coupons
from loyalty.selectors.ledger import ledger_of
from loyalty.services.explaining import effects_of, why_star
from members.models import Member

NEWEST = 8


@dataclass(frozen=True)
class Moved:
    """One line of the short ledger: when, what, how many points."""

    at: datetime
    what: str
    where: str
    points: int


@dataclass(frozen=True)
class Shown:
    """A coupon and its code as the till reads it."""

    coupon: Coupon
    code: SafeString


@panels.register("me.main", name="points", order=10)
def own_points(request: HttpRequest, member: Member) -> str:
    """The points, when they lapse, and what moved lately."""
    known = known_of(request, member)
    context = {"known": known, "moved": _moved(known.account)}
    return render_to_string("loyalty/me_points.html", context, request)


@panels.register("me.main", name="star", order=20)
def own_star(request: HttpRequest, member: Member) -> str | None:
    """The star, what is missing to keep it and to rise, and why it is held."""
    known = known_of(request, member)
    if not known.standing:
        return None
    context = {"standing": known.standing, "why": _why(known)}
    return render_to_string("loyalty/me_star.html", context, request)


@panels.register("me.main", name="coupons", order=30)
def own_coupons(request: HttpRequest, member: Member) -> str | None:
    """Coupons as QR codes."""
    coupons = [
        Shown(coupon, qr_svg(coupon.number, _("Coupon %(number)s") % {"number": coupon.number}))
        for coupon in valid_coupons(member)
    ]
    return render_to_string("loyalty/me_coupons.html", {"coupons": coupons}, request) if coupons else None


def _why(known: Known) -> str:
    """The evidence of the star; what a colleague decided and why is not for the member's eyes."""
    if not known.account or not known.account.tier_rank:
        return ""
    periods = TierPeriod.objects.filter(account=known.account).select_related("tier")
    period = periods.order_by("-from_on", "-pk").first()
    return why_star(period, known.rules.schemes[-1].basis) if period and not period.decided_by_id else ""


def _moved(account: Account | None) -> list[Moved]:
    txns: Sequence[PointsTxn] = ledger_of(account).order_by("-pk")[:NEWEST]
    found = list(txns)
    effects = effects_of(found)
    return [
        Moved(
            txn.business_at,
            str(txn.get_kind_display()),
            txn.store.label if txn.store else "",
            sum(effects[txn.pk].values()),
        )
        for txn in found
    ]
