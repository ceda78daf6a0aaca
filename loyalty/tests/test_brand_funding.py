"""Points and coupons a brand pays for: who carries them, what a return gives back, what a period comes to."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.testing import assert_same_queries
from loyalty.models import CouponKind, EarningRule, EarnLine, PointsEntry, PointsLot
from loyalty.selectors.funding import funded_coupons, funded_points, points_per_yuan
from loyalty.services.coupons import issue_coupon
from loyalty.services.points import redeem_points
from loyalty.services.verification import find_breaches
from loyalty.tests.factories import LONG_AGO, bring_back, make_programme, sell
from members.tests.factories import make_member
from sales.services.drafts import PaymentDraft
from sales.tests.factories import line_draft
from stores.tests.factories import make_brand, make_counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter(store_a):
    return make_counter(store_a, brand=make_brand())


def funded(brand_id, **fields):
    values = {"kind": "multiply", "name": "品牌双倍", "value": 2, "valid_from": LONG_AGO, "funded_by_id": brand_id}
    return EarningRule.objects.create(**{**values, "brands": [brand_id], **fields})


def points_of(counter, days=3) -> int:
    today = timezone.localdate()
    rows = funded_points(today - timedelta(days=days), today, stores=[counter.store_id], brands=[counter.brand_id])
    return sum(row.points for row in rows)


def test_the_lot_of_a_funded_line_carries_the_brand(store_a, member, counter):
    funded(counter.brand_id)
    sell(store_a, member, line_draft(counter=counter), line_draft(net="30.00"))
    assert sorted(PointsLot.objects.values_list("granted", "brand_id")) == [(30, None), (200, counter.brand_id)]
    assert points_of(counter) == 200
    assert list(find_breaches()) == []


def test_of_several_multipliers_the_one_that_counts_names_the_brand(store_a, member, counter):
    other = make_brand()
    funded(counter.brand_id, group="day")
    funded(other.pk, group="day", value=3, brands=[])
    funded(counter.brand_id, group="brand", value=D("1.5"))
    sell(store_a, member, line_draft(counter=counter))
    assert PointsLot.objects.get().brand_id == other.pk


def test_only_a_multiplier_can_be_funded(counter):
    with pytest.raises(IntegrityError):
        funded(counter.brand_id, kind="base")


def test_a_return_gives_the_brand_its_points_back_even_when_they_were_spent(store_a, member, counter):
    funded(counter.brand_id)
    sell(store_a, member, line_draft(net="500.00"))
    sale = sell(store_a, member, line_draft(counter=counter, quantity="2"))
    redeem_points(member_id=member.pk, points=650, key="k", reason="礼品", actor=None)
    bring_back(sale, quantity="1")
    assert points_of(counter) == 100
    bring_back(sale, quantity="1")
    assert points_of(counter) == 0
    assert PointsEntry.objects.filter(bucket="debt").exists()
    assert list(find_breaches()) == []


def test_other_stores_brands_and_days_are_left_out(store_a, store_b, member, counter):
    funded(counter.brand_id)
    sell(store_b, member, line_draft(counter=counter))
    sell(store_a, member, line_draft(counter=counter), days_ago=40)
    assert points_of(counter) == 0
    assert points_of(counter, days=60) == 200


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(back=st.lists(st.integers(1, 3), max_size=3), spent=st.integers(0, 600), price=st.integers(1, 40_000))
def test_what_a_brand_pays_is_what_its_lines_still_have(store_a, programme, scheme, counter, back, spent, price):
    EarningRule.objects.all().delete()
    funded(counter.brand_id, value=D("2.5"))
    member, before = make_member(store=store_a), points_of(counter)
    line = line_draft(counter=counter, net=str(D(price) / 100), quantity="9")
    sale = sell(store_a, member, line, line_draft(net="300.00"))
    if 0 < spent <= sale.outcome.earned:
        redeem_points(member_id=member.pk, points=spent, key=str(sale.receipt.id), reason="礼品", actor=None)
    for pieces in back:
        bring_back(sale, quantity=str(pieces))
    kept = EarnLine.objects.get(receipt_id=sale.receipt.id, line_no=1)
    assert points_of(counter) - before == kept.points_now


def test_coupons_count_where_they_were_redeemed_until_they_come_back(store_a, member, counter):
    kind = CouponKind.objects.create(code="C1", name="二十元券", amount=D(20), funded_by_id=counter.brand_id)
    free = CouponKind.objects.create(code="C2", name="商场券", amount=D(5))
    coupons = [
        issue_coupon(kind_id=one.pk, member_id=member.pk, source="t", source_key=one.code, actor=None)
        for one in (kind, free)
    ]
    payments = (
        PaymentDraft("coupon", D(20), coupons[0].number),
        PaymentDraft("coupon", D(5), coupons[1].number),
        PaymentDraft("cash", D(75)),
    )
    sale = sell(store_a, member, line_draft(counter=counter), payments=payments)
    today = timezone.localdate()
    given_ = {"stores": [store_a.pk], "brands": [counter.brand_id]}
    (row,) = funded_coupons(today, today, **given_)
    assert (row.store_id, row.brand_id, row.on, row.count, row.amount) == (
        store_a.pk, counter.brand_id, today, 1, D("20.00"),
    )  # fmt: skip
    bring_back(sale)
    assert funded_coupons(today, today, **given_) == []


def test_what_a_point_is_worth_follows_the_programme_of_the_day(programme):
    now = timezone.now()
    make_programme(valid_from=now, points_per_yuan_paid=50)
    today = timezone.localdate()
    assert points_per_yuan([today, today - timedelta(days=1)]) == {today: 50, today - timedelta(days=1): 100}


def test_selling_funded_goods_asks_nothing_more(store_a, member, counter):
    def post() -> None:
        sell(store_a, member, line_draft(counter=counter))

    assert_same_queries(post, lambda: funded(counter.brand_id))
