"""Interest of a member: bought lately weighs more than long ago, clicks count, machines do not."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Send
from campaigns.selectors.interests import interests_of
from campaigns.tests.project_factories import make_campaign
from kit.partitions import ensure_months
from members.tests.factories import make_member
from sales.tests.factories import line_draft, make_sale
from stores.tests.factories import make_brand, make_counter

pytestmark = pytest.mark.django_db


def click(member, campaign, *, suspicion=0):
    send = Send.objects.create(name="邀请", channel="email", campaign=campaign)
    at = timezone.now() - timedelta(days=1)
    ensure_months(["campaigns_trackevent"], [timezone.localdate(at)])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO campaigns_trackevent (at, send_id, member_id, kind, link_no, suspicion, signals)"
            " VALUES (%s, %s, %s, 2, 1, %s, '')",
            [at, send.pk, member.pk, suspicion],
        )


def test_what_was_bought_lately_weighs_more(store_a):
    new, old = (make_counter(store_a, brand=make_brand()) for _ in range(2))
    member = make_member(store=store_a)
    make_sale(store_a, line_draft(net="100.00", counter=old), member=member, days_ago=300)
    make_sale(store_a, line_draft(net="100.00", counter=new), member=member, days_ago=3)
    found = interests_of(member.pk)
    assert [one.brand for one in found] == [new.brand, old.brand]
    assert sum(one.strength for one in found) == pytest.approx(1)


def test_clicks_count_and_those_of_machines_do_not(store_a, ada):
    clicked, trapped = make_brand(), make_brand()
    member = make_member(store=store_a)
    for brand, suspicion in [(clicked, 0), (trapped, 90)]:
        campaign = make_campaign(ada, [store_a])
        campaign.brands.add(brand)
        click(member, campaign, suspicion=suspicion)
    assert [(one.brand, one.clicks, one.percent) for one in interests_of(member.pk)] == [(clicked, 1, 100)]


def test_the_panel_shows_to_those_who_see_the_member(client, store_a, ada):
    counter = make_counter(store_a, brand=make_brand(name="之春"))
    member = make_member(store=store_a)
    make_sale(store_a, line_draft(net="100.00", counter=counter), member=member)
    client.force_login(ada)
    page = client.get(reverse("panel_detail", args=["member.side", "interests", member.pk]))
    assert "之春" in page.content.decode()
    assert '<h2 class="card-title">兴趣偏好</h2>' in page.content.decode()
    assert interests_of(make_member(store=store_a).pk) == []
