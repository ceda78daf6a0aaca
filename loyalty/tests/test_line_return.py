"""What returning a line would do, asked on the phone: exactly what posting it does, and nothing is kept."""

from decimal import Decimal

import pytest
from django.urls import reverse

from loyalty.models import PointsEntry
from loyalty.services.line_returns import line_return_of
from loyalty.tests.factories import account_of, bring_back, make_programme, make_scheme, sell
from members.tests.factories import make_member
from sales.models import Receipt
from sales.tests.factories import line_draft
from staff.tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(store_a):
    make_programme()
    make_scheme()
    return make_member(store=store_a)


@pytest.fixture
def agent(store_a):
    return make_user("agent", [store_a])


def sale_of(posted):
    return Receipt.objects.get(pk=posted.receipt.id)


def test_the_preview_says_what_posting_then_does(store_a, member):
    posted = sell(store_a, member, line_draft(net="2500.00"))
    seen = line_return_of(sale_of(posted), 1)
    assert (seen.effect.refund, seen.effect.taken_back, seen.effect.tier_before.stars) == (Decimal("2500.00"), 2500, 4)
    before = PointsEntry.objects.count()
    outcome = bring_back(posted).outcome
    assert outcome.taken_back == seen.effect.taken_back
    assert account_of(member).tier_rank == seen.effect.tier_after.rank
    assert PointsEntry.objects.count() > before


def test_nothing_is_kept(client, agent, store_a, member):
    receipt = sale_of(sell(store_a, member))
    rows = (Receipt.objects.count(), PointsEntry.objects.count(), account_of(member).available)
    client.force_login(agent)
    answer = client.get(reverse("loyalty:line_return", args=[receipt.pk, 1]))
    assert answer.status_code == 200
    assert "¥100.00" in answer.content.decode()
    assert (Receipt.objects.count(), PointsEntry.objects.count(), account_of(member).available) == rows


def test_what_comes_back_wholly_says_so_and_a_strange_line_is_not_found(client, agent, store_a, member):
    posted = sell(store_a, member)
    bring_back(posted)
    seen = line_return_of(sale_of(posted), 1)
    assert seen.retained == 0
    assert seen.effect is None
    client.force_login(agent)
    assert client.get(reverse("loyalty:line_return", args=[posted.receipt.id, 1])).status_code == 200
    assert client.get(reverse("loyalty:line_return", args=[posted.receipt.id, 9])).status_code == 404


def test_the_members_page_leads_there_and_shows_the_points_of_a_line(client, agent, store_a, member):
    receipt = sale_of(sell(store_a, member, line_draft(net="1234.00")))
    client.force_login(agent)
    page = client.get(reverse("members:member_detail", args=[member.pk])).content.decode()
    assert reverse("loyalty:line_return", args=[receipt.pk, 1]) in page
    assert "1,234 分" in page


def test_who_may_not_is_refused(client, store_a, member):
    receipt = sale_of(sell(store_a, member))
    client.force_login(make_user("marketer", [store_a]))
    assert client.get(reverse("loyalty:line_return", args=[receipt.pk, 1])).status_code == 403
