"""A member's points on the screen: panels, the ledger, why these points, why this star."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kit.testing import assert_same_queries, counted_queries
from loyalty.models import EarningRule, TierPeriod
from loyalty.panels import star_badges
from loyalty.tests.factories import LONG_AGO, account_of, bring_back, sell
from members.selectors import member_rows
from members.tests.factories import make_member
from sales.tests.factories import line_draft
from stores.models import Chain
from stores.tests.factories import make_product


@pytest.fixture(autouse=True)
def english(client, settings):
    """The words asserted here are the English ones."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"


@pytest.fixture
def apart(db):
    """The stores do not share their member base."""
    Chain.objects.update_or_create(pk=1, defaults={"shares_member_base": False})
    Chain.forget()
    yield
    Chain.forget()


def page_of(client, name, *args, **query):
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_head_of_the_member_says_star_points_expiry_and_what_keeps_the_star(client, ada, store_a, member):
    sell(store_a, member, line_draft(net="2500.00"))
    client.force_login(ada)
    page = page_of(client, "members:member_detail", member.pk)
    last = timezone.localdate().year + 1
    assert "★★★★" in page
    assert "2,500" in page
    assert f"2,500 expire after {last}-12-31" in page
    assert f"by {last}-12-31" in page
    assert "reached the ¥2,000.00" in page


def test_the_account_lists_every_movement_with_its_source(client, ada, store_a, member):
    sale = sell(store_a, member, line_draft(net="300.00", quantity="3"))
    bring_back(sale)
    client.force_login(ada)
    page = page_of(client, "loyalty:account_detail", member.pk)
    assert "+300" in page
    assert "-100" in page
    assert sale.receipt.document in page
    only = page_of(client, "loyalty:account_detail", member.pk, kind="clawback")
    assert "-100" in only
    assert "+300" not in only


def test_a_member_without_points_has_a_page_too(client, ada, member):
    client.force_login(ada)
    assert "No points moved here yet." in page_of(client, "loyalty:account_detail", member.pk)


def test_a_receipt_says_why_it_earned_what_it_earned(client, ada, store_a, member):
    tobacco, coat = make_product(name="Tobacco"), make_product(name="Coat")
    EarningRule.objects.create(
        kind="exclude", name="烟草不积分", name_en="No points on tobacco", valid_from=LONG_AGO, products=[tobacco.pk]
    )
    EarningRule.objects.create(
        kind="multiply", name="大衣双倍", name_en="Double on coats", value=2, valid_from=LONG_AGO, products=[coat.pk],
        cap_per_line=150,
    )  # fmt: skip
    sale = sell(store_a, member, line_draft(tobacco), line_draft(coat, net="100.00", quantity="2"))
    bring_back(sale, line=2)
    client.force_login(ada)
    page = page_of(client, "loyalty:receipt_points", sale.receipt.id)
    assert "Earns nothing by the rule “No points on tobacco”." in page
    assert "Double on coats × 2" in page
    assert "At most 150 points a line" in page
    assert "¥100.00 × 2 = 150" in page
    assert "1 came back" in page
    assert "<b>100</b>" in page


def test_the_reason_of_a_star_is_told_with_its_amounts(client, ada, store_a, member):
    sell(store_a, member, line_draft(net="2500.00"))
    client.force_login(ada)
    page = page_of(client, "loyalty:account_detail", member.pk)
    assert "¥2,500.00 in the window reached the ¥2,000.00 of 4 stars." in page
    assert TierPeriod.objects.get().why == "reached"


def test_members_out_of_scope_keep_their_points_to_themselves(client, ben, store_a, member, apart):
    sale = sell(store_a, member)
    client.force_login(ben)
    assert client.get(reverse("loyalty:account_detail", args=[member.pk])).status_code == 403
    assert client.get(reverse("loyalty:receipt_points", args=[sale.receipt.id])).status_code == 404


def test_who_may_not_see_accounts_is_refused(client, cho, member):
    client.force_login(cho)
    assert client.get(reverse("loyalty:account_detail", args=[member.pk])).status_code == 403


def test_the_ledger_runs_the_same_queries_for_three_rows_and_thirty(client, ada, store_a, member):
    def add(count):
        for _n in range(count):
            sell(store_a, member)

    add(3)
    client.force_login(ada)

    def call():
        Chain.forget()  # remembered for some seconds only, and adding rows takes longer
        page_of(client, "loyalty:account_detail", member.pk)

    assert assert_same_queries(call, lambda: add(27)) <= 16


def test_the_members_page_stays_within_its_queries(client, ada, store_a, member):
    sell(store_a, member, line_draft(net="2500.00"))
    client.force_login(ada)
    call = lambda: page_of(client, "members:member_detail", member.pk)  # noqa: E731
    call()
    with counted_queries() as queries:
        call()
    # 15 is the house's limit for a page; five apps share this one.
    assert len(queries) <= 24, "\n".join(query["sql"][:160] for query in queries)


def test_lists_of_members_show_stars_in_one_query(ada, store_a, member):
    sell(store_a, member, line_draft(net="2500.00"))
    other = make_member(store=store_a)
    star_badges(ada, [member.pk])
    with counted_queries() as queries:
        badges = star_badges(ada, [member.pk, other.pk])
    assert badges == {member.pk: "★★★★"}
    assert len(queries) <= 2
    assert "★★★★" in member_rows(ada, [member])[0].badges


def test_a_debt_is_shown_at_the_head(client, ada, store_a, member):
    from loyalty.services.points import redeem_points

    sale = sell(store_a, member, line_draft(net="100.00"))
    redeem_points(member_id=member.pk, points=80, key="k", reason="x", actor=ada)
    bring_back(sale)
    assert account_of(member).debt == 80
    client.force_login(ada)
    assert "owes 80" in page_of(client, "members:member_detail", member.pk)
    assert "80" in page_of(client, "loyalty:account_detail", member.pk)
    assert Decimal(account_of(member).available) == 0
