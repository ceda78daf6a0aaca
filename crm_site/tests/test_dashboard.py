"""The manager's first screen: the right figures for the right people, open to their rows, the same as a workbook."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from crm_site.dashboard.periods import Period, preset_period, year_before
from kit.testing import assert_same_queries, counted_queries
from loyalty.models import Account, PointsDay, Tier, TierScheme
from members.tests.factories import make_member
from sales.tests.factories import line_draft, make_return, make_sale
from staff.tests.factories import make_user
from stores.tests.factories import make_brand, make_counter, make_floor


@pytest.fixture(autouse=True)
def english(client, settings):
    """The words asserted here are the English ones."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"


@pytest.fixture
def role():
    return "manager"


@pytest.fixture
def outsider_role():
    return "clerk"


@pytest.fixture(autouse=True)
def forgetful(db):
    cache.clear()


@pytest.fixture
def counter_a(store_a):
    return make_counter(store_a, name="之春 3F-12", brand=make_brand(), floor=make_floor(store_a, number=3))


@pytest.fixture
def counter_b(store_b):
    return make_counter(store_b, name="瑰色 1F-03", brand=make_brand(name="瑰色"), floor=make_floor(store_b))


@pytest.fixture
def sold(store_a, store_b, counter_a, counter_b):
    """1,000 and a return of 100 in store A, 77 in store B, and 400 in store A a year before."""
    member = make_member(store=store_a, enrolled_on=timezone.localdate())
    sale = make_sale(store_a, line_draft(net="800.00", quantity="8", counter=counter_a), member=member, days_ago=2)
    make_sale(store_a, line_draft(net="200.00", counter=counter_a))
    make_return(sale, days_ago=1)
    make_sale(store_b, line_draft(net="77.00", counter=counter_b))
    make_sale(store_a, line_draft(net="400.00", counter=counter_a), days_ago=367)


def text_of(response):
    return response.content.decode()


def test_a_manager_sees_the_figures_of_the_own_store_only(client, ada, sold):
    client.force_login(ada)
    page = client.get(reverse("dashboard"))
    assert page.status_code == 200
    seen = page.context["seen"]
    assert seen.now.total.net == Decimal("900.00")
    assert seen.then.total.net == Decimal("400.00")
    assert seen.now.members == 1
    assert seen.new_members == 1
    assert seen.now.total.basket == Decimal("500.00")
    assert "¥900.00" in text_of(page)
    assert "之春 3F-12" in text_of(page)
    assert "瑰色" not in text_of(page)
    assert "¥77.00" not in text_of(page)


def test_the_other_manager_sees_the_other_store(client, ben, sold):
    client.force_login(ben)
    page = client.get(reverse("dashboard"))
    assert page.context["seen"].now.total.net == Decimal("77.00")
    assert "之春" not in text_of(page)


def test_the_office_sees_all_stores_and_can_choose_one(client, sold, store_a, store_b):
    client.force_login(make_user("ceo", all_stores=True))
    assert client.get(reverse("dashboard")).context["seen"].now.total.net == Decimal("977.00")
    assert client.get(reverse("dashboard"), {"store": store_b.pk}).context["seen"].now.total.net == Decimal("77.00")


@pytest.mark.parametrize("name", ["dashboard", "dashboard_points", "dashboard_export"])
def test_a_clerk_is_refused(client, cho, sold, name):
    client.force_login(cho)
    assert client.get(reverse(name)).status_code == 403


@pytest.mark.parametrize("allowed", ["manager", "ceo", "finance", "marketer", "admin"])
def test_these_roles_open_it(client, sold, allowed):
    client.force_login(make_user(allowed, all_stores=True))
    assert client.get(reverse("dashboard")).status_code == 200


def test_a_store_out_of_scope_is_not_a_choice(client, ada, sold, store_b):
    client.force_login(ada)
    page = client.get(reverse("dashboard"), {"store": store_b.pk})
    assert page.status_code == 200
    assert page.context["seen"].now.total.net == Decimal("900.00")
    assert page.context["form"].errors["store"]


