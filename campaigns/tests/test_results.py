"""Result sheets: the sums a plain reading gives, members as assigned, money, and who may read them."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from campaigns.exceptions import NothingToMeasure
from campaigns.journeys.steps import Step
from campaigns.models import JourneyEnrolment, ResultSheet, Send, SendRecipient
from campaigns.selectors.results import read_sheet
from campaigns.services.journeys import add_step, make_journey
from campaigns.services.results import measure_campaign, measure_journey, measure_open_sheets, measure_send
from campaigns.tests.project_factories import make_campaign
from campaigns.tests.send_factories import make_content, make_people, make_sending, open_always
from members.models import Member
from sales.models import Receipt
from sales.tests.factories import line_draft, make_return, make_sale

pytestmark = pytest.mark.django_db
Arm = SendRecipient.Arm


@pytest.fixture
def role():
    return "marketer"


@pytest.fixture
def outsider_role():
    return "clerk"


@pytest.fixture
def sending(store_a):
    open_always()
    return make_sending(
        make_people(60, store=store_a, enrolled_on=timezone.localdate() - timedelta(days=400)), holdout_share=4000
    )


def move_back(send: Send, days: int) -> Send:
    """As if it had been started some days ago."""
    Send.objects.filter(pk=send.pk).update(started_at=timezone.now() - timedelta(days=days))
    send.refresh_from_db()
    return send


def arms_of(send: Send) -> dict[int, int]:
    return dict(SendRecipient.objects.filter(send=send, arm__gt=0).values_list("member_id", "arm"))


def test_the_sheet_says_what_a_plain_reading_says(store_a, sending):
    rng = random.Random(5)
    send = move_back(sending, 10)
    for member in Member.objects.filter(pk__in=arms_of(send)):
        for _purchase in range(rng.randrange(4)):
            sale = make_sale(
                store_a,
                line_draft(net=f"{rng.randrange(10, 400)}.00"),
                member=member,
                days_ago=rng.choice([0, 3, 9, 10, 11, 40, 99, 101]),
            )
            if rng.random() < 0.2:
                make_return(sale, net=str(sale.net_amount), days_ago=1)
    sheet = measure_send(send_id=send.pk)
    caps = {"spend": sheet.spend_cap}
    assert arms_of(send)
    for arm in (Arm.HOLDOUT, Arm.A):
        stored = sheet.arms[str(arm.value)]
        members = [pk for pk, one in arms_of(send).items() if one == arm]
        assert stored["n"] == len(members)
        spends, days, before = [], [], []
        for pk in members:
            receipts = list(Receipt.objects.filter(member_id=pk))
            within = [r for r in receipts if sheet.first_on <= r.sold_on <= sheet.last_on]
            spends.append(min(sum((r.net_amount for r in within), Decimal(0)), caps["spend"]))
            days.append(len({r.sold_on for r in within if r.kind == "sale"}))
            before.append(
                len({r.sold_on for r in receipts if sheet.before_on <= r.sold_on < sheet.first_on and r.kind == "sale"})
            )
        active, total, squares, *_rest = stored["spend"]
        assert active == sum(1 for spend in spends if spend)
        assert total == pytest.approx(float(sum(spends)))
        assert squares == pytest.approx(float(sum(spend * spend for spend in spends)))
        assert stored["visits"][1] == sum(days)
        assert stored["visits"][3] == sum(before)
        assert stored["buyers"][1] == sum(1 for day in days if day)


def test_who_could_not_be_reached_still_counts_as_treated(store_a, sending):
    treated = next(pk for pk, arm in arms_of(sending).items() if arm == Arm.A)
    SendRecipient.objects.filter(send=sending, member_id=treated).update(
        state=SendRecipient.State.FAILED, reason="refused", changed_at=timezone.now()
    )
    make_sale(store_a, line_draft(net="80.00"), member=Member.objects.get(pk=treated))
    sheet = measure_send(send_id=sending.pk)
    assert sheet.arms[str(Arm.A.value)]["buyers"][1] == 1


def test_a_member_merged_since_counts_once_with_what_the_winner_bought(store_a, sending):
    winner, loser = [pk for pk, arm in arms_of(sending).items() if arm == Arm.A][:2]
    n = measure_send(send_id=sending.pk).arms[str(Arm.A.value)]["n"]
    Member.objects.filter(pk=loser).update(merged_into=winner)
    make_sale(store_a, line_draft(net="80.00"), member=Member.objects.get(pk=winner))
    arm = measure_send(send_id=sending.pk).arms[str(Arm.A.value)]
    assert (arm["n"], arm["buyers"][1]) == (n - 1, 1)


def test_a_final_sheet_changes_no_more(store_a, sending):
    move_back(sending, 60)
    sheet = measure_send(send_id=sending.pk)
    assert sheet.is_final
    member = Member.objects.get(pk=next(iter(arms_of(sending))))
    make_sale(store_a, line_draft(), member=member, days_ago=55)
    assert measure_send(send_id=sending.pk).arms == sheet.arms
    assert measure_open_sheets(today=timezone.localdate()) == 0


def test_the_night_measures_what_is_open(sending):
    assert measure_open_sheets(today=timezone.localdate()) == 1
    assert ResultSheet.objects.get().send_id == sending.pk


def test_nothing_sent_nothing_measured(store_a, ada):
    with pytest.raises(NothingToMeasure):
        measure_send(send_id=Send.objects.create(name="Entwurf", channel="sms").pk)
    with pytest.raises(NothingToMeasure):
        measure_campaign(campaign_id=make_campaign(ada, [store_a]).pk)


def test_all_sends_of_a_campaign_hold_out_the_same_members(store_a, ada):
    open_always()
    campaign = make_campaign(ada, [store_a])
    members = make_people(80, store=store_a)
    first, second = (
        make_sending(members, holdout_share=3000, campaign=campaign, content=make_content()) for _ in range(2)
    )
    held = [{pk for pk, arm in arms_of(one).items() if arm == Arm.HOLDOUT} for one in (first, second)]
    assert held[0]
    assert held[0] == held[1]
    sheet = measure_campaign(campaign_id=campaign.pk)
    assert sheet.arms[str(Arm.HOLDOUT.value)]["n"] == len(held[0])


def test_small_groups_are_too_small_to_tell(store_a, sending):
    read = read_sheet(measure_send(send_id=sending.pk))
    assert {figure.verdict for figure in read.figures} == {"too_small"}
    assert read.money.extra == 0


def test_the_page_in_both_languages_and_its_rows(client, store_a, ada, sending, django_assert_max_num_queries):
    for pk in list(arms_of(sending))[:20]:
        make_sale(store_a, line_draft(net="120.00"), member=Member.objects.get(pk=pk))
    Send.objects.filter(pk=sending.pk).update(store=store_a)
    client.force_login(ada)
    url = reverse("campaigns:send_result", args=[sending.pk])
    assert client.get(url).status_code == 200
    assert client.post(reverse("campaigns:send_measure", args=[sending.pk])).status_code == 302
    for language in ("zh-hans", "en"):
        client.cookies["atrium_language"] = language
        for address in (url, reverse("campaigns:result_members", args=[sending.pk]) + "?arm=1"):
            with django_assert_max_num_queries(15):
                assert client.get(address).status_code == 200
    assert client.get(url + "?export=xlsx")["Content-Type"].startswith("application/vnd.openxmlformats")


def test_others_may_not(client, ben, cho, store_a, sending):
    Send.objects.filter(pk=sending.pk).update(store=store_a)
    url = reverse("campaigns:send_result", args=[sending.pk])
    client.force_login(ben)
    assert client.get(url).status_code == 404
    client.force_login(cho)
    assert client.get(url).status_code == 403
    assert client.post(reverse("campaigns:send_measure", args=[sending.pk])).status_code == 403


def test_an_audience_of_nobody_reads_as_nothing(store_a):
    open_always()
    send = make_sending([], holdout_share=1000)
    read = read_sheet(measure_send(send_id=send.pk))
    assert not read.has_holdout
    assert read.arms == []


def test_no_figures_are_lost_between_the_database_and_the_sheet(sending):
    measure_send(send_id=sending.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM campaigns_sendrecipient WHERE send_id = %s AND arm > 0", [sending.pk])
        assigned = cursor.fetchone()[0]
    read = read_sheet(ResultSheet.objects.get())
    assert read.treated_n + read.holdout_n == assigned


def test_a_journey_is_measured_from_the_day_each_member_entered(client, ada, store_a):
    early, late = make_people(2, store=store_a, enrolled_on=timezone.localdate() - timedelta(days=300))
    journey = make_journey(name="唤醒", trigger="sleeping", actor=ada)
    add_step(journey_id=journey.pk, step=Step("", "desk", words="欢迎", days=3), actor=ada)
    for member, days, arm in ((early, 60, 2), (late, 10, 1)):
        at = timezone.now() - timedelta(days=days)
        JourneyEnrolment.objects.create(
            journey=journey, member=member, round="x", arm=arm, state="done", entered_at=at, ended_at=at
        )
    make_sale(store_a, line_draft(net="100.00"), member=early, days_ago=40)
    make_sale(store_a, line_draft(net="100.00"), member=early, days_ago=20)
    make_sale(store_a, line_draft(net="70.00"), member=late, days_ago=20)
    sheet = measure_journey(journey_id=journey.pk)
    # 20 days after entering counts, 40 days after is follow-up; what was bought before entering is what came before.
    assert (sheet.arms["2"]["visits"][1], sheet.arms["2"]["later"][1]) == (1, 100)
    assert (sheet.arms["1"]["visits"][1], sheet.arms["1"]["visits"][3]) == (0, 1)
    assert measure_open_sheets(today=timezone.localdate()) == 1
    client.force_login(ada)
    assert client.post(reverse("campaigns:journey_measure", args=[journey.pk])).status_code == 302
    assert client.get(reverse("campaigns:journey_result", args=[journey.pk])).status_code == 200
