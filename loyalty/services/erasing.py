"""What stays of a member's points when the member is erased."""

from loyalty.models import Coupon
from members.services.erasing import Gone, register, stays


def coupons_are_cancelled(gone: Gone) -> int:
    """A coupon in the hand of nobody is worth nothing; used ones stay in the books."""
    coupons = Coupon.objects.filter(member_id__in=gone.ids, state=Coupon.State.ISSUED)
    return coupons.update(state=Coupon.State.CANCELLED)


def register_policies() -> None:
    """The ledger stays whole: append-only, without a name; points left lapse on their days."""
    register("loyalty.Coupon", coupons_are_cancelled)
    stays("loyalty.Account", "balances of a ledger; points left lapse on their days")
    stays("loyalty.PointsTxn", "append-only ledger: documents, and reasons of bookings")
    stays("loyalty.EarnLine", "how points were computed")
    stays("loyalty.Adjustment", "reason of a booking in the ledger")
    stays("loyalty.TierPeriod", "why a star was held")
    stays("loyalty.MilestoneAward", "no words, only a period")
