"""What the cashier may say of running campaigns when a till looks a member up."""

from collections.abc import Iterator

from campaigns.models import Offer, SegmentMember
from campaigns.selectors.effects import offer_words
from campaigns.selectors.offers_now import Running, running
from loyalty.services import till_words
from members.models import Member


@till_words.register
def running_offers(member: Member) -> Iterator[str]:
    """Offers of campaigns that are for this member; one statement, and none while nothing runs for a segment."""
    found = running.get()
    wanted = {one.campaign.segment_id for one in found if one.campaign.segment_id}
    belongs: set[int] = set()
    if wanted:
        rows = SegmentMember.objects.filter(member_id=member.pk, segment_id__in=wanted, is_in=True)
        belongs = set(rows.values_list("segment_id", flat=True))
    for one in found:
        if one.campaign.segment_id is None or one.campaign.segment_id in belongs:
            yield from _words(one)


def _words(one: Running) -> Iterator[str]:
    day = f"{one.campaign.until_on:%m-%d}"
    for offer in one.offers:
        if offer.kind != Offer.Kind.GIFT:
            yield f"{one.campaign.label}: {offer.label}, {offer_words(offer)} (→ {day})"
        else:
            yield f"{one.campaign.label}: {offer.label} (→ {day})"
