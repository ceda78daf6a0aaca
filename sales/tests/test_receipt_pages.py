"""Receipts on the screen: who sees which, what the page of one says, returns without a sale."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kit.testing import assert_same_queries
from members.tests.factories import make_member
from sales.services.drafts import RETURN
from sales.services.posting import post_receipts
from sales.tests.factories import line_draft, make_return, make_sale, receipt_draft
from staff.tests.factories import make_user
from stores.models import Chain
from stores.tests.factories import make_counter, make_product


@pytest.fixture(autouse=True)
def english(client, settings):
    """The words asserted here are the English ones."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"


@pytest.fixture
def outsider_role():
    return "marketer"


@pytest.fixture
def apart(db):
    """The stores do not share their member base."""
    Chain.objects.update_or_create(pk=1, defaults={"shares_member_base": False})
    Chain.forget()
    yield
    Chain.forget()


def rows(client, **query):
    response = client.get(reverse("sales:receipt_list"), query)
    assert response.status_code == 200
    return [receipt.pk for receipt in response.context["page"].rows]


def test_a_clerk_lists_the_receipts_of_the_own_store(client, ada, ben, store_a, store_b):
    here, there = make_sale(store_a), make_sale(store_b)
    client.force_login(ada)
    assert rows(client) == [here.pk]
    client.force_login(ben)
    assert rows(client) == [there.pk]


def test_older_receipts_are_found_by_days_number_or_member(client, ada, store_a):
    member = make_member(store=store_a)
    old = make_sale(store_a, member=member, days_ago=90, document="S0042")
    client.force_login(ada)
    assert rows(client) == []
    assert rows(client, since=f"{old.sold_on}", until=f"{old.sold_on}") == [old.pk]
    assert rows(client, document="S0042") == [old.pk]
    assert rows(client, member=member.member_no) == [old.pk]
    assert rows(client, member=member.cards.get().number) == [old.pk]
    assert rows(client, member="nobody") == []


def test_receipts_are_narrowed_by_counter_kind_channel_and_buyer(client, ada, store_a):
    counter = make_counter(store_a)
    mine = make_sale(store_a, line_draft(counter=counter), member=make_member(store=store_a))
    emall = make_sale(store_a, channel="emall")
    back = make_return(mine)
    client.force_login(ada)
    assert set(rows(client, counter=counter.pk)) == {mine.pk, back.pk}
    assert rows(client, kind="return") == [back.pk]
    assert rows(client, channel="emall") == [emall.pk]
    assert rows(client, who="anonymous") == [emall.pk]
    hour = timezone.localtime(mine.sold_at).hour
    assert mine.pk in rows(client, hour=hour)
    assert mine.pk not in rows(client, hour=(hour + 1) % 24)


def test_a_filter_that_makes_no_sense_breaks_nothing(client, ada, store_a):
    make_sale(store_a)
    client.force_login(ada)
    for query in (
        {"since": "x"},
        {"counter": "999"},
        {"hour": "77"},
        {"member": "\x00"},
        {"page": "-3"},
        {"sort": "drop"},
    ):
        rows(client, **query)


def test_the_list_runs_the_same_queries_for_three_rows_and_thirty(client, ada, store_a):
    def add(count):
        for _n in range(count):
            make_sale(store_a, member=make_member(store=store_a))

    add(3)
    client.force_login(ada)

    def call():
        Chain.forget()  # else the row's few seconds of memory may end between the two calls
        rows(client)

    assert assert_same_queries(call, lambda: add(27)) <= 15


def test_an_associate_sees_the_receipts_of_the_own_counters(client, store_a):
    own, other = make_counter(store_a), make_counter(store_a)
    mine = make_sale(store_a, line_draft(counter=own))
    theirs = make_sale(store_a, line_draft(counter=other))
    client.force_login(make_user("associate", [store_a], counters=[own]))
    assert rows(client) == [mine.pk]
    assert client.get(reverse("sales:receipt_detail", args=[mine.pk])).status_code == 200
    assert client.get(reverse("sales:receipt_detail", args=[theirs.pk])).status_code == 404


def test_who_bought_at_the_counter_is_a_customer_of_its_associate(client, store_a):
    own = make_counter(store_a)
    buyer, stranger = make_member(name="李梅", store=store_a), make_member(name="欧阳芳", store=store_a)
    make_sale(store_a, line_draft(counter=own), member=buyer)
    make_sale(store_a, member=stranger)
    associate = make_user("associate", [store_a], counters=[own])
    client.force_login(associate)
    assert "李梅" in client.get(reverse("members:member_detail", args=[buyer.pk])).content.decode()
    assert "欧阳芳" not in client.get(reverse("members:member_detail", args=[stranger.pk])).content.decode()


