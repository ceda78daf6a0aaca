"""Who sells here, on what terms, and how well."""

from suppliers.models.contracts import (
    Contract,
    ContractCounter,
    ContractDocument,
    ContractMilestone,
    ContractVersion,
    MonthTarget,
)
from suppliers.models.dealings import PartyContact, PartyEvent, PartyTask
from suppliers.models.fees import DepositEntry, FeeCharge, FeeTerm, FeeType
from suppliers.models.leaving import Leaving, LeavingStep
from suppliers.models.licences import Licence, LicenceMilestone, LicenceType
from suppliers.models.parties import Party
from suppliers.models.people import PartyPerson
from suppliers.models.rates import MonthGuarantee, PromotionItem, PromotionSheet, RateRule, RateTier
from suppliers.models.scores import (
    BottomNotice,
    CounterScore,
    ScoreGrade,
    ScoreLine,
    ScorePeriod,
    ScoreScheme,
    ScoreWeight,
)
from suppliers.models.settlements import Dispute, SettledTotal, Settlement, SettlementLine
from suppliers.models.standing import SellingOverride, Standing

__all__ = [
    "BottomNotice",
    "Contract",
    "ContractCounter",
    "ContractDocument",
    "ContractMilestone",
    "ContractVersion",
    "CounterScore",
    "DepositEntry",
    "Dispute",
    "FeeCharge",
    "FeeTerm",
    "FeeType",
    "Leaving",
    "LeavingStep",
    "Licence",
    "LicenceMilestone",
    "LicenceType",
    "MonthGuarantee",
    "MonthTarget",
    "Party",
    "PartyContact",
    "PartyEvent",
    "PartyPerson",
    "PartyTask",
    "PromotionItem",
    "PromotionSheet",
    "RateRule",
    "RateTier",
    "ScoreGrade",
    "ScoreLine",
    "ScorePeriod",
    "ScoreScheme",
    "ScoreWeight",
    "SellingOverride",
    "SettledTotal",
    "Settlement",
    "SettlementLine",
    "Standing",
]
