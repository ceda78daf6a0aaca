"""Pins by what a person says on the phone or reads from a card."""

from django.utils.translation import gettext as _

from campaigns.models import SegmentPin
from campaigns.segment_exceptions import SegmentRefused
from campaigns.selectors.segment_people import meant_by
from campaigns.services.segments import pin_member
from staff.models import User


def pin_by_number(*, segment_id: int, number: str, pin: int, reason: str, actor: User) -> SegmentPin | None:
    """Pin the one member a number, phone or card means; see `pin_member`. Nobody, or several, refuses."""
    found = meant_by(number)
    if not found:
        raise SegmentRefused(_("No member has this number."), fields={"number": True})
    if len(found) > 1:
        raise SegmentRefused(
            _("Several members share this number. Please give the member number."), fields={"number": True}
        )
    return pin_member(segment_id=segment_id, member_id=found.pop(), pin=pin, reason=reason, actor=actor)