def test_the_page_of_a_receipt_shows_lines_returns_and_relatives(client, ada, store_a):
    product = make_product(name="羊毛双面大衣 7032", size="165/88A", return_days=15)
    sale = make_sale(store_a, line_draft(product, net="200.00", discount="50.00", quantity="2"), document="S7")
    back = make_return(sale, document="R7")
    client.force_login(ada)
    page = client.get(reverse("sales:receipt_detail", args=[sale.pk])).content.decode()
    for words in ("S7", "羊毛双面大衣 7032", "165/88A", "¥50.00", "¥200.00", "R7", "WeChat"):
        assert words in page
    assert "S7" in client.get(reverse("sales:receipt_detail", args=[back.pk])).content.decode()


def test_the_page_runs_the_same_queries_for_one_line_and_for_twenty(client, ada, store_a):
    client.force_login(ada)
    few = make_sale(store_a, line_draft())
    many = make_sale(store_a, *[line_draft(counter=make_counter(store_a)) for _n in range(20)])
    shown = [few]

    def call():
        Chain.forget()
        assert client.get(reverse("sales:receipt_detail", args=[shown[0].pk])).status_code == 200

    assert assert_same_queries(call, lambda: shown.insert(0, many)) <= 15


def test_a_receipt_of_another_store_opens_for_a_shared_member_only(client, ada, store_b, store_a):
    shared = make_sale(store_b, member=make_member(store=store_a))
    anonymous = make_sale(store_b)
    client.force_login(ada)
    assert client.get(reverse("sales:receipt_detail", args=[shared.pk])).status_code == 200
    assert client.get(reverse("sales:receipt_detail", args=[anonymous.pk])).status_code == 404
    assert client.get(reverse("sales:receipt_detail", args=[999_999])).status_code == 404


def test_stores_that_do_not_share_members_do_not_share_receipts(client, ada, store_b, apart):
    theirs = make_sale(store_b, member=make_member(store=store_b))
    client.force_login(ada)
    assert client.get(reverse("sales:receipt_detail", args=[theirs.pk])).status_code == 404


def test_a_return_without_a_sale_stays_visible(client, ada, cho, store_a, store_b):
    line = line_draft(net="30.00")
    post_receipts([receipt_draft(store_a, line, kind=RETURN, document="R1"), receipt_draft(store_b, kind=RETURN)])
    client.force_login(ada)
    page = client.get(reverse("sales:unmatched_list"))
    assert [row.receipt.document for row in page.context["page"].rows] == ["R1"]
    assert page.context["page"].rows[0].amount == Decimal("30.00")
    client.force_login(cho)
    assert client.get(reverse("sales:unmatched_list")).status_code == 403


def test_the_search_box_finds_a_receipt_by_its_number(client, ada, ben, store_a):
    sale = make_sale(store_a, document="S0126112200")
    client.force_login(ada)
    page = client.get(reverse("search"), {"q": "s0126112200"})
    assert page.url == reverse("sales:receipt_detail", args=[sale.pk])
    client.force_login(ben)
    assert client.get(reverse("search"), {"q": "S0126112200"}).status_code == 200


def test_only_some_roles_export_receipts(client, ada, store_a):
    make_sale(store_a)
    client.force_login(ada)
    assert "export=xlsx" not in client.get(reverse("sales:receipt_list")).content.decode()
    client.force_login(make_user("manager", [store_a]))
    response = client.get(reverse("sales:receipt_list"), {"export": "xlsx"})
    assert response.headers["Content-Type"].startswith("application/vnd.openxmlformats")


def test_the_members_page_shows_purchases_and_habits(client, ada, store_a):
    member = make_member(store=store_a)
    product = make_product(name="修护精华 50ml", size="50ml", return_days=7)
    make_sale(store_a, line_draft(product, net="90.00", discount="10.00"), member=member, days_ago=1)
    client.force_login(ada)
    page = client.get(reverse("members:member_detail", args=[member.pk])).content.decode()
    assert "修护精华 50ml" in page
    assert "-10%" in page
    assert "until" in page
    assert "¥90.00" in page


def test_a_member_without_purchases_has_no_habits(client, ada, store_a):
    client.force_login(ada)
    page = client.get(reverse("members:member_detail", args=[make_member(store=store_a).pk])).content.decode()
    assert "Nothing bought yet" in page
    assert "Habits" not in page
