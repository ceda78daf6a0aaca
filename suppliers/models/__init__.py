"""Who sells here, on what terms, and how well."""

from suppliers.models.dealings import PartyContact, PartyEvent, PartyTask
from suppliers.models.leaving import Leaving, LeavingStep
from suppliers.models.licences import Licence, LicenceMilestone, LicenceType
from suppliers.models.parties import Party
from suppliers.models.people import PartyPerson
from suppliers.models.scores import (
    BottomNotice,
    CounterScore,
    ScoreGrade,
    ScoreLine,
    ScorePeriod,
    ScoreScheme,
    ScoreWeight,
)
from suppliers.models.standing import SellingOverride, Standing

__all__ = [
    "BottomNotice",
    "CounterScore",
    "Leaving",
    "LeavingStep",
    "Licence",
    "LicenceMilestone",
    "LicenceType",
    "Party",
    "PartyContact",
    "PartyEvent",
    "PartyPerson",
    "PartyTask",
    "ScoreGrade",
    "ScoreLine",
    "ScorePeriod",
    "ScoreScheme",
    "ScoreWeight",
    "SellingOverride",
    "Standing",
]
