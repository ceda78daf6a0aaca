"""Campaigns, gifts and segments for tests, made through the services."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from campaigns.models import Campaign, GiftStock, Offer, Segment, SegmentMember
from campaigns.services.gifts import deliver_gifts
from campaigns.services.plan_rows import PlanRows
from campaigns.services.projects import CampaignFacts, approve_campaign, plan_campaign
from members.models import Member
from staff.models import User
from stores.models import Store

GIFT = {"kind": "gift", "name": "保温杯", "name_en": "Flask", "unit_cost": Decimal("28.00"), "expected": 100}
COUPON = {"kind": "coupon", "name": "满 500 减 50", "amount": Decimal("50.00"), "minimum_spend": Decimal("500.00")}
DOUBLE = {
    "kind": "multiplier",
    "name": "双倍积分",
    "name_en": "Double points",
    "times": Decimal("2.00"),
    "expected": 10_000,
}
BUDGET = {"kind": "gifts", "what": "礼品", "planned": Decimal("3000.00")}


def make_segment(*members: Member, **fields: object) -> Segment:
    """A segment these members belong to."""
    segment = Segment.objects.create(**{"name": "老会员", "name_en": "Regulars", **fields})
    SegmentMember.objects.bulk_create(SegmentMember(segment=segment, member=member) for member in members)
    segment.size = len(members)
    segment.save(update_fields=["size"])
    return segment


def make_campaign(
    actor: User,
    stores: Iterable[Store],
    offers: Iterable[dict] = (),
    *,
    starts: int = 0,
    days: int = 7,
    **fields: object,
) -> Campaign:
    """A plan with a budget that begins `starts` days from today."""
    today = timezone.localdate()
    facts = {
        "name": "店庆", "name_en": "Anniversary", "from_on": today + timedelta(days=starts),
        "until_on": today + timedelta(days=starts + days - 1), "stores": list(stores), **fields,
    }  # fmt: skip
    rows = PlanRows(offers=[dict(one) for one in offers], budget=[dict(BUDGET)])
    return plan_campaign(facts=CampaignFacts(**facts), rows=rows, actor=actor)


def make_running(actor: User, stores: Iterable[Store], offers: Iterable[dict] = (), **fields: object) -> Campaign:
    """A campaign that was approved and runs today."""
    campaign = make_campaign(actor, stores, offers, **fields)
    return approve_campaign(campaign_id=campaign.pk, actor=actor)


def make_gift(actor: User, store: Store, pieces: int = 5, **fields: object) -> Offer:
    """A gift of a running campaign with pieces in a store."""
    offer = {**GIFT, **{name: fields.pop(name) for name in ("minimum_spend", "minimum_rank") if name in fields}}
    campaign = make_running(actor, [store], [offer], **fields)
    gift = campaign.offers.get()
    if pieces:
        deliver_gifts(offer_id=gift.pk, store_id=store.pk, quantity=pieces, actor=actor)
    return gift


def stock_of(gift: Offer, store: Store) -> GiftStock:
    return GiftStock.objects.get(offer=gift, store=store)