def test_a_floor_narrows_sales_and_leaves_out_what_belongs_to_whole_stores(client, ada, sold, counter_a, store_a):
    make_sale(store_a, line_draft(net="55.00", counter=make_counter(store_a, floor=make_floor(store_a, number=1))))
    client.force_login(ada)
    page = client.get(reverse("dashboard"), {"floor": counter_a.floor_id})
    assert page.context["seen"].now.total.net == Decimal("900.00")
    assert page.context["seen"].now.members is None


def test_a_counter_opens_to_its_days(client, ada, sold, counter_a, counter_b):
    client.force_login(ada)
    page = client.get(reverse("dashboard_counter", args=[counter_a.pk]))
    assert page.status_code == 200
    assert page.context["seen"].now.total.net == Decimal("900.00")
    day = f"{timezone.localdate():%Y-%m-%d}"
    assert f"since={day}&amp;until={day}" in text_of(page)
    assert client.get(reverse("dashboard_counter", args=[counter_b.pk])).status_code == 404


def test_a_brand_opens_to_its_counters_in_scope(client, ada, sold, counter_a, counter_b):
    client.force_login(ada)
    page = client.get(reverse("dashboard_brand", args=[counter_a.brand_id]))
    assert page.context["total"].now.net == Decimal("900.00")
    assert client.get(reverse("dashboard_brand", args=[counter_b.brand_id])).context["total"].now.net == 0
    assert client.get(reverse("dashboard_brand", args=[99_999])).status_code == 404


@pytest.mark.parametrize("kind", ["days", "hours", "weekdays", "stores", "floors", "counters", "brands"])
def test_every_chart_has_a_table(client, ada, sold, kind):
    client.force_login(ada)
    page = client.get(reverse("dashboard_table", args=[kind]))
    assert page.status_code == 200
    assert sum(row.now.net for row in page.context["rows"]) == Decimal("900.00")


def test_an_unknown_table_is_not_found(client, ada):
    client.force_login(ada)
    assert client.get(reverse("dashboard_table", args=["secrets"])).status_code == 404


def test_each_day_of_the_table_opens_to_its_receipts(client, ada, sold):
    client.force_login(ada)
    rows = client.get(reverse("dashboard_table", args=["days"])).context["rows"]
    for row in rows:
        receipts = client.get(row.url).context["page"].rows
        assert sum((receipt.net_amount for receipt in receipts), Decimal(0)) == row.now.net


def test_each_hour_opens_to_its_receipts(client, ada, sold):
    client.force_login(ada)
    for row in client.get(reverse("dashboard_table", args=["hours"])).context["rows"]:
        if row.now.net:
            receipts = client.get(row.url).context["page"].rows
            assert sum((receipt.net_amount for receipt in receipts), Decimal(0)) == row.now.net


def test_the_workbook_holds_the_same_numbers(client, ada, sold):
    client.force_login(ada)
    seen = client.get(reverse("dashboard")).context["seen"]
    book = openpyxl.load_workbook(BytesIO(client.get(reverse("dashboard_export")).content))
    figures = {row[0]: row[1:] for row in book.worksheets[0].iter_rows(values_only=True)}
    assert Decimal(str(figures["Net sales"][0])) == seen.now.total.net
    assert Decimal(str(figures["Net sales"][1])) == seen.then.total.net
    assert figures["Active members"][0] == seen.now.members
    assert figures["Points owed at the end"][0] == seen.points.owed
    days = list(book["Sales by day"].iter_rows(min_row=2, values_only=True))
    assert [Decimal(str(row[2])) for row in days] == [row.now.net for row in seen.days]
    assert [row[0] for row in book["Sales by counter"].iter_rows(min_row=2, values_only=True)] == ["之春 3F-12"]


def test_it_runs_at_most_fifteen_queries_for_any_number_of_counters(client, ada, store_a, sold):
    client.force_login(ada)

    def more():
        floor = make_floor(store_a, number=5)
        for n in range(30):
            counter = make_counter(store_a, code=f"N{n}", brand=make_brand(name=f"牌{n}"), floor=floor)
            make_sale(store_a, line_draft(net="10.00", counter=counter), days_ago=n % 4)

    call = lambda: client.get(reverse("dashboard"))  # noqa: E731 - the same call before and after
    call()
    more()
    call()  # the closed days changed and are summed once more
    assert assert_same_queries(call, lambda: None) <= 15
    assert reverse("suppliers:party_list") in text_of(call())  # the suppliers' panel is among what was counted
    with counted_queries() as queries:
        call()
    assert not [q["sql"] for q in queries if "sales_receiptline" in q["sql"]]


