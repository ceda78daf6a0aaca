from loyalty.models.accounts import Account, HoldLot, PointsDebt, PointsHold
from loyalty.models.adjustments import Adjustment
from loyalty.models.figures import PointsDay
from loyalty.models.ledger import EarnLine, LotAllocation, PointsEntry, PointsLot, PointsTxn
from loyalty.models.rewards import Coupon, CouponKind, Milestone, MilestoneAward, Redemption, Reward
from loyalty.models.rules import EarningRule, Programme
from loyalty.models.tiers import Tier, TierPeriod, TierProgress, TierScheme

__all__ = [
    "Account",
    "Adjustment",
    "Coupon",
    "CouponKind",
    "EarnLine",
    "EarningRule",
    "HoldLot",
    "LotAllocation",
    "Milestone",
    "MilestoneAward",
    "PointsDay",
    "PointsDebt",
    "PointsEntry",
    "PointsHold",
    "PointsLot",
    "PointsTxn",
    "Programme",
    "Redemption",
    "Reward",
    "Tier",
    "TierPeriod",
    "TierProgress",
    "TierScheme",
]
