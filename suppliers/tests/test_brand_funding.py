"""Points and coupons at the brand's cost in the settlement: whose, how much, explained, and never twice."""

from datetime import date, datetime, timedelta
from decimal import Decimal as D

import pytest

from loyalty.models import CouponKind, EarningRule
from loyalty.services.coupons import issue_coupon
from loyalty.tests.factories import LONG_AGO, bring_back, make_programme, make_scheme, sell
from members.tests.factories import make_member
from sales.services.drafts import PaymentDraft
from sales.tests.factories import line_draft
from stores.tests.factories import make_brand, make_counter
from suppliers.models import SettlementLine
from suppliers.services.statements import confirm_settlement
from suppliers.settling.words import explain, title_of
from suppliers.tests.factories_contracts import ZONE, make_contract
from suppliers.tests.test_settlement_run import APRIL, MARCH, run, settled

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(store_a):
    make_programme()
    make_scheme()
    return make_member(store=store_a)


@pytest.fixture
def counter(store_a):
    counter = make_counter(store_a, brand=make_brand(name="雅韵"))
    EarningRule.objects.create(
        kind="multiply", name="品牌双倍", value=2, valid_from=LONG_AGO, brands=[counter.brand_id],
        funded_by_id=counter.brand_id,
    )  # fmt: skip
    return counter


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 14, tzinfo=ZONE)


def earn(counter, member, day: date, net: str = "1000.00", **fields):
    return sell(counter.store, member, line_draft(counter=counter, net=net), at=at(day), **fields)


def test_points_of_the_brand_are_taken_off_and_explained(store_a, store_b, member, counter):
    contract = make_contract(store_a, counters=[counter])
    other = make_contract(store_a)
    elsewhere = make_contract(store_b, counters=[make_counter(store_b, brand=counter.brand)])
    earn(counter, member, date(2026, 3, 5))
    run(store_a)
    run(store_b)
    one = settled(contract)
    assert (one.sales, one.shared, one.payable) == (D("1000.00"), D("20.00"), D("730.00"))
    line = one.lines.get(section="shared")
    assert line.amount == D("-20.00")
    assert "雅韵" in title_of(line.rule, line.inputs)
    words = explain(line.rule, line.inputs)
    assert "2026-03" in words
    assert "2,000" in words
    assert "20.00" in words
    assert not SettlementLine.objects.filter(settlement__contract__in=[other, elsewhere], section="shared").exists()


def test_of_two_contracts_with_the_brand_in_a_store_one_pays(store_a, member, counter):
    first = make_contract(store_a, counters=[counter])
    second = make_contract(store_a, counters=[make_counter(store_a, brand=counter.brand)])
    earn(counter, member, date(2026, 3, 5))
    run(store_a)
    assert (settled(first).shared, settled(second).shared) == (D("20.00"), D(0))


def test_what_changes_after_confirming_comes_with_the_next_and_once(store_a, member, counter):
    contract = make_contract(store_a, counters=[counter])
    sale = earn(counter, member, date(2026, 3, 5))
    run(store_a)
    confirm_settlement(settlement_id=settled(contract).pk, actor=None)
    earn(counter, member, date(2026, 3, 30), "500.00")
    bring_back(sale, at=at(date(2026, 4, 2)))
    run(store_a, APRIL)
    run(store_a, APRIL)
    one = settled(contract, APRIL)
    assert one.shared == D("10.00") - D("20.00")
    months = one.lines.get(section="shared").inputs["months"]
    assert months == [["2026-03-01", 1000, "10.00"], ["2026-04-01", -2000, "-20.00"]]
    confirm_settlement(settlement_id=one.pk, actor=None)
    run(store_a, date(2026, 5, 1))
    assert settled(contract, date(2026, 5, 1)).shared == 0


def test_coupons_of_the_brand_are_taken_off_and_given_back(store_a, member, counter):
    EarningRule.objects.all().delete()
    contract = make_contract(store_a, counters=[counter])
    kind = CouponKind.objects.create(code="C1", name="券", amount=D(20), funded_by_id=counter.brand_id, valid_days=9999)
    coupon = issue_coupon(kind_id=kind.pk, member_id=member.pk, source="t", source_key="1", actor=None)
    payments = (PaymentDraft("coupon", D(20), coupon.number), PaymentDraft("cash", D(980)))
    sale = earn(counter, member, date(2026, 3, 5), payments=payments)
    run(store_a)
    one = settled(contract)
    line = one.lines.get(section="shared")
    assert (one.shared, line.rule) == (D("20.00"), "shared.coupons")
    assert "20.00" in explain(line.rule, line.inputs)
    confirm_settlement(settlement_id=one.pk, actor=None)
    bring_back(sale, at=at(date(2026, 4, 2)) + timedelta(hours=1))
    run(store_a, APRIL)
    assert settled(contract, APRIL).shared == D("-20.00")


def test_nothing_before_the_contract_is_settled_here(store_a, member, counter):
    contract = make_contract(store_a, counters=[counter], starts_on=MARCH)
    earn(counter, member, date(2026, 2, 20))
    run(store_a)
    assert settled(contract).shared == 0
