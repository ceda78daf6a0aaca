"""Offers become rules of loyalty when a campaign is approved, and end with it.

Bonus points for a segment need no rule per member: the one rule names the segment as its audience, and the till asks who
belongs (`loyalty.services.audiences`).
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from campaigns.models import Campaign, GiftStock, Offer, SegmentMember
from loyalty.services import audiences
from loyalty.services.offers import (
    MultiplierFacts,
    end_coupon_kind,
    end_multiplier,
    make_coupon_kind,
    make_multiplier,
)
from loyalty.services.rules import current_rules
from staff.models import User

GROUP = "campaign"


@audiences.register
def members_of_segments(member_ids: Collection[int], audience_ids: Collection[int]) -> list[tuple[int, int]]:
    """Which of these members belong to which of these segments now."""
    rows = SegmentMember.objects.filter(member_id__in=member_ids, segment_id__in=audience_ids, is_in=True)
    return list(rows.order_by().values_list("member_id", "segment_id"))


def put_in_force(campaign: Campaign, actor: User | None) -> None:
    """Make the rules and kinds of coupons of the offers that have none yet; stocks of gifts begin empty."""
    stores = list(campaign.stores.order_by("pk").values_list("pk", flat=True))
    for offer in campaign.offers.order_by("pk"):
        match offer.kind:
            case Offer.Kind.MULTIPLIER if offer.rule_id is None:
                offer.rule = make_multiplier(facts=_multiplier(campaign, offer, stores), actor=actor)
                offer.save(update_fields=["rule"])
            case Offer.Kind.COUPON | Offer.Kind.DISCOUNT if offer.coupon_kind_id is None:
                offer.coupon_kind = make_coupon_kind(code=f"{campaign.number}-{offer.pk}"[-20:], actor=actor, **_kind(
                    campaign, offer, stores
                ))  # fmt: skip
                offer.save(update_fields=["coupon_kind"])
            case Offer.Kind.GIFT:
                GiftStock.objects.bulk_create(
                    [GiftStock(offer=offer, store_id=store) for store in stores], ignore_conflicts=True
                )


def end_offers(campaign: Campaign, actor: User | None, *, cancel: bool) -> None:
    """End what `put_in_force` made; with `cancel`, coupons nobody has used are void. Running again changes nothing."""
    for offer in campaign.offers.order_by("pk"):
        if offer.rule_id:
            end_multiplier(rule_id=offer.rule_id, actor=actor)
        if offer.coupon_kind_id:
            end_coupon_kind(kind_id=offer.coupon_kind_id, actor=actor, cancel=cancel)


def last_moment(day: date) -> datetime:
    """The midnight that ends a day."""
    return datetime.combine(day + timedelta(days=1), time(), timezone.get_current_timezone())


def _multiplier(campaign: Campaign, offer: Offer, stores: list[int]) -> MultiplierFacts:
    if offer.brand_id:
        brands: tuple[int, ...] = (offer.brand_id,)
    else:
        brands = tuple(campaign.brands.order_by("pk").values_list("pk", flat=True))
    return MultiplierFacts(
        name=f"{campaign.name} · {offer.name}",
        name_en=f"{campaign.name_en or campaign.name} · {offer.name_en or offer.name}",
        times=offer.times,
        valid_from=datetime.combine(campaign.from_on, time(), timezone.get_current_timezone()),
        valid_until=last_moment(campaign.until_on),
        group=GROUP,
        stores=tuple(stores),
        counters=tuple(campaign.counters.order_by("pk").values_list("pk", flat=True)),
        brands=brands,
        tiers=_ranks_from(offer.minimum_rank),
        minimum_spend=offer.minimum_spend,
        audience=campaign.segment_id,
        funded_by_id=offer.brand_id if offer.is_funded else None,
    )


def _ranks_from(rank: int) -> tuple[int, ...]:
    """The ranks of stars from one on; empty for all."""
    if not rank:
        return ()
    rules = current_rules()
    return tuple(sorted(t.rank for t in rules.tiers(rules.scheme_at(timezone.now())) if t.rank >= rank))


def _kind(campaign: Campaign, offer: Offer, stores: list[int]) -> dict[str, object]:
    return {
        "name": offer.name[:80],
        "name_en": offer.name_en[:80],
        "amount": offer.amount,
        "rate": offer.rate,
        "minimum_spend": offer.minimum_spend,
        "valid_days": min(campaign.days, 32_767),
        "brand_id": offer.brand_id,
        "store_id": stores[0] if len(stores) == 1 else None,
        "funded_by_id": offer.brand_id if offer.is_funded else None,
    }
