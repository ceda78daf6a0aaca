"""What we offer whom. Import from `campaigns.models`; the parts are split by noun."""

from campaigns.models.journeys import Journey, JourneyEnrolment, JourneyPass, JourneyVersion
from campaigns.models.memberships import (
    SegmentDay,
    SegmentListEntry,
    SegmentMark,
    SegmentMove,
    SegmentPin,
)
from campaigns.models.messages import (
    ContentVersion,
    MessageTemplate,
    TrackedLink,
    TrackEvent,
)
from campaigns.models.offers import GiftHandout, GiftMove, GiftStock, Offer
from campaigns.models.packages import (
    PackageUse,
    ServicePackage,
)
from campaigns.models.plans import BudgetLine, CampaignTask, CostEntry, Resource, StaffHours
from campaigns.models.projects import Campaign, CampaignShare
from campaigns.models.providers import (
    ContactLedger,
    ControlGroup,
    InboxEvent,
    ProviderMessage,
    ProviderProfile,
    SendingDesk,
    Suppression,
)
from campaigns.models.pyramids import (
    Layer,
    Pyramid,
    PyramidCell,
    PyramidMember,
    PyramidMove,
    PyramidStep,
    RfmScheme,
)
from campaigns.models.results import ResultSheet
from campaigns.models.segments import (
    Segment,
    SegmentMember,
    SegmentVersion,
)
from campaigns.models.sends import (
    Send,
    SendRecipient,
    SendTally,
)
from campaigns.models.sent import SentValues
from campaigns.models.surveys import Question, Survey, SurveyAnswer, SurveyValue, SurveyVersion

__all__ = [
    "Campaign",
    "ContactLedger",
    "ContentVersion",
    "ControlGroup",
    "InboxEvent",
    "Journey",
    "JourneyEnrolment",
    "JourneyPass",
    "JourneyVersion",
    "Layer",
    "MessageTemplate",
    "PackageUse",
    "ProviderMessage",
    "ProviderProfile",
    "Pyramid",
    "PyramidCell",
    "PyramidMember",
    "PyramidMove",
    "PyramidStep",
    "ResultSheet",
    "RfmScheme",
    "Segment",
    "SegmentDay",
    "SegmentListEntry",
    "SegmentMark",
    "SegmentMember",
    "SegmentMove",
    "SegmentPin",
    "SegmentVersion",
    "Send",
    "SendRecipient",
    "SendTally",
    "SendingDesk",
    "SentValues",
    "ServicePackage",
    "Suppression",
    "TrackEvent",
    "TrackedLink",
]
__all__ += ["BudgetLine", "CampaignShare", "CampaignTask", "CostEntry", "Resource", "StaffHours"]
__all__ += ["GiftHandout", "GiftMove", "GiftStock", "Offer"]
__all__ += ["Question", "Survey", "SurveyAnswer", "SurveyValue", "SurveyVersion"]
