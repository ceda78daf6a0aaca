"""A campaign from plan to close: who may, what holds when, what becomes of its offers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.campaign_exceptions import CampaignRefused, CampaignState
from campaigns.models import Campaign, CostEntry, Send
from campaigns.selectors.budgets import actual_costs, paid_by, totals_of
from campaigns.services import projects as services
from campaigns.services.campaign_moves import move_campaigns
from campaigns.services.cloning import clone_campaign
from campaigns.services.cost_entries import enter_cost, undo_cost
from campaigns.services.issuing import issue_campaign
from campaigns.services.plan_rows import PlanRows, check_shares
from campaigns.services.points_cost import count_points
from campaigns.tests.project_factories import BUDGET, COUPON, DOUBLE, GIFT, make_campaign, make_running, make_segment
from loyalty.models import Coupon, EarningRule
from loyalty.tests.factories import account_of, bring_back, make_programme, make_scheme, sell
from members.tests.factories import make_member
from sales.tests.factories import line_draft
from staff.models import AuditEntry
from staff.tests.factories import make_user
from stores.tests.factories import make_brand
from workflow.models import ApprovalRequest
from workflow.services.decisions import approve
from workflow.services.flows import install_standard_flows
from workflow.tests.contract import SubjectContract

pytestmark = pytest.mark.django_db


@pytest.fixture
def role():
    return "marketer"


@pytest.fixture
def outsider_role():
    return "clerk"


def posted(**changes):
    today = timezone.localdate()
    data = {
        "name": "中秋会员节", "name_en": "Mid-Autumn", "kind": "member", "from_on": f"{today:%Y-%m-%d}",
        "until_on": f"{today + timedelta(days=6):%Y-%m-%d}", "objective": "老会员回店", "target_sales": "500000",
        "target_response": "12.5",
    }  # fmt: skip
    for part in ("offers", "budget", "shares"):
        data |= {f"{part}-TOTAL_FORMS": "2", f"{part}-INITIAL_FORMS": "0"}
    # What a browser sends of the rows nobody touched.
    data |= {"offers-0-kind": "multiplier", "offers-1-kind": "multiplier", "budget-1-kind": "media"}
    return data | {"budget-0-kind": "media", "budget-0-what": "海报", "budget-0-planned": "1200"} | changes


def test_a_campaign_is_planned_in_the_browser(client, ada, ben, cho, store_a):
    client.force_login(ada)
    brand = make_brand()
    row = {
        "offers-0-kind": "multiplier", "offers-0-name": "双倍积分", "offers-0-times": "2", "offers-0-expected": "1000",
        "shares-0-brand": brand.pk, "shares-0-percent": "40", "shares-1-percent": "60",
    }  # fmt: skip
    assert client.get(reverse("campaigns:campaign_new")).status_code == 200
    response = client.post(reverse("campaigns:campaign_new"), posted(stores=[store_a.pk], **row))
    campaign = Campaign.objects.get()
    assert response.url == reverse("campaigns:campaign_detail", args=[campaign.pk])
    assert (campaign.target_response, campaign.state, campaign.owner) == (Decimal("0.125"), "draft", ada)
    assert [share.percent for share in campaign.shares.order_by("pk")] == [40, 60]
    assert campaign.offers.get().times == 2
    assert AuditEntry.objects.filter(action="campaigns.campaign_planned", store=store_a).exists()
    assert client.get(response.url).status_code == 200
    edit = reverse("campaigns:campaign_edit", args=[campaign.pk])
    assert client.get(edit).status_code == 200
    client.force_login(ben)
    assert client.get(response.url).status_code == 404
    assert client.get(edit).status_code == 404
    client.force_login(cho)
    assert client.get(response.url).status_code == 403
    assert client.get(edit).status_code == 403


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"until_on": "2020-01-01"}, "结束日期早于开始日期"),
        ({"shares-0-percent": "40"}, "必须正好等于 100 %"),
        ({"offers-0-kind": "multiplier", "offers-0-name": "x"}, "积分倍数"),
        ({"offers-0-kind": "coupon", "offers-0-name": "x", "offers-0-amount": "5"}, "适用对象"),
        ({"offers-0-kind": "gift", "offers-0-name": "x", "offers-0-is_funded": "on"}, "由哪个品牌承担"),
        ({"name": ""}, "必填"),
        ({"target_sales": "9" * 40}, "个数字"),
        ({"budget-0-planned": "-1"}, "大于"),
    ],
)
def test_a_plan_that_does_not_hold_says_why_and_keeps_what_was_typed(client, ada, store_a, changes, said):
    client.force_login(ada)
    response = client.post(reverse("campaigns:campaign_new"), posted(stores=[store_a.pk], **changes))
    assert response.status_code == 422
    assert said in response.content.decode()
    assert "老会员回店" in response.content.decode()
    assert not Campaign.objects.exists()


def test_somebody_elses_store_is_not_planned_for(client, ada, store_a, store_b):
    client.force_login(ada)
    response = client.post(reverse("campaigns:campaign_new"), posted(stores=[store_b.pk]))
    assert response.status_code == 422
    shared = make_campaign(make_user("marketer", all_stores=True), [store_a, store_b])
    assert client.get(reverse("campaigns:campaign_detail", args=[shared.pk])).status_code == 200
    assert client.get(reverse("campaigns:campaign_edit", args=[shared.pk])).status_code == 403
    assert client.post(reverse("campaigns:campaign_end", args=[shared.pk])).status_code == 403


def test_approval_makes_rules_and_the_days_make_it_run(client, ada, store_a):
    make_programme()
    make_scheme()
    manager = make_user("manager", [store_a])
    install_standard_flows()
    member, other = make_member(store=store_a), make_member(store=store_a)
    segment = make_segment(member)
    campaign = make_campaign(ada, [store_a], [DOUBLE, COUPON], segment=segment)
    client.force_login(ada)
    client.post(reverse("campaigns:campaign_submit", args=[campaign.pk]))
    request = ApprovalRequest.objects.get()
    assert (request.subject, request.facts["budget"]) == (campaign, "3000.00")
    campaign.refresh_from_db()
    assert campaign.state == "waiting"
    with pytest.raises(CampaignState):
        services.change_campaign(campaign_id=campaign.pk, facts=None, rows=PlanRows(), actor=ada)
    client.force_login(manager)
    page = client.get(reverse("workflow:request_detail", args=[request.pk])).content.decode()
    assert "双倍积分" in page
    assert "3,000.00" in page
    approve(task_id=request.tasks.get(assignee=manager).pk, actor=manager)
    campaign.refresh_from_db()
    assert campaign.state == "running"
    assert campaign.budget.get().approved == 3000
    rule = EarningRule.objects.get()
    assert (rule.value, rule.stores, rule.audience) == (2, [store_a.pk], segment.pk)
    assert issue_campaign(campaign_id=campaign.pk) == 1
    assert issue_campaign(campaign_id=campaign.pk) == 0
    coupon = Coupon.objects.get()
    assert (coupon.member, len(coupon.number), coupon.source) == (member, 12, f"campaign:{campaign.pk}")
    assert coupon.source_key.startswith(f"campaign:{campaign.pk}:")
    assert timezone.localtime(coupon.expires_at).date() == campaign.until_on + timedelta(days=1)
    # The member of the segment earns twice, the other one once.
    assert sell(store_a, member, line_draft(net="100.00")).outcome.earned == 200
    assert sell(store_a, other, line_draft(net="100.00")).outcome.earned == 100


def test_one_statement_asks_for_the_segment_and_none_without_such_a_rule(ada, store_a):
    make_programme()
    make_scheme()
    member = make_member(store=store_a)
    sell(store_a, member)

    def statements():
        with CaptureQueriesContext(connection) as seen:
            sell(store_a, member, line_draft(net="100.00"))
        return len(seen)

    statements()
    before = statements()
    make_running(ada, [store_a], [DOUBLE])
    statements()
    assert statements() == before
    make_running(ada, [store_a], [DOUBLE], segment=make_segment(member))
    statements()
    assert statements() == before + 1


def test_points_beyond_the_usual_are_counted_without_what_came_back(ada, store_a):
    make_programme()
    make_scheme()
    member = make_member(store=store_a)
    campaign = make_running(ada, [store_a], [DOUBLE])
    sale = sell(store_a, member, line_draft(net="301.00"))
    sell(store_a, member, line_draft(net="99.50"))
    # 602 and 199 points; without the offer 301 and 99.
    assert count_points(campaign) == 301 + 100
    lines = {line.kind: line for line in actual_costs(Campaign.objects.get(pk=campaign.pk))}
    assert lines["points"].actual == Decimal("4.01")
    bring_back(sale)
    assert count_points(campaign) == 100
    assert account_of(member).available == 199


def test_the_clock_begins_and_ends_and_rules_end_with_it(ada, store_a):
    make_programme()
    make_scheme()
    member = make_member(store=store_a)
    campaign = make_campaign(ada, [store_a], [DOUBLE, COUPON], starts=3, segment=make_segment(member))
    services.approve_campaign(campaign_id=campaign.pk, actor=ada)
    assert move_campaigns() == 0
    today = timezone.localdate()
    Campaign.objects.filter(pk=campaign.pk).update(from_on=today)
    assert move_campaigns() == 1
    assert Coupon.objects.count() == 1
    Campaign.objects.filter(pk=campaign.pk).update(
        from_on=today - timedelta(days=9), until_on=today - timedelta(days=1)
    )
    assert move_campaigns() == 1
    assert move_campaigns() == 0
    campaign.refresh_from_db()
    assert campaign.state == "ended"
    assert EarningRule.objects.get().valid_until > EarningRule.objects.get().valid_from
    assert Coupon.objects.get().state == "issued"


def test_called_off_means_no_rule_and_void_coupons(client, ada, ben, cho, store_a):
    make_programme()
    make_scheme()
    member = make_member(store=store_a)
    campaign = make_running(ada, [store_a], [DOUBLE, COUPON], segment=make_segment(member))
    issue_campaign(campaign_id=campaign.pk)
    url = reverse("campaigns:campaign_cancel", args=[campaign.pk])
    for person, status in ((ben, 404), (cho, 403)):
        client.force_login(person)
        assert client.post(url, {"reason": "x"}).status_code == status
    client.force_login(ada)
    assert client.post(url, {"reason": ""}).status_code == 422
    client.post(url, {"reason": "台风"})
    campaign.refresh_from_db()
    assert (campaign.state, campaign.why_cancelled) == ("cancelled", "台风")
    assert Coupon.objects.get().state == "cancelled"
    assert sell(store_a, member, line_draft(net="100.00")).outcome.earned == 100
    assert services.cancel_campaign(campaign_id=campaign.pk, reason="again", actor=ada).why_cancelled == "台风"


def test_it_is_closed_with_lessons_and_done_again(client, ada, store_a):
    campaign = make_running(ada, [store_a], [DOUBLE])
    client.force_login(ada)
    url = reverse("campaigns:campaign_close", args=[campaign.pk])
    assert client.post(url, {"rating": "5", "lessons": "早订礼品"}).status_code == 422
    client.post(reverse("campaigns:campaign_end", args=[campaign.pk]))
    assert client.post(url, {"rating": "5", "lessons": " "}).status_code == 422
    assert client.post(url, {"rating": "4", "lessons": "早订礼品"}).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.state, campaign.rating, campaign.lessons) == ("closed", 4, "早订礼品")
    enter = reverse("campaigns:cost_enter", args=[campaign.pk])
    assert (
        client.post(
            enter, {"kind": "media", "what": "x", "amount": "5", "paid_on": "2026-01-01", "document": "1"}
        ).status_code
        == 422
    )
    again = client.post(
        reverse("campaigns:campaign_again", args=[campaign.pk]),
        {"from_on": f"{campaign.from_on + timedelta(days=365):%Y-%m-%d}"},
    )
    copy = Campaign.objects.get(copied_from=campaign)
    assert copy.until_on - copy.from_on == campaign.until_on - campaign.from_on
    assert [line.planned for line in copy.budget.all()] == [3000]
    assert copy.offers.get().rule is None
    page = client.get(again.url).content.decode()
    assert "早订礼品" in page
    assert page.count("上次") >= 2


def test_tasks_move_with_the_days_of_a_clone(client, ada, store_a):
    campaign = make_campaign(ada, [store_a])
    colleague = make_user("clerk", [store_a])
    client.force_login(ada)
    due = campaign.from_on - timedelta(days=2)
    data = {"tasks-0-what": "订气球", "tasks-0-person": colleague.pk, "tasks-0-due_on": f"{due:%Y-%m-%d}"}
    data |= {"hours-0-what": "布展", "hours-0-planned": "12", "hours-0-actual": "14.5", "hours-0-hourly_cost": "30"}
    for part in ("tasks", "hours", "resources"):
        data |= {f"{part}-TOTAL_FORMS": "1", f"{part}-INITIAL_FORMS": "0"}
    assert client.post(reverse("campaigns:work_edit", args=[campaign.pk]), data).status_code == 302
    task = campaign.tasks.get()
    lines = {line.kind: line.actual for line in actual_costs(campaign)}
    assert lines["staff"] == Decimal("435.00")
    copy = clone_campaign(campaign_id=campaign.pk, from_on=campaign.from_on + timedelta(days=30), actor=ada)
    assert copy.tasks.get().due_on == due + timedelta(days=30)
    assert copy.hours.get().planned == Decimal("14.5")
    client.force_login(colleague)
    assert "订气球" in client.get(reverse("workflow:in_tray")).content.decode()
    assert "订气球" in client.get(reverse("workflow:calendar") + f"?month={due:%Y-%m}").content.decode()
    client.post(reverse("campaigns:task_finish", args=[task.pk]))
    task.refresh_from_db()
    assert (task.state, task.done_by) == ("done", colleague)


def test_costs_by_hand_have_a_document_and_are_undone_not_changed(client, ada, ben, store_a):
    campaign = make_running(ada, [store_a])
    url = reverse("campaigns:cost_enter", args=[campaign.pk])
    given = {"kind": "media", "what": "公众号推文", "amount": "880.50", "paid_on": "2026-11-20"}
    client.force_login(ada)
    assert client.post(url, given).status_code == 422
    paper = SimpleUploadedFile("发票.pdf", b"%PDF-1.7 x")
    assert client.post(url, {**given, "file": paper}).status_code == 302
    assert client.post(url, {**given, "file": SimpleUploadedFile("x.exe", b"MZ")}).status_code == 422
    entry = CostEntry.objects.get()
    file_url = reverse("campaigns:cost_file", args=[entry.pk])
    assert client.get(file_url)["Content-Type"] == "application/pdf"
    assert totals_of(actual_costs(campaign)).actual == Decimal("880.50")
    client.post(reverse("campaigns:cost_undo", args=[entry.pk]))
    client.post(reverse("campaigns:cost_undo", args=[entry.pk]))
    assert CostEntry.objects.count() == 2
    assert totals_of(actual_costs(Campaign.objects.get(pk=campaign.pk))).actual == 0
    assert "880.50" in client.get(reverse("campaigns:cost_list", args=[campaign.pk])).content.decode()
    with pytest.raises(CampaignRefused):
        undo_cost(entry_id=CostEntry.objects.get(amount__lt=0).pk, actor=ada)
    client.force_login(ben)
    assert client.get(file_url).status_code == 404


def test_what_its_sends_have_cost_is_a_cost_of_the_campaign(ada, store_a):
    campaign = make_running(ada, [store_a])
    Send.objects.create(name="店庆短信", campaign=campaign, channel="sms", spent=Decimal("55.0000"))
    Send.objects.create(name="草稿", campaign=campaign, channel="sms")
    line = next(line for line in actual_costs(campaign) if line.kind == "messages")
    assert (line.actual, [deed.label for deed in line.deeds]) == (Decimal("55.00"), ["店庆短信"])


def test_what_each_payer_bears_sums_to_the_whole(ada, store_a):
    brand = make_brand()
    campaign = make_campaign(ada, [store_a])
    rows = PlanRows(shares=[{"brand": brand, "party": None, "percent": Decimal("33.33")},
                            {"brand": None, "party": None, "percent": Decimal("66.67")}], budget=[BUDGET])  # fmt: skip
    facts = services.CampaignFacts(name="x", from_on=campaign.from_on, until_on=campaign.until_on, stores=[store_a])
    services.change_campaign(campaign_id=campaign.pk, facts=facts, rows=rows, actor=ada)
    paid = paid_by(list(campaign.shares.order_by("pk")), Decimal("100.01"))
    assert sum(one.amount for one in paid) == Decimal("100.01")
    with pytest.raises(CampaignRefused):
        check_shares([{"brand": brand, "percent": Decimal(50)}, {"brand": brand, "percent": Decimal(50)}])


def test_pages_of_campaigns_cost_the_same_for_three_and_for_thirty(client, ada, store_a, django_assert_max_num_queries):
    client.force_login(ada)

    def queries(url):
        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    urls = [reverse(f"campaigns:campaign_{name}") for name in ("list", "calendar", "collisions")]
    for _number in range(3):
        make_campaign(ada, [store_a], [DOUBLE])
    few = [queries(url) for url in urls]
    for _number in range(27):
        make_campaign(ada, [store_a], [DOUBLE])
    assert [queries(url) for url in urls] == few
    assert max(few) <= 15


def test_the_page_of_a_campaign_stays_within_its_budget_of_queries(client, ada, store_a):
    member = make_member(store=store_a)
    first = make_running(ada, [store_a], [GIFT, COUPON], segment=make_segment(member))
    services.end_campaign(campaign_id=first.pk, actor=ada)
    campaign = clone_campaign(campaign_id=first.pk, actor=ada)
    services.approve_campaign(campaign_id=campaign.pk, actor=ada)
    enter_cost(
        campaign_id=campaign.pk, kind="media", what="海报", amount=Decimal(10), paid_on=campaign.from_on, document="1",
        actor=ada,
    )  # fmt: skip
    client.force_login(ada)
    url = reverse("campaigns:campaign_detail", args=[campaign.pk])
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        page = client.get(url)
    assert page.status_code == 200
    assert len(seen) <= 15
    assert client.get(reverse("campaigns:campaign_print", args=[campaign.pk])).content.startswith(b"%PDF")


def test_the_years_cost_the_same_for_two_and_for_eight(client, ada, store_a):
    client.force_login(ada)
    segment = make_segment(make_member(store=store_a))

    def queries():
        client.get(reverse("campaigns:campaign_years"))
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("campaigns:campaign_years")).status_code == 200
        return len(seen)

    for _number in range(2):
        make_running(ada, [store_a], [GIFT, COUPON], segment=segment)
    few = queries()
    for _number in range(6):
        make_running(ada, [store_a], [GIFT, COUPON], segment=segment)
    assert queries() == few <= 15


def test_the_years_and_the_workbook(client, ada, store_a):
    first = make_running(ada, [store_a], kind="mall")
    services.end_campaign(campaign_id=first.pk, actor=ada)
    again = clone_campaign(campaign_id=first.pk, actor=ada)
    services.approve_campaign(campaign_id=again.pk, actor=ada)
    client.force_login(ada)
    url = reverse("campaigns:campaign_years")
    for query in ("", "?kind=mall", f"?of={again.pk}", "?kind=<script>", "?of=9999999999999999999"):
        assert client.get(url + query).status_code == 200
    assert len(client.get(f"{url}?of={again.pk}").context["rows"]) == 2
    assert client.get(f"{url}?export=xlsx")["Content-Type"].endswith("sheet")


def test_what_meets_is_told_with_the_members_both_reach(client, ada, store_a):
    member, other = make_member(store=store_a), make_member(store=store_a)
    make_campaign(ada, [store_a], segment=make_segment(member, other))
    make_campaign(ada, [store_a], segment=make_segment(member), name="会员日")
    make_campaign(ada, [store_a], segment=make_segment(), name="没有人")
    client.force_login(ada)
    week = client.get(reverse("campaigns:campaign_collisions")).context["week"]
    assert [one.members for one in week.collisions] == [1]
    assert client.get(reverse("campaigns:campaign_collisions") + "?week=nonsense").status_code == 200


class TestCampaignSubject(SubjectContract):
    key = "campaigns.campaign"

    @pytest.fixture
    def subject(self, initiator, store_a):
        return make_campaign(initiator, [store_a], [DOUBLE])

    def change(self, subject):
        subject.budget.update(planned=Decimal("4000.00"))
