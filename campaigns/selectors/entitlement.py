"""Who is entitled to a gift: in the segment, with the star, with enough bought in the campaign's days, and not served yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from campaigns.models import GiftHandout, Offer, SegmentMember
from kit.money import ZERO
from loyalty.models import Account
from sales.models import Receipt


@dataclass(frozen=True)
class Entitlement:
    """Whether one member may have one gift, part by part, so that a refusal can say why."""

    offer: Offer
    is_chosen: bool
    has_star: bool
    bought: Decimal
    had_on: date | None

    @property
    def missing(self) -> Decimal:
        """Yuan still to be bought."""
        return max(self.offer.minimum_spend - self.bought, ZERO)

    @property
    def is_entitled(self) -> bool:
        return self.is_chosen and self.has_star and not self.missing and self.had_on is None


def entitlement_of(offer: Offer, member_id: int) -> Entitlement:
    """One gift and one member; the offer's campaign is loaded."""
    return entitlements([offer], member_id)[0]


def entitlements(offers: Sequence[Offer], member_id: int, *, rank: int | None = None) -> list[Entitlement]:
    """Several gifts and one member, in at most four statements and one more per campaign that asks for a purchase."""
    if not offers:
        return []
    segments = {offer.campaign.segment_id for offer in offers if offer.campaign.segment_id}
    chosen = _segments_of(member_id, segments) if segments else set()
    had = GiftHandout.objects.filter(
        member_id=member_id, state=GiftHandout.State.HANDED, campaign__in={offer.campaign_id for offer in offers}
    )
    handed = {row.campaign_id: timezone.localdate(row.handed_at) for row in had}
    if rank is None and any(offer.minimum_rank for offer in offers):
        rank = Account.objects.filter(member_id=member_id).values_list("tier_rank", flat=True).first()
    bought: dict[int, Decimal] = {}
    found = []
    for offer in offers:
        campaign = offer.campaign
        if offer.minimum_spend and campaign.pk not in bought:
            bought[campaign.pk] = bought_in(campaign, member_id)
        found.append(
            Entitlement(
                offer=offer,
                is_chosen=campaign.segment_id is None or campaign.segment_id in chosen,
                has_star=(rank or 0) >= offer.minimum_rank,
                bought=bought.get(campaign.pk, ZERO),
                had_on=handed.get(campaign.pk),
            )
        )
    return found


def bought_in(campaign: object, member_id: int) -> Decimal:
    """What a member bought, net of returns, in the stores of a campaign since its first day."""
    rows = Receipt.objects.filter(
        member_id=member_id,
        sold_on__range=(campaign.from_on, campaign.until_on),
        store__in=type(campaign).stores.through.objects.filter(campaign_id=campaign.pk).values("store_id"),
    )
    return rows.aggregate(net=Sum("net_amount"))["net"] or ZERO


def _segments_of(member_id: int, segment_ids: set[int]) -> set[int]:
    rows = SegmentMember.objects.filter(member_id=member_id, segment_id__in=segment_ids, is_in=True)
    return set(rows.values_list("segment_id", flat=True))
