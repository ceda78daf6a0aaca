"""What becomes of segments and sends when members become one or are erased."""

from campaigns import segment_receivers
from members.services import erasing
from members.services.merging import keep, register


def register_policies() -> None:
    """Who belongs where is computed anew for the member who lives on; what was sent to whom stays as it was."""
    segment_receivers.register_policies()
    register("campaigns.SegmentMember.member", keep)
    register("campaigns.SendRecipient.member", keep)
    register("campaigns.ContactLedger.member", keep)
    register("campaigns.TrackEvent.member", keep)
    register("campaigns.PyramidMember.member", keep)
    erasing.stays("campaigns.SendRecipient", "numbers only: that something was sent, to a member who has no name")
    erasing.stays("campaigns.PyramidMember", "sums of a period, of a member who has no name")
    erasing.rows_gone("campaigns.ContactLedger", "member")
    erasing.stays(
        "campaigns.TrackEvent", "numbers only, append-only: that a message was opened, by a member without a name"
    )