def test_the_search_box_finds_counters_of_the_own_stores(client, ada, cho, counter_a, counter_b):
    client.force_login(ada)
    found = client.get(reverse("search"), {"q": "之春"})
    assert found.url == reverse("dashboard_counter", args=[counter_a.pk])
    assert "瑰色 1F-03" not in text_of(client.get(reverse("search"), {"q": "瑰色 1F"}))
    client.force_login(cho)
    assert client.get(reverse("search"), {"q": "之春"}).status_code == 200


def test_members_without_an_account_count_among_the_lowest_star(client, ada, store_a):
    scheme = TierScheme.objects.create(valid_from=timezone.now() - timedelta(days=9), name="stars")
    for rank in (0, 1):
        Tier.objects.create(scheme=scheme, rank=rank, stars=rank + 3, name=f"{rank + 3}星", name_en=f"{rank + 3} stars")
    starred, *_others = [make_member(store=store_a) for _n in range(3)]
    Account.objects.create(member=starred, tier_rank=1)
    client.force_login(ada)
    seen = client.get(reverse("dashboard")).context["seen"]
    assert [(one.label, one.count) for one in seen.tiers] == [("4 stars", 1), ("3 stars", 2)]


def test_points_add_up_over_slots_and_what_is_owed_over_all_days(client, ada, store_a):
    today = timezone.localdate()
    for on, bucket, slot, amount in (
        (today, "issued", 0, 300), (today, "issued", 1, 200), (today, "redeemed", 0, -120),
        (today - timedelta(days=200), "issued", 0, 1000), (today - timedelta(days=100), "expired", 0, -400),
    ):  # fmt: skip
        PointsDay.objects.create(on=on, store=store_a, bucket=bucket, slot=slot, amount=amount)
    client.force_login(ada)
    points = client.get(reverse("dashboard")).context["seen"].points
    assert (points.issued, points.used, points.expired, points.owed) == (500, 120, 0, 980)
    days = client.get(reverse("dashboard_points")).context["days"]
    assert [(day, one.issued, one.used) for day, one in days] == [(today, 500, 120)]


def test_an_empty_store_says_so(client, ada):
    client.force_login(ada)
    page = client.get(reverse("dashboard"))
    assert page.context["seen"].is_empty
    assert "Nothing was sold" in text_of(page)


def test_a_manager_without_a_store_sees_an_empty_screen(client, sold):
    client.force_login(make_user("manager"))
    page = client.get(reverse("dashboard"))
    assert page.status_code == 200
    assert page.context["seen"].is_empty


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"period": "custom"}, "Give both days"),
        ({"period": "custom", "from": "2026-02-02", "to": "2026-02-01"}, "lies before the first"),
        ({"period": "custom", "from": "0001-01-01", "to": "0001-01-02"}, "before 2000"),
        ({"period": "custom", "from": "2020-01-01", "to": "2024-01-01"}, "At most 366 days"),
    ],
)
def test_a_period_that_makes_no_sense_is_said_in_words(client, ada, sold, query, words):
    client.force_login(ada)
    page = client.get(reverse("dashboard"), query)
    assert page.status_code == 200
    assert words in text_of(page)


def test_nonsense_in_the_address_never_breaks_the_page(client, ada, sold):
    client.force_login(ada)
    for query in (
        {"period": "§"},
        {"store": "x"},
        {"floor": "-1"},
        {"from": "9999-99-99", "period": "custom"},
        {"store": "\x00"},
    ):
        assert client.get(reverse("dashboard"), query).status_code == 200


def test_the_last_day_of_february_has_a_year_before():
    assert year_before(date(2024, 2, 29)) == date(2023, 2, 28)
    assert Period(date(2024, 2, 1), date(2024, 2, 29)).year_before == Period(date(2023, 2, 1), date(2023, 2, 28))


def test_presets_end_today_or_where_they_say():
    today = date(2026, 3, 5)
    assert preset_period("30d", today) == Period(date(2026, 2, 4), today)
    assert preset_period("last_month", today) == Period(date(2026, 2, 1), date(2026, 2, 28))
    assert preset_period("yesterday", today) == Period(today - timedelta(days=1), today - timedelta(days=1))
