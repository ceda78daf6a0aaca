"""What members see of points, stars, coupons and purchases on their own pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kit.testing import assert_same_queries, counted_queries
from loyalty.models import Coupon, CouponKind
from loyalty.tests.factories import make_programme, make_scheme, sell
from members.tests.factories import make_member
from members.tests.self_walk import signed_in
from sales.tests.factories import line_draft
from stores.tests.factories import make_brand, make_counter


@pytest.fixture
def house(store_a):
    make_programme()
    make_scheme()
    counter = make_counter(store_a, brand=make_brand())
    member = make_member(store=store_a)
    return store_a, counter, member


def make_coupon(member, number):
    kind, _made = CouponKind.objects.get_or_create(code="K50", defaults={"name": "满减券", "amount": "50.00"})
    now = timezone.now()
    return Coupon.objects.create(
        number=number, kind=kind, member=member, issued_at=now, expires_at=now + timedelta(days=9),
        source="test", source_key=number,
    )  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_what_was_bought_shows_as_points_star_and_receipt(house, settings, language):
    store, counter, member = house
    sale = sell(store, member, line_draft(net="5000.00", counter=counter))
    make_coupon(member, "C0001")
    client = signed_in(member)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = client.get("/me/").content.decode()
    assert sale.receipt.document in page
    assert "¥5,000.00" in page
    assert "C0001" in page
    assert page.count('class="qr"') == 2
    assert 'class="target"' in page


def test_nothing_of_somebody_else_is_shown(house):
    store, counter, member = house
    other = make_member(store=store, name="王建国")
    sale = sell(store, other, line_draft(net="5000.00", counter=counter))
    make_coupon(other, "C0002")
    page = signed_in(member).get("/me/").content.decode()
    assert sale.receipt.document not in page
    assert "C0002" not in page
    assert "王建国" not in page


def test_the_page_asks_as_much_for_many_receipts_as_for_few(house):
    store, counter, member = house
    sell(store, member, line_draft(counter=counter))
    make_coupon(member, "C1")
    client = signed_in(member)

    def more():
        for n in range(4):
            sell(store, member, line_draft(counter=counter), line_draft(counter=counter))
            make_coupon(member, f"D{n}")

    assert_same_queries(lambda: client.get("/me/"), more)
    with counted_queries() as queries:
        client.get("/me/")
    assert len(queries) <= 15
