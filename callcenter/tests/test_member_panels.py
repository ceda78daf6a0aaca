"""What the service desk shows on the member's page: to whom, and within the page's budget."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from callcenter.models import VisitReason
from callcenter.selectors.visits import visit_reasons
from callcenter.services.visits import register_visit
from callcenter.tests.factories import make_case
from kit.testing import counted_queries
from loyalty.tests.factories import make_programme, make_scheme, sell
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


def page(client, member):
    return client.get(reverse("members:member_detail", args=[member.pk])).content.decode()


def test_an_open_case_is_the_first_reason_and_stands_in_the_service_card(client, ada, store_a, member):
    case = make_case(store=store_a, member=member, title="羊绒衫起球")
    client.force_login(ada)
    html = page(client, member)
    strip = html[html.index("member-urgent") : html.index('<div class="columns">')]
    assert case.number in strip
    assert html.count(reverse("callcenter:case_detail", args=[case.pk])) >= 2


def test_a_visit_is_registered_by_one_key_and_shows_that_the_member_is_here(client, ada, store_a, member):
    client.force_login(ada)
    reason = VisitReason.objects.filter(is_active=True).first()
    html = page(client, member)
    assert f'name="reason" value="{reason.pk}" accesskey="{reason.key}"' in html
    answer = client.post(
        reverse("callcenter:visit_register", args=[member.pk]),
        {"reason": reason.pk, "next": reverse("members:member_detail", args=[member.pk])},
        follow=True,
    )
    assert reason.label in answer.content.decode()
    assert f'name="reason" value="{reason.pk}"' not in page(client, member)


def test_a_receipt_line_leads_to_a_case_about_it(client, ada, store_a, member):
    receipt = Receipt.objects.get(pk=sell(store_a, member).receipt.id)
    client.force_login(ada)
    address = f"{reverse('callcenter:case_new')}?line={receipt.sold_on:%Y-%m-%d}%3A{receipt.pk}%3A1"
    assert address in page(client, member)
    assert client.get(address).status_code == 200


def test_marketing_sees_no_cases(client, store_a, member):
    make_case(store=store_a, member=member, title="羊绒衫起球")
    client.force_login(make_user("marketer", [store_a]))
    assert "羊绒衫起球" not in page(client, member)


@pytest.mark.parametrize("role", ["clerk", "agent", "manager"])
def test_the_whole_page_stays_within_its_queries(client, store_a, member, role):
    """Purchases, points, gifts, cases, promises, visits: everything there may be on one page."""
    who = make_user(role, [store_a])
    for days in (1, 20, 200):
        sell(store_a, member, line_draft(net="900.00"), line_draft(net="80.00"), days_ago=days)
    make_case(store=store_a, member=member, title="甲")
    register_visit(store=store_a, reason=visit_reasons.get()[0], member_id=member.pk, actor=who)
    member.next_birthday_on = timezone.localdate() + timedelta(days=2)
    client.force_login(who)
    page(client, member)
    with counted_queries() as queries:
        page(client, member)
    assert len(queries) <= 15, [query["sql"][:90] for query in queries]


def test_the_dashboard_fetches_the_desks_figures_by_themselves(client, store_a, member):
    make_case(store=store_a, member=member, title="甲")
    client.force_login(make_user("manager", [store_a]))
    address = reverse("panel_detail", args=["dashboard.side", "service", 0])
    assert address in client.get(reverse("dashboard")).content.decode()
    assert reverse("callcenter:case_list") in client.get(address).content.decode()
    client.force_login(make_user("clerk", [store_a]))
    assert client.get(address).status_code in (403, 404)
