"""This time last year, with the next size up for children; reasons that come from purchases."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.tests.factories import make_member
from sales.selectors.purchases import this_time_last_year
from sales.selectors.sizes import next_size_up
from sales.services.posting import post_receipts
from sales.tests.factories import line_draft, receipt_draft
from stores.tests.factories import make_category, make_product


@pytest.mark.parametrize(
    ("size", "larger"),
    [("120", "130"), ("110/56", "120"), ("125", "130"), ("160", ""), ("M", ""), ("", ""), ("38", ""), ("1200", "")],
)
def test_the_next_size_up_is_the_next_height(size, larger):
    assert next_size_up(size) == larger


@pytest.fixture
def member(store_a):
    return make_member(store=store_a)


def bought(store, member, days_ago, **product):
    post_receipts([receipt_draft(store, line_draft(make_product(**product)), member=member, days_ago=days_ago)])


def test_only_what_was_bought_in_those_weeks_is_shown(store_a, ada, member):
    kids = make_category(is_outgrown=True)
    bought(store_a, member, 365, name="童装", size="120", category=kids)
    bought(store_a, member, 370, name="大衣", size="M")
    bought(store_a, member, 300, name="太近")
    bought(store_a, member, 420, name="太早")
    found = {one.line.product.name: one.next_size for one in this_time_last_year(member, ada)}
    assert found == {"童装": "130", "大衣": ""}


def test_the_panel_is_fetched_by_itself_and_says_when_there_is_nothing(client, ada, store_a, member):
    client.force_login(ada)
    page = client.get(reverse("members:member_detail", args=[member.pk])).content.decode()
    address = reverse("panel_detail", args=["member.main", "last-year", member.pk])
    assert address in page
    assert "一年前的这几周没有购买" in client.get(address).content.decode()
    bought(store_a, member, 366, name="羊绒衫")
    assert "羊绒衫" in client.get(address).content.decode()


def test_goods_that_can_go_back_for_a_few_days_more_are_a_reason(client, ada, store_a, member):
    bought(store_a, member, 28, name="风衣", return_days=30)
    bought(store_a, member, 1, name="围巾", return_days=30)
    client.force_login(ada)
    page = client.get(reverse("members:member_detail", args=[member.pk])).content.decode()
    strip = page[page.index("member-urgent") : page.index('<div class="columns">')]
    assert "风衣" in strip
    day = timezone.localdate() - timedelta(days=1)
    assert f"{day:%Y-%m-%d}" in strip
    assert "围巾" in strip
