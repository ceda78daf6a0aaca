"""Gifts, coupons, adjustments and stars by hand; imports, mappings and the rules in words; the administration."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from kit.testing import assert_same_queries
from loyalty.models import Adjustment, Coupon, CouponKind, EarningRule, Programme, Redemption, Reward, TierPeriod
from loyalty.tests.factories import LONG_AGO, account_of, sell
from members.tests.factories import make_member
from sales.models import ImportBatch
from sales.services.profiles import load_profile
from sales.tests.factories import line_draft
from staff.models import ImportProfile, Job
from staff.tests.factories import make_user
from stores.models import Chain
from workflow.services.requests import open_request_of


@pytest.fixture(autouse=True)
def english(client, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"


@pytest.fixture
def manager(store_a):
    return make_user("manager", [store_a])


@pytest.fixture
def cup(db):
    return Reward.objects.create(
        code="CUP", name="保温杯", name_en="Flask", points=100, stock=2, valid_from=timezone.localdate()
    )


def test_a_gift_is_handed_out_once_and_taken_back(client, ada, manager, store_a, member, cup):
    sell(store_a, member, line_draft(net="500.00"))
    client.force_login(ada)
    page = client.get(reverse("loyalty:reward_list"), {"member": member.pk}).content.decode()
    url = reverse("loyalty:reward_redeem", args=[member.pk, cup.pk])
    assert url in page
    key = client.get(url).context["form"].initial["key"]
    for _n in range(2):
        assert client.post(url, {"key": key, "quantity": 1, "store": store_a.pk}).status_code == 302
    taken = Redemption.objects.get()
    cup.refresh_from_db()
    assert (account_of(member).available, cup.stock) == (400, 1)
    client.force_login(manager)
    cancel = reverse("loyalty:redemption_cancel", args=[taken.pk])
    assert client.post(cancel, {"reason": "wrong one"}).status_code == 302
    again = client.post(cancel, {"reason": "wrong one"})
    assert again.status_code == 422
    assert "already been cancelled" in again.content.decode()
    cup.refresh_from_db()
    assert (account_of(member).available, cup.stock) == (500, 2)


def test_what_is_in_the_way_of_a_gift_is_said(client, ada, store_a, member, cup):
    client.force_login(ada)
    assert "100 points short" in client.get(reverse("loyalty:reward_list"), {"member": member.pk}).content.decode()
    url = reverse("loyalty:reward_redeem", args=[member.pk, cup.pk])
    refused = client.post(url, {"key": "k1", "quantity": 1, "store": store_a.pk})
    assert refused.status_code == 422
    assert "Only 0 points are available." in refused.content.decode()
    refused = client.post(url, {"key": "k2", "quantity": 3, "store": store_a.pk})
    assert "Only 2 left in stock." in refused.content.decode()


def test_points_are_redeemed_for_something_else(client, ada, store_a, member):
    sell(store_a, member)
    client.force_login(ada)
    url = reverse("loyalty:points_redeem", args=[member.pk])
    data = {"key": "park", "points": 30, "reason": "parking", "store": store_a.pk}
    for _n in range(2):
        assert client.post(url, data).status_code == 302
    assert account_of(member).available == 70


def test_a_coupon_is_issued_once_and_shown(client, ada, ben, store_a, member):
    kind = CouponKind.objects.create(code="C", name="减二十", name_en="20 off", amount=20, minimum_spend=200)
    client.force_login(ada)
    url = reverse("loyalty:coupon_issue", args=[member.pk])
    for _n in range(2):
        client.post(url, {"key": "same", "kind": kind.pk})
    coupon = Coupon.objects.get()
    page = client.get(reverse("loyalty:coupon_detail", args=[coupon.pk])).content.decode()
    assert coupon.number in page
    assert "¥20.00 off" in page
    assert "from ¥200.00" in page


def test_a_big_adjustment_goes_through_approval(client, store_a, member, manager):
    finance = make_user("finance", [store_a])
    client.force_login(manager)
    ask = reverse("loyalty:adjustment_ask", args=[member.pk])
    client.post(ask, {"points": 500, "reason": "small"})
    assert account_of(member).available == 500
    client.post(ask, {"points": 5000, "reason": "big"})
    waiting = Adjustment.objects.get(state="waiting")
    request = open_request_of(waiting)
    approve = reverse("workflow:request_approve", args=[request.pk])
    assert client.post(approve).status_code == 403
    assert account_of(member).available == 500
    client.force_login(finance)
    assert request.number in client.get(reverse("loyalty:adjustment_list")).content.decode()
    page = client.get(reverse("workflow:request_detail", args=[request.pk])).content.decode()
    assert "5,000" in page
    assert "500 → 5,500" in page
    client.post(approve)
    assert account_of(member).available == 5500
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_by) == ("booked", finance)
    assert client.post(approve).status_code == 403
    assert account_of(member).available == 5500


def test_an_adjustment_is_refused(client, store_a, member, manager):
    second = make_user("manager", [store_a])
    client.force_login(manager)
    client.post(reverse("loyalty:adjustment_ask", args=[member.pk]), {"points": -5000, "reason": "big"})
    client.post(reverse("loyalty:adjustment_ask", args=[member.pk]), {"points": 0, "reason": "nothing"})
    asked = Adjustment.objects.get()
    request = open_request_of(asked)
    client.force_login(second)
    approved = client.post(reverse("workflow:request_approve", args=[request.pk]))
    assert "Only 0 points are available" in approved.content.decode()
    client.post(reverse("workflow:request_reject", args=[request.pk]), {"comment": "no"})
    asked.refresh_from_db()
    assert asked.state == "refused"
    assert account_of(member).available == 0


def test_an_adjustment_nobody_else_could_approve_is_not_asked_for(client, member, manager):
    client.force_login(manager)
    ask = reverse("loyalty:adjustment_ask", args=[member.pk])
    assert client.post(ask, {"points": 5000, "reason": "big"}).status_code == 422
    assert not Adjustment.objects.exists()


def test_a_star_is_granted_with_a_reason_and_ended(client, manager, store_a, member, scheme):
    client.force_login(manager)
    year = timezone.localdate().year
    url = reverse("loyalty:tier_grant", args=[member.pk])
    data = {"tier": scheme.tiers.get(rank=2).pk, "until_on": f"{year + 1}-06-30", "reason": "guest of honour"}
    assert client.post(url, data).status_code == 302
    period = TierPeriod.objects.get()
    assert account_of(member).tier_rank == 2
    assert str(period.until_on) == f"{year + 1}-07-01"
    page = client.get(reverse("loyalty:account_detail", args=[member.pk])).content.decode()
    assert "guest of honour" in page
    assert f"{year + 1}-06-30" in page
    assert client.post(url, data).status_code == 422
    client.post(reverse("loyalty:tier_grant_end", args=[period.pk]), {"reason": "moved away"})
    assert account_of(member).tier_rank == 0


def test_lists_run_the_same_queries_for_three_rows_and_thirty(client, manager, store_a, member, cup):
    account = account_of(sell_member(store_a, member))

    def add(count):
        for _n in range(count):
            other = sell_member(store_a, make_member(store=store_a))
            Adjustment.objects.create(
                account=account_of(other), points=5, reason="x", asked_by=manager, asked_at=timezone.now()
            )
            ImportBatch.objects.create(
                profile=load_profile("online-retail"), store=store_a, file_name="a.csv", checksum="0" * 64,
                state="staged", created_at=timezone.now(),
            )  # fmt: skip

    assert account.available
    add(3)
    client.force_login(manager)
    pages = [reverse("loyalty:adjustment_list"), reverse("loyalty:import_list")]

    def call():
        Chain.forget()  # remembered for some seconds only, and adding rows takes longer
        for page in pages:
            assert client.get(page).status_code == 200

    assert assert_same_queries(call, lambda: add(27)) <= 30


def sell_member(store, member):
    sell(store, member)
    return member


def test_a_file_is_mapped_then_imported_as_a_job(client, manager, store_a):
    client.force_login(manager)
    content = "小票号,日期,商品编码,数量,单价,会员\nA1,2026-01-05 10:00,P1,2,10.00,\n".encode("gbk")
    heading = client.post(reverse("loyalty:profile_upload"), {"file": SimpleUploadedFile("a.csv", content)})
    form = heading.context["form"]
    assert form.initial["col_document"] == "小票号"
    assert form.initial["col_member_no"] == "会员"
    data = {name: value for name, value in form.initial.items() if value}
    data |= {"name": "our-tills", "store": store_a.pk, "channel": "till", "times": "year", "return_prefixes": "T, R"}
    saved = client.post(reverse("loyalty:profile_save"), data)
    profile = ImportProfile.objects.get(name="our-tills")
    assert saved.url.endswith(f"?profile={profile.pk}")
    assert profile.spec["columns"]["document"] == "小票号"
    assert profile.spec["return_prefixes"] == ["T", "R"]
    sent = {"profile": profile.pk, "file": SimpleUploadedFile("a.csv", content), "dry_run": "on"}
    started = client.post(reverse("loyalty:import_start"), sent)
    job = Job.objects.get()
    assert started.url == reverse("staff:job_detail", args=[job.pk])
    assert job.input["dry_run"] is True
    assert job.input["profile"] == profile.pk


def test_a_file_that_cannot_be_read_is_refused_at_the_form(client, manager):
    client.force_login(manager)
    for content in (b"", b"\x00\x01\x02", b"\x1f\x8b broken"):
        response = client.post(reverse("loyalty:profile_upload"), {"file": SimpleUploadedFile("a.csv", content)})
        assert response.status_code == 422


def test_a_mapping_lacking_columns_or_of_another_store_is_refused(client, manager, store_a, store_b):
    client.force_login(manager)
    data = {"header": '["a"]', "name": "x", "store": store_b.pk, "channel": "till", "times": "year"}
    assert client.post(reverse("loyalty:profile_save"), data).status_code == 422
    assert client.post(reverse("loyalty:profile_save"), data | {"header": "{"}).status_code == 422
    shipped = load_profile("online-retail")
    sent = {"profile": shipped.pk, "file": SimpleUploadedFile("a.csv", b"x,y\n1,2\n")}
    response = client.post(reverse("loyalty:import_start"), sent)
    assert response.status_code == 422
    assert Job.objects.count() == 0


def test_an_import_shows_its_counts_to_its_store(client, manager, store_a, store_b):
    profile = load_profile("online-retail")
    batch, other = (
        ImportBatch.objects.create(
            profile=profile, store=store, file_name="retail.csv", checksum="0" * 64, state="applied", lines=1339,
            created_at=timezone.now(),
        )
        for store in (store_a, store_b)
    )  # fmt: skip
    client.force_login(manager)
    assert "1,339" in client.get(reverse("loyalty:import_detail", args=[batch.pk])).content.decode()
    assert client.get(reverse("loyalty:import_detail", args=[other.pk])).status_code == 404


def test_the_rules_in_force_are_said_in_words(client, manager, member):
    EarningRule.objects.create(
        kind="multiply", name="周三双倍", name_en="Double on Wednesdays", value=2, weekdays=[3], valid_from=LONG_AGO,
        minimum_spend=Decimal(500), tenders=["gift_card"], tiers=[1],
    )  # fmt: skip
    later = timezone.now().replace(year=timezone.now().year + 1, day=1)
    EarningRule.objects.create(kind="exclude", name="以后", name_en="Later", valid_from=later)
    client.force_login(manager)
    page = client.get(reverse("loyalty:rule_list")).content.decode()
    for words in (
        "Double on Wednesdays",
        "Wednesday",
        "receipts from ¥500.00",
        "Later",
        "How rules stack",
        "¥10,000.00",
    ):
        assert words in page
    client.cookies["atrium_language"] = "zh-hans"
    assert "规则叠加顺序" in client.get(reverse("loyalty:rule_list")).content.decode()


def test_versions_in_force_are_read_only_in_the_administration(client, member, programme, scheme):
    client.force_login(make_user("admin", is_staff=True, is_superuser=True))
    rule = EarningRule.objects.create(kind="exclude", name="x", valid_from=LONG_AGO)
    for model, pk in (("programme", programme.pk), ("tierscheme", scheme.pk)):
        url = reverse(f"admin:loyalty_{model}_change", args=[pk])
        assert client.get(url).status_code == 200
        assert client.post(url, {"name": "changed"}).status_code == 403
    assert client.get(reverse("admin:loyalty_earningrule_change", args=[rule.pk])).status_code == 200
    assert client.get(reverse("admin:loyalty_pointstxn_changelist")).status_code == 200
    assert client.get(reverse("admin:loyalty_pointstxn_add")).status_code == 403
    assert Programme.objects.get().name == programme.name
