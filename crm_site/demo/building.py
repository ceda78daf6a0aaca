"""Builds the demo store, piece by piece, through the same services the staff use."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from crm_site.demo.approvals import build_approvals, build_organisation
from crm_site.demo.calls import build_calls
from crm_site.demo.campaigns import build_campaigns
from crm_site.demo.counter import build_counter
from crm_site.demo.duplicates import build_duplicates
from crm_site.demo.facts import build_facts
from crm_site.demo.households import build_households
from crm_site.demo.imports import build_imports
from crm_site.demo.journeys import build_journeys
from crm_site.demo.members import HEROINE_PHONE, Shopper, build_members
from crm_site.demo.office import build_office
from crm_site.demo.people import build_people, build_till
from crm_site.demo.places import build_places
from crm_site.demo.programme import build_programme
from crm_site.demo.receipts import Event, Generator
from crm_site.demo.results import build_results
from crm_site.demo.segments import build_segments
from crm_site.demo.sends import build_sends
from crm_site.demo.service import build_service
from crm_site.demo.suppliers_contracts import build_contracts
from crm_site.demo.suppliers_parties import build_scores, build_suppliers
from loyalty.models import Account, CouponKind, MilestoneAward, PointsLot, Reward
from loyalty.services.coupons import issue_coupon
from loyalty.services.nightly import run_nightly
from loyalty.services.rewards import hand_out_award, redeem_reward
from loyalty.services.till import post
from members.models import Member
from sales.models import Payment
from sales.services.drafts import SALE, PaymentDraft, ReceiptDraft
from sales.services.figures import roll_member_stats
from staff.models import User

SEED: Final = 20261121
RECEIPTS_AT_ONCE = 8000
PAYS_WITH_POINTS = 0.06


@dataclass(frozen=True)
class Size:
    """How much to make; tests make less."""

    members: int = 3_000
    sales: int = 38_000


@transaction.atomic
def build_demo(*, today: date, say: Callable[[str], None], size: Size = Size()) -> str:
    """Fill an empty database, all or nothing; returns the token of the demo till. The seed makes every run alike."""
    rng = random.Random(SEED)  # noqa: S311 - the fixed seed is the point
    say("places, brands and goods")
    places = build_places(rng)
    people = build_people(places)
    build_organisation(places, people)
    build_programme(places, today)
    say("members")
    shoppers = build_members(places, people, rng, today, size.members)
    build_facts(Member.objects.get(phones__e164=HEROINE_PHONE), people, random.Random(SEED))  # noqa: S311 - as above
    generator = Generator(places, shoppers, rng, today, size.sales)
    _post_all(generator, rng, say)
    say("points that expire, stars that end")
    run_nightly(now=timezone.now())
    roll_member_stats(as_of_on=timezone.localdate())
    _coupons(shoppers, people, rng)
    _rewards(people, rng)
    build_households(people)
    say("suppliers, their people and two years of scores")
    build_suppliers(places, people, today)
    say("contracts, three months settled")
    build_contracts(people, today)
    build_scores(places, people, today)
    build_approvals(people)
    build_office(places, people, today)
    say("an import of members")
    build_imports(people, today)
    say("the service desk")
    build_service(places, people, today)
    build_calls(people, HEROINE_PHONE)
    build_counter(people)
    build_duplicates(places)
    say("segments and what their members are offered")
    build_segments(people)
    say("sends")
    build_sends(people)
    say("campaigns, gifts and surveys")
    build_campaigns(people, today)
    say("journeys and wordings")
    build_journeys(people)
    say("the pyramid and what the sends earned")
    build_results(people, today)
    return build_till(places, people["admin"])


def _post_all(generator: Generator, rng: random.Random, say: Callable[[str], None]) -> None:
    purse = Purse(rng)
    batch: list[Event] = []
    posted = 0
    for event in generator.events():
        batch.append(event)
        if len(batch) >= RECEIPTS_AT_ONCE:
            posted += _post(batch, purse)
            say(f"{posted:,} receipts")
            batch = []
    posted += _post(batch, purse)
    say(f"{posted:,} receipts")


def _post(batch: list[Event], purse: "Purse") -> int:
    drafts = [draft for event in batch for draft in event.drafts]
    if drafts:
        purse.open(drafts[-1].sold_at)
    for draft in drafts:
        purse.pay(draft)
    post(drafts)
    return len(drafts)


class Purse:
    """What members may spend in points within a batch: lots of earlier batches that outlive it."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.points: dict[int, int] = {}

    def open(self, until: datetime) -> None:
        """Look at the lots once per batch; the batch's own points are not counted."""
        lots = PointsLot.objects.filter(remaining__gt=0, expires_at__gt=until).order_by()
        self.points = dict(lots.values_list("account__member").annotate(Sum("remaining")))

    def pay(self, draft: ReceiptDraft) -> None:
        """Let some member sales be paid in part with points."""
        if draft.kind != SALE or not draft.member_id or self.rng.random() > PAYS_WITH_POINTS:
            return
        held = self.points.get(draft.member_id, 0)
        yuan = min(held // 200, int(draft.net_amount / 3)) // 5 * 5
        if yuan < 5:
            return
        self.points[draft.member_id] = held - yuan * 100
        rest = draft.payments[0]
        draft.payments = (
            PaymentDraft(Payment.Tender.POINTS.value, Decimal(yuan)),
            PaymentDraft(rest.tender, rest.amount - yuan, rest.reference),
        )


def _coupons(shoppers: list[Shopper], people: dict[str, User], rng: random.Random) -> None:
    """Coupons in the hands of members who came lately or soon have their birthday."""
    kinds = list(CouponKind.objects.order_by("code"))
    for shopper in rng.sample(shoppers, len(shoppers) // 20):
        kind = rng.choice(kinds)
        issue_coupon(
            kind_id=kind.pk,
            member_id=shopper.id,
            source="demo",
            source_key=f"demo:{kind.code}:{shopper.id}",
            actor=people["marketer"],
        )


def _rewards(people: dict[str, User], rng: random.Random) -> None:
    """A few gifts handed out at the desk this morning, and one or two milestone gifts."""
    clerk = people["clerk"]
    store = clerk.stores.get()
    rewards = list(Reward.objects.filter(minimum_rank=0))
    rich = list(Account.objects.filter(available__gte=10_000).order_by("pk")[:200])
    for number, account in enumerate(rng.sample(rich, min(16, len(rich)))):
        redeem_reward(
            member_id=account.member_id,
            reward_id=rng.choice(rewards).pk,
            store_id=store.pk,
            key=f"demo:{number}",
            actor=clerk,
        )
    for award in MilestoneAward.objects.filter(handed_at=None).order_by("pk")[:3]:
        hand_out_award(award_id=award.pk, actor=clerk)
