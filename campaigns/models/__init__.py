"""What we offer whom. Import from `campaigns.models`; the parts are split by noun."""

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
    "Pyramid",
    "PyramidCell",
    "PyramidMember",
    "PyramidMove",
    "PyramidStep",
    "RfmScheme",
    "Segment",
    "SegmentMember",
    "SegmentVersion",
    "Send",
    "SendRecipient",
]
