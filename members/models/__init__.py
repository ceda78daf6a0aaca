"""Who shops here. Import from `members.models`; the parts are split by noun."""

from .cards import AuthorisedBuyer, MemberCard
from .care import MemberCare, MemberNote
from .consents import Consent
from .contacts import Contact
from .duplicates import DuplicatePair
from .fields import FieldDefinition
from .groups import GroupContact
from .households import Household, HouseholdMember
from .identities import MemberIdentity
from .imports import MemberImport, MemberImportPiece, MemberImportTrace, StagedMember
from .merges import MergeMove, MergeOperation
from .people import Member
from .phones import MemberPhone
from .reasons import ReasonRule
from .search import MemberSearch
from .self_service import ErasureRequest, MemberSession, ProofCode

__all__ = [
    "AuthorisedBuyer",
    "Consent",
    "Contact",
    "DuplicatePair",
    "ErasureRequest",
    "FieldDefinition",
    "GroupContact",
    "Household",
    "HouseholdMember",
    "Member",
    "MemberCard",
    "MemberCare",
    "MemberIdentity",
    "MemberImport",
    "MemberImportPiece",
    "MemberImportTrace",
    "MemberNote",
    "MemberPhone",
    "MemberSearch",
    "MemberSession",
    "MergeMove",
    "MergeOperation",
    "ProofCode",
    "ReasonRule",
    "StagedMember",
]
