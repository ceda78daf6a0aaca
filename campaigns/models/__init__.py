"""What we offer whom. Import from `campaigns.models`; the parts are split by noun."""

from campaigns.models.memberships import SegmentDay, SegmentListEntry, SegmentMark, SegmentMove, SegmentPin
from campaigns.models.packages import PackageUse, ServicePackage
from campaigns.models.projects import Campaign
from campaigns.models.pyramids import (
    Layer,
    Pyramid,
    PyramidCell,
    PyramidMember,
    PyramidMove,
    PyramidStep,
    RfmScheme,
)
from campaigns.models.segments import Segment, SegmentMember, SegmentVersion
from campaigns.models.sends import Send, SendRecipient

__all__ = [
    "Campaign",
    "Layer",
    "PackageUse",
    "Pyramid",
    "PyramidCell",
    "PyramidMember",
    "PyramidMove",
    "PyramidStep",
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
    "ServicePackage",
]
