"""What becomes of segments and sends when members become one or are erased."""

from members.services import erasing
from members.services.merging import keep, register


def register_policies() -> None:
    """Who belongs where is computed anew for the member who lives on; what was sent to whom stays as it was."""
    register("campaigns.SegmentMember.member", keep)
    register("campaigns.SendRecipient.member", keep)
    register("campaigns.PyramidMember.member", keep)
    erasing.rows_gone("campaigns.SegmentMember", "member")
    erasing.stays("campaigns.SendRecipient", "numbers only: that something was sent, to a member who has no name")
    erasing.stays("campaigns.PyramidMember", "sums of a period, of a member who has no name")
