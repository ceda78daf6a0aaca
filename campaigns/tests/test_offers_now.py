"""What to offer now: on the member's page, the counter's phone, the call card, at the till; and why somebody is here."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.selectors.journeys import speaking
from campaigns.selectors.offers_now import Asked, register_source, running, suggestions
from campaigns.selectors.offers_now import _sources as sources
from campaigns.selectors.surveys import open_surveys
from campaigns.services.issuing import issue_campaign
from campaigns.services.promotion_metrics import promotions_taken_part_in, result_of_promotions
from campaigns.tests.project_factories import COUPON, DOUBLE, make_gift, make_running, make_segment
from kit.remembered import Remembered
from loyalty.services.till_words import words_for
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.tests.factories import make_member
from sales.tests.factories import line_draft
from staff.tests.factories import make_user
from stores.tests.factories import make_brand, make_counter
from suppliers.services.metrics import Asked as AskedMetric
from suppliers.services.metrics import CounterFacts, metric_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer(store_a):
    return make_user("marketer", [store_a])


@pytest.fixture
def member(store_a):
    make_programme()
    make_scheme()
    return make_member(store=store_a)


def titles(user, member):
    Remembered.forget_all()
    return [one.title for one in suggestions(Asked(user, member))]


def panel(client, member):
    return client.get(reverse("panel_detail", args=["member.side", "offers-now", member.pk]))


def test_only_what_fits_is_offered_and_the_gift_comes_first(client, ada, ben, cho, marketer, member, store_a, store_b):
    other = make_member(store=store_a)
    make_running(marketer, [store_a], [DOUBLE])
    make_running(marketer, [store_a], [{**DOUBLE, "name": "三倍积分"}], segment=make_segment(other))
    coupons = make_running(marketer, [store_a], [COUPON], segment=make_segment(member))
    issue_campaign(campaign_id=coupons.pk)
    gift = make_gift(marketer, store_a)
    assert [title.split(" · ")[0] for title in titles(ada, member)] == ["保温杯", "满 500 减 50", "双倍积分"]
    assert titles(ben, member) == []
    client.force_login(ada)
    page = panel(client, member).content.decode()
    assert "保温杯" in page
    assert reverse("campaigns:gift_hand_out", args=[gift.pk, member.pk]) in page
    whole = client.get(reverse("members:member_detail", args=[member.pk])).content.decode()
    assert "待领礼品" in whole or "保温杯" in whole
    client.post(reverse("campaigns:gift_hand_out", args=[gift.pk, member.pk]), {"store": store_a.pk})
    assert "收回" in panel(client, member).content.decode()
    assert "保温杯" not in titles(ada, member)
    client.force_login(cho)
    assert panel(client, member).status_code in (403, 404)


def test_a_gift_that_is_near_says_what_is_missing(ada, marketer, member, store_a):
    make_gift(marketer, store_a, minimum_spend=Decimal(300))
    sell(store_a, member, line_draft(net="180.00"))
    Remembered.forget_all()
    (near,) = suggestions(Asked(ada, member))
    assert "¥120.00" in near.reason
    assert near.gift is None
    sell(store_a, member, line_draft(net="120.00"))
    (waits,) = suggestions(Asked(ada, member))
    assert waits.gift is not None


def test_nothing_is_offered_after_the_last_day_or_where_none_is_left(ada, marketer, member, store_a):
    make_gift(marketer, store_a, pieces=0)
    make_running(marketer, [store_a], [DOUBLE])
    assert len(titles(ada, member)) == 1
    today = timezone.localdate()
    Campaign.objects.update(from_on=today - timedelta(days=9), until_on=today - timedelta(days=1))
    assert titles(ada, member) == []


def test_other_parts_suggest_too(ada, marketer, member, store_a, monkeypatch):
    from campaigns.selectors.offers_now import Suggestion

    monkeypatch.setitem(sources, "test", None)
    register_source("test")(lambda asked: [Suggestion(1, "生日礼遇", "生日在本周")])
    assert titles(ada, member) == ["生日礼遇"]


def test_the_number_of_statements_does_not_grow_with_the_campaigns(ada, marketer, member, store_a):
    def statements():
        Remembered.forget_all()
        running.get()
        open_surveys.get()
        speaking.get()
        with CaptureQueriesContext(connection) as seen:
            suggestions(Asked(ada, member))
        return len(seen)

    for _number in range(2):
        make_gift(marketer, store_a, minimum_spend=Decimal(10), segment=make_segment(member))
    few = statements()
    for _number in range(5):
        make_gift(marketer, store_a, minimum_spend=Decimal(10), segment=make_segment(member))
    assert statements() == few <= 3


def test_the_page_of_the_member_stays_within_fifteen_queries(client, ada, marketer, member, store_a):
    make_gift(marketer, store_a)
    make_running(marketer, [store_a], [DOUBLE], segment=make_segment(member))
    client.force_login(ada)
    url = reverse("members:member_detail", args=[member.pk])
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    assert len(seen) <= 15


def test_the_associates_phone_shows_it(client, marketer, member, store_a):
    make_running(marketer, [store_a], [DOUBLE])
    counter = make_counter(store_a, brand=make_brand())
    sell(store_a, member, line_draft(net="100.00", counter=counter))
    associate = make_user("associate", [store_a], counters=[counter])
    client.force_login(associate)
    page = client.get(reverse("callcenter:counter_member", args=[member.pk]))
    assert page.status_code == 200


def test_the_desk_sees_the_gifts_that_are_left(client, ada, marketer, store_a):
    make_gift(marketer, store_a)
    client.force_login(ada)
    assert "保温杯" in client.get("/members/desk/").content.decode()


def test_the_till_is_told_in_the_members_language(marketer, member, store_a):
    make_running(marketer, [store_a], [DOUBLE], segment=make_segment(member))
    make_running(marketer, [store_a], [{**DOUBLE, "name": "别人的"}], segment=make_segment())
    Remembered.forget_all()
    (said,) = words_for(member)
    assert "双倍积分" in said
    Remembered.forget_all()
    running.get()
    speaking.get()
    with CaptureQueriesContext(connection) as seen:
        words_for(member)
    assert len(seen) == 1


def test_counters_are_measured_by_what_they_take_part_in(marketer, store_a):
    make_programme()
    make_scheme()
    brand = make_brand()
    inside, outside = make_counter(store_a, brand=brand), make_counter(store_a)
    asked = AskedMetric(
        store_a.pk, timezone.localdate().replace(day=1), timezone.localdate() + timedelta(days=6),
        {one.pk: CounterFacts(one.pk, None, None, None) for one in (inside, outside)}, {},
    )  # fmt: skip
    assert promotions_taken_part_in(asked) == {}
    for day in range(1, 11):
        sell(store_a, None, line_draft(net="28.00", counter=inside), days_ago=day)
    sell(store_a, None, line_draft(net="140.00", counter=inside))
    make_running(marketer, [store_a], kind="mall", brands=[brand])
    make_running(marketer, [store_a], kind="brand", brands=[brand], days=7)
    make_running(marketer, [store_a], kind="mall")
    assert promotions_taken_part_in(asked) == {inside.pk: 1, outside.pk: Decimal("0.5")}
    result = result_of_promotions(asked)
    # 140 in seven days are 20 a day, 280 in the 28 days before are 10 a day.
    assert result == {inside.pk: 1}
    assert metric_of("promotions").measure is promotions_taken_part_in


def test_the_till_in_the_browser_says_what_is_offered(client, ada, marketer, member, store_a):
    other = make_member(store=store_a)
    make_running(marketer, [store_a], [DOUBLE], segment=make_segment(member))
    client.force_login(ada)
    Remembered.forget_all()

    def till(person):
        return client.get(reverse("loyalty:till"), {"member": person.pk} if person else {}).content.decode()

    assert "双倍积分" in till(member)
    assert "双倍积分" not in till(other)
    assert "双倍积分" not in till(None)
