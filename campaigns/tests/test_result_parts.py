"""What counts in a result: purchases where a campaign of brands or counters takes part; and whose part who may read."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import ResultSheet, Send, SendRecipient
from campaigns.services.pumping import pump
from campaigns.services.result_parts import part_of_send
from campaigns.services.results import measure_campaign, measure_send
from campaigns.tests.project_factories import make_campaign
from campaigns.tests.send_factories import keep_book, make_people, make_sending, open_always
from sales.tests.factories import line_draft, make_sale
from staff.tests.factories import make_user
from stores.tests.factories import make_brand, make_counter

pytestmark = pytest.mark.django_db
Arm = SendRecipient.Arm


@pytest.fixture
def role():
    return "marketer"


@pytest.fixture
def book(monkeypatch):
    return keep_book(monkeypatch, open_always())


def people(number, store):
    return make_people(number, store=store, enrolled_on=timezone.localdate() - timedelta(days=400))


def spent(sheet: ResultSheet) -> Decimal:
    return sum(Decimal(str(arm["spend"][1])) for arm in sheet.arms.values())


def test_a_campaign_of_counters_and_brands_counts_what_was_bought_there(client, ada, book, store_a, store_b):
    brand, other = make_brand(), make_brand()
    mine, elsewhere = make_counter(store_a, brand=other), make_counter(store_a, brand=make_brand())
    of_brand, far = make_counter(store_a, brand=brand), make_counter(store_b, brand=brand)
    campaign = make_campaign(ada, [store_a], counters=[mine], brands=[brand])
    members = people(5, store_a)
    send = make_sending(members, campaign=campaign)
    pump(seconds=5)
    make_sale(
        store_a, line_draft(net="10.00", counter=mine), line_draft(net="1.00", counter=elsewhere), member=members[0]
    )
    make_sale(store_a, line_draft(net="20.00", counter=of_brand), member=members[1])
    make_sale(store_b, line_draft(net="300.00", counter=far), member=members[2])
    make_sale(store_a, line_draft(net="4000.00", counter=elsewhere), member=members[3])
    sheet = measure_send(send_id=send.pk)
    assert spent(sheet) == 30
    assert sum(arm["buyers"][1] for arm in sheet.arms.values()) == 2
    assert (sheet.attributed["members"], Decimal(sheet.attributed["amount"])) == (2, 30)
    assert spent(measure_campaign(campaign_id=campaign.pk)) == 30
    client.force_login(ada)
    Send.objects.filter(pk=send.pk).update(store=store_a)
    page = client.get(reverse("campaigns:send_result", args=[send.pk]))
    assert mine.label in page.content.decode()
    rows = client.get(reverse("campaigns:result_members", args=[send.pk])).context["page"].rows
    assert sorted(one.spend for one in rows) == [0, 0, 0, 10, 20]


def test_any_other_campaign_counts_everything(ada, book, store_a):
    campaign = make_campaign(ada, [store_a])
    members = people(2, store_a)
    send = make_sending(members, campaign=campaign)
    make_sale(store_a, line_draft(net="70.00", counter=make_counter(store_a)), member=members[0])
    assert spent(measure_send(send_id=send.pk)) == 70


def test_a_store_reads_its_part_of_a_send_to_the_chain(client, ada, book, store_a, store_b):
    here, there = people(30, store_a), people(30, store_b)
    send = make_sending([*here, *there], holdout_share=3_000)
    pump(seconds=5)
    make_sale(store_b, line_draft(net="500.00"), member=there[0])
    make_sale(store_b, line_draft(net="40.00"), member=here[0])
    assert ResultSheet.objects.count() == 0
    client.force_login(make_user("manager", [store_a]))
    url = reverse("campaigns:send_result", args=[send.pk])
    page = client.get(url)
    assert page.status_code == 200
    read = page.context["read"]
    assert read.treated_n + read.holdout_n == 30
    assert spent(page.context["sheet"]) == 40
    assert [one.label for one in page.context["part_of"]] == [store_a.label]
    assert ResultSheet.objects.count() == 0, "a part is not kept"
    assert client.get(reverse("campaigns:result_members", args=[send.pk])).status_code == 404
    assert client.get(url, {"export": "xlsx"}).status_code == 200


def test_the_parts_are_the_whole(book, store_a, store_b):
    send = make_sending([*people(20, store_a), *people(20, store_b)], holdout_share=3_000)
    pump(seconds=5)
    send = Send.objects.select_related("campaign").get(pk=send.pk)
    whole = measure_send(send_id=send.pk)
    parts = [part_of_send(send=send, store_ids=[one.pk]) for one in (store_a, store_b)]
    for arm in whole.arms:
        assert whole.arms[arm]["n"] == sum(part.sheet.arms.get(arm, {"n": 0})["n"] for part in parts)
    assert abs(sum(part.cost for part in parts) - send.spent) <= Decimal("0.01"), "each part is rounded to the fen"


def test_a_send_of_another_store_stays_unseen(client, book, store_a, store_b):
    send = make_sending(people(3, store_b), store=store_b)
    client.force_login(make_user("manager", [store_a]))
    assert client.get(reverse("campaigns:send_result", args=[send.pk])).status_code == 404


def test_before_anything_was_sent_the_page_says_so(client, store_a, book):
    send = Send.objects.create(name="Entwurf", channel="sms")
    client.force_login(make_user("manager", [store_a]))
    assert client.get(reverse("campaigns:send_result", args=[send.pk])).status_code == 200
