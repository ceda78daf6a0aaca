"""Points and coupons as their owner takes them along."""

from django.utils.translation import gettext_lazy as _

from loyalty.models import Coupon
from loyalty.selectors.holdings import account_of
from loyalty.selectors.ledger import ledger_of
from loyalty.services.explaining import effects_of
from members.models import Member
from members.services.self_export import register

MOST_ROWS = 5_000


def exported_points(member: Member) -> list[dict[str, object]]:
    """What moved the points, newest first."""
    txns = list(ledger_of(account_of(member)).order_by("-pk")[:MOST_ROWS])
    effects = effects_of(txns)
    return [
        {
            "at": txn.business_at,
            "kind": txn.kind,
            "store": txn.store.name if txn.store else "",
            "points": sum(effects[txn.pk].values()),
        }
        for txn in txns
    ]


def exported_coupons(member: Member) -> list[dict[str, object]]:
    """The coupons, newest first."""
    rows = Coupon.objects.filter(member=member).order_by("-issued_at", "-pk")
    return list(rows.values("number", "kind__name", "state", "issued_at", "expires_at", "redeemed_at")[:MOST_ROWS])


def register_sections() -> None:
    """Declare our parts of a member's export."""
    register("points", _("Points"), exported_points)
    register("coupons", _("Coupons"), exported_coupons)
