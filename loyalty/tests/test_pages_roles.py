"""Every role at every page of loyalty: who gets in, who gets a clear refusal, nobody a broken page."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from loyalty.models import Adjustment, CouponKind, Milestone, MilestoneAward, Reward, Tier
from loyalty.services.coupons import issue_coupon
from loyalty.services.grants import grant_tier
from loyalty.services.rewards import redeem_reward
from loyalty.tests.factories import account_of, sell
from loyalty.urls import urlpatterns
from sales.models import ImportBatch
from sales.services.profiles import load_profile
from sales.tests.factories import line_draft
from staff.roles import Role
from staff.tests.factories import make_user
from stores.tests.factories import make_counter

EVERYBODY = {"clerk", "associate", "agent", "marketer", "finance", "manager", "ceo"}
DESK = {"clerk", "manager"}
ASK = {"clerk", "agent", "manager", "finance"}
CONFIRM = {"manager", "finance"}

MAY = {
    "account_detail": EVERYBODY, "receipt_points": EVERYBODY,
    "points_redeem": DESK, "reward_redeem": DESK, "coupon_issue": DESK, "award_hand_out": DESK,
    "adjustment_ask": ASK, "tier_grant": {"manager"}, "tier_grant_end": {"manager"},
    "reward_list": EVERYBODY, "redemption_list": EVERYBODY, "redemption_cancel": {"manager"},
    "coupon_detail": EVERYBODY,
    "adjustment_list": ASK,
    "till": DESK, "till_quote": DESK, "till_post": DESK, "till_done": DESK,
    "till_return": DESK, "return_choose": DESK, "return_preview": DESK, "return_post": DESK,
    "line_return": DESK | {"associate", "agent"},
    "rule_list": {"marketer", "manager", "ceo", "finance"},
    "import_list": CONFIRM, "import_start": CONFIRM, "import_detail": CONFIRM,
    "profile_upload": CONFIRM, "profile_save": CONFIRM,
}  # fmt: skip
POST_ONLY = {
    "award_hand_out", "till_quote", "till_post", "return_preview",
    "return_post", "profile_save",
}  # fmt: skip


@pytest.fixture
def world(store_a, member):
    """A member who bought at a counter and holds a bit of everything."""
    counter = make_counter(store_a)
    sale = sell(store_a, member, line_draft(net="5000.00", counter=counter))
    reward = Reward.objects.create(code="G1", name="保温杯", points=100, stock=50, valid_from=timezone.localdate())
    kind = CouponKind.objects.create(code="C1", name="满减券", amount=Decimal(20))
    milestone = Milestone.objects.create(name="里程碑", period="life", points=10, gift="旅行")
    account = account_of(member)
    top = Tier.objects.get(rank=2)
    clerk = make_user("clerk", [store_a])
    return {
        "counter": counter,
        "member": member.pk,
        "receipt": sale.receipt.id,
        "reward": reward.pk,
        "coupon": issue_coupon(kind_id=kind.pk, member_id=member.pk, source="t", source_key="t", actor=None).pk,
        "redemption": redeem_reward(
            member_id=member.pk, reward_id=reward.pk, store_id=store_a.pk, key="w", actor=clerk
        ).pk,
        "award": MilestoneAward.objects.create(
            account=account, milestone=milestone, period="life", points=5000, awarded_at=timezone.now()
        ).pk,
        "adjustment": Adjustment.objects.create(
            account=account, points=9000, reason="补登", asked_by=clerk, asked_at=timezone.now()
        ).pk,
        "grant": grant_tier(
            member_id=member.pk,
            tier_id=top.pk,
            until_on=timezone.localdate().replace(year=timezone.localdate().year + 1, day=1),
            reason="VIP",
            actor=clerk,
        ).pk,
        "batch": ImportBatch.objects.create(
            profile=load_profile("online-retail"), store=store_a, file_name="a.csv", checksum="0" * 64,
            state="staged", created_at=timezone.now(),
        ).pk,
    }  # fmt: skip


def arguments(name, world):
    match name:
        case "receipt_points" | "till_done" | "return_choose" | "return_preview" | "return_post":
            return [world["receipt"]]
        case "line_return":
            return [world["receipt"], 1]
        case "reward_redeem":
            return [world["member"], world["reward"]]
        case "account_detail" | "points_redeem" | "coupon_issue" | "adjustment_ask" | "tier_grant":
            return [world["member"]]
        case "tier_grant_end":
            return [world["grant"]]
        case "redemption_cancel":
            return [world["redemption"]]
        case "coupon_detail":
            return [world["coupon"]]
        case "award_hand_out":
            return [world["award"]]
        case "import_detail":
            return [world["batch"]]
    return []


def test_every_page_is_in_this_test():
    assert {pattern.name for pattern in urlpatterns} == set(MAY)


@pytest.mark.parametrize("name", sorted(MAY))
def test_those_who_may_get_in_and_the_others_a_clear_refusal(client, settings, store_a, world, name):
    url = reverse(f"loyalty:{name}", args=arguments(name, world))
    for number, role in enumerate(Role.values):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = ("zh-hans", "en")[number % 2]
        client.force_login(make_user(role, [store_a], counters=[world["counter"]]))
        response = client.post(url) if name in POST_ONLY else client.get(url)
        if role in MAY[name] or role == "admin":
            assert response.status_code in (200, 302, 422), f"{role} {response.status_code}"
        else:
            assert response.status_code == 403, f"{role} {response.status_code}"


@pytest.mark.parametrize("name", sorted(POST_ONLY))
def test_a_transition_is_not_done_by_looking(client, ada, world, name):
    client.force_login(ada)
    assert client.get(reverse(f"loyalty:{name}", args=arguments(name, world))).status_code == 405


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_members_page_and_receipts_show_points(client, settings, ada, world, language):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    client.force_login(ada)
    page = client.get(reverse("members:member_detail", args=[world["member"]])).content.decode()
    assert "★★★★★" in page
    assert "4,900" in page
    assert "保温杯" in page
    page = client.get(reverse("sales:receipt_detail", args=[world["receipt"]])).content.decode()
    assert "5,000" in page
    assert reverse("loyalty:receipt_points", args=[world["receipt"]]) in page
