"""The worked numbers of the settlement rules, to the fen."""

from datetime import date
from decimal import Decimal as D

import pytest

from suppliers.settling.charges import charges_of, total, warnings_of
from suppliers.settling.fees import (
    Deposit,
    Fee,
    FeeClaim,
    FeeTax,
    FeeTerm,
    Nature,
    Payment,
    Recurrence,
    Service,
    banned,
    deposit_refund,
    exit_compensation,
    fee_periods,
    unperformed,
    without_tax,
)
from suppliers.settling.horizon import extended_due
from suppliers.settling.spans import Span
from suppliers.settling.statement import Account, settle
from suppliers.settling.sums import Sums
from suppliers.settling.terms import (
    Compensation,
    Excess,
    Guarantee,
    Horizon,
    Mode,
    Partial,
    Promotion,
    Rate,
    Sold,
    Terms,
    Tier,
)

MARCH = (date(2026, 3, 1), date(2026, 3, 31))
MONTH = Span.of(*MARCH)


def terms(rate="0.25", **fields):
    fields.setdefault("key", "v1")
    fields.setdefault("from_on", date(2026, 1, 1))
    fields.setdefault("until_on", None)
    return Terms(base_rate=D(rate), **fields)


def commission(rule, base="0", promoted=None, **sums):
    promotions = tuple(Promotion(key=key, rate=D(rate)) for key, rate, _amount in promoted or ())
    given = Sums(D(base), promotions={key: D(amount) for key, _rate, amount in promoted or ()}, **sums)
    return total(charges_of(rule, promotions, given, MONTH))


def sold(amount, on=date(2026, 3, 10), **fields):
    return Sold(counter_id=1, on=on, amount=D(amount), **fields)


def statement(rule, *sales, period=MARCH, **account):
    return settle(Account(versions=(rule,), **account), *period, sales)


def test_t1_base_commission():
    found = statement(terms("0.28"), sold("85000"), sold("-5000"))
    assert (found.sales, found.commission, found.share) == (D("80000"), D("22400.00"), D("57600.00"))


def test_t2_sales_guarantee_deems_sales():
    rule = terms("0.28", guarantee=Guarantee.SALES, guaranteed=D(60000))
    charges = charges_of(rule, (), Sums(D(45000)), MONTH)
    assert [charge.amount for charge in charges] == [D("12600.00"), D("4200.00")]
    assert commission(terms("0.12", guarantee=Guarantee.SALES, guaranteed=D(40000)), "25000") == D("4800.00")


def test_t3_margin_guarantee_and_cap():
    rule = terms("0.10", guarantee=Guarantee.MARGIN, guaranteed=D(5000))
    assert commission(rule, "40000") == D("5000.00")
    assert commission(rule, "60000") == D("6000.00")
    floor = terms("0.12", guarantee=Guarantee.MARGIN, guaranteed=D(5600))
    assert commission(floor, "43000") == D("5600.00")
    assert commission(terms("0.12", cap=D(5000)), "43000") == D("5000.00")


def test_t4_excess_above_the_guarantee():
    above = terms("0.25", guarantee=Guarantee.SALES, guaranteed=D(100000), excess=Excess.ABOVE, excess_rate=D("0.20"))
    assert [commission(above, sales) for sales in ("80000", "100000", "130000")] == [
        D("25000.00"), D("25000.00"), D("31000.00"),
    ]  # fmt: skip
    whole = terms("0.25", guarantee=Guarantee.SALES, guaranteed=D(100000), excess=Excess.ALL, excess_rate=D("0.22"))
    assert commission(whole, "130000") == D("28600.00")


def test_t5a_marginal_tiers():
    tiers = (Tier(D(0), D("0.05")), Tier(D(1000), D("0.04")), Tier(D(5000), D("0.03"), D(1000)))
    rule = terms("0.05", mode=Mode.MARGINAL, tiers=tiers)
    assert [commission(rule, sales) for sales in ("1500", "10000", "1000", "5000")] == [
        D("70.00"), D("1360.00"), D("50.00"), D("210.00"),
    ]  # fmt: skip


def test_t5b_and_c_whole_tiers_reach_at_their_lower_bound():
    top = terms("0.08", mode=Mode.WHOLE, tiers=(Tier(D(0), D("0.08")), Tier(D(40000), D("0.12"))))
    assert commission(top, "43000") == D("5160.00")
    cliff = terms("0.25", mode=Mode.WHOLE, tiers=(Tier(D(0), D("0.25")), Tier(D(100000), D("0.20"))))
    assert commission(cliff, "99999.99") == D("25000.00")
    assert commission(cliff, "100000") == D("20000.00")
    assert warnings_of(cliff) == ["tiers.cliff"]
    assert warnings_of(top) == []


def test_t6_base_rent_and_breakpoints():
    natural = terms("0.05", mode=Mode.RENT, rent=D(60000))
    assert [charge.amount for charge in charges_of(natural, (), Sums(D(1200500)), MONTH)] == [D("60000.00"), D("25.00")]
    assert charges_of(natural, (), Sums(D(1200500)), MONTH)[1].inputs["breakpoint"] == D("1200000.00")
    artificial = terms("0.05", mode=Mode.RENT, rent=D(60000), breakpoint=D(1000000))
    assert charges_of(artificial, (), Sums(D(1200500)), MONTH)[1].amount == D("10025.00")
    assert commission(terms("0.04", mode=Mode.RENT, rent=D(50000), breakpoint=D(1000000)), "1100000") == D("54000.00")
    assert commission(terms("0.04", mode=Mode.RENT, rent=D(50000)), "1100000") == D("50000.00")


QUARTER = [("2026-01", "80000"), ("2026-02", "150000"), ("2026-03", "60000"), ("2026-04", "130000")]
CALENDAR = {
    "2026-01": (date(2026, 1, 1), date(2026, 1, 31)),
    "2026-02": (date(2026, 2, 1), date(2026, 2, 28)),
    "2026-03": MARCH,
    "2026-04": (date(2026, 4, 1), date(2026, 4, 30)),
}


def run(rule, months=QUARTER):
    """Settlements one after the other, each knowing what the ones before counted and billed."""
    reckonings, found = {}, []
    for name, amount in months:
        period = CALENDAR[name]
        one = settle(Account(versions=(rule,), reckonings=reckonings), *period, [sold(amount, on=period[0])])
        reckonings = one.reckonings
        found.append(one.commission)
    return found


@pytest.mark.parametrize(
    ("horizon", "expected"),
    [
        (Horizon.MONTHLY, [20000, 30000, 20000, 26000]),
        (Horizon.CUMULATIVE, [20000, 26000, 14000, 24000]),
        (Horizon.YEAR_END, [16000, 30000, 12000, 26000]),
        (Horizon.YEAR_END_REFUND, [20000, 30000, 20000, 14000]),
    ],
)
def test_t7_horizons(horizon, expected):
    rule = terms("0.20", until_on=date(2026, 4, 30), guarantee=Guarantee.MARGIN, guaranteed=D(20000), horizon=horizon)
    assert run(rule) == expected
    assert sum(expected) == (96000 if horizon == Horizon.MONTHLY else 84000)


def test_t8_part_months_and_partial_years():
    rule = terms("0.20", from_on=date(2026, 4, 11), guarantee=Guarantee.MARGIN, guaranteed=D(20000))
    found = statement(rule, period=CALENDAR["2026-04"])
    assert found.commission == D("13333.33")
    half = terms("0.20", guarantee=Guarantee.MARGIN, guaranteed=D(20000), partial=Partial.EXTENDED)
    assert extended_due(half, (), Sums(D(1500000)), Span.of(date(2026, 7, 1), date(2026, 12, 31)).length) == D(
        "150000.00"
    )


def test_t8_a_change_in_mid_month_never_blends_rates():
    before = terms("0.20", key="v1", until_on=date(2026, 3, 15))
    after = terms("0.30", key="v2", from_on=date(2026, 3, 16))
    found = settle(
        Account(versions=(before, after)), *MARCH, [sold("1000", date(2026, 3, 15)), sold("1000", date(2026, 3, 16))]
    )
    assert [line.amount for line in found.lines] == [D("-200.00"), D("-300.00")]


@pytest.mark.parametrize(("share", "expected"), [("0.30", "25000.00"), ("1", "22500.00"), ("0", "32500.00")])
def test_t9_promotion_sales_count_up_to_a_share(share, expected):
    rule = terms("0.25", guarantee=Guarantee.SALES, guaranteed=D(100000), promotion_share=D(share))
    assert commission(rule, "60000", promoted=[("p", "0.15", "50000")]) == D(expected)


@pytest.mark.parametrize(
    ("owes", "expected"),
    [(Compensation.SUPPLIER, "2400.00"), (Compensation.STORE, "-1600.00"), (Compensation.NONE, "0")],
)
def test_t9b_promotion_compensation(owes, expected):
    promotion = Promotion(
        key="p", rate=D("0.15"), products=frozenset({7}), compensation=owes, supplier_share=D("0.60"),
        prices={7: (D(299), D(199))},
    )  # fmt: skip
    found = statement(terms(), sold("7960", product_id=7, quantity=D(40)), promotions=(promotion,))
    assert found.compensation == D(expected)


def test_t10_value_added_tax():
    assert without_tax(D("11300.00"), D("0.13")) == (D("10000.00"), D("1300.00"))
    assert without_tax(D("57600.00"), D("0.13")) == (D("50973.45"), D("6626.55"))


WEEKLY = FeeTerm("w", D(300), Recurrence.WEEKLY, Payment.AFTER, date(2026, 3, 2))


def test_t11_weekly_fees_fall_due_by_invoice_date():
    periods = list(fee_periods(WEEKLY, date(2026, 4, 6)))
    assert [one.invoiced_on.isoformat() for one in periods] == [
        "2026-03-09", "2026-03-16", "2026-03-23", "2026-03-30", "2026-04-06",
    ]  # fmt: skip
    march = [one for one in periods if one.invoiced_on.month == 3]
    assert sum(one.amount for one in march) == D("1200.00")


def test_fees_stop_with_the_contract_and_are_paid_by_the_day():
    monthly = FeeTerm("m", D(3000), Recurrence.MONTHLY, Payment.BEFORE, date(2026, 4, 11), date(2026, 6, 15))
    assert [(one.first.isoformat(), one.amount) for one in fee_periods(monthly, date(2027, 1, 1))] == [
        ("2026-04-11", D("2000.00")), ("2026-05-01", D("3000")), ("2026-06-01", D("1500.00")),
    ]  # fmt: skip
    once = FeeTerm("o", D(180), Recurrence.ONCE, Payment.BEFORE, date(2026, 4, 11))
    assert len(list(fee_periods(once, date(2027, 1, 1)))) == 1


SERVICE = Service("灯箱", "三楼中庭灯箱两面", date(2026, 3, 1), date(2026, 3, 31), consented=True)


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (FeeClaim(Nature.SIGNING, D(1)), "signing"),
        (FeeClaim(Nature.CARD_HANDLING, D(1)), "card_handling"),
        (FeeClaim(Nature.UNRELATED, D(1)), "unrelated"),
        (FeeClaim(Nature.BARCODE, D(1), has_national_barcode=True), "barcode_needless"),
        (FeeClaim(Nature.BARCODE, D(10), cost=D(8)), "barcode_above_cost"),
        (FeeClaim(Nature.BARCODE, D(8), cost=D(8)), None),
        (FeeClaim(Nature.RENOVATION, D(1)), "renovation_elsewhere"),
        (FeeClaim(Nature.RENOVATION, D(1), own_area=True), None),
        (FeeClaim(Nature.FESTIVAL, D(1)), "festival_without_service"),
        (FeeClaim(Nature.FESTIVAL, D(1), SERVICE), None),
        (FeeClaim(Nature.PROMOTION, D(1)), "promotion_without_service"),
        (FeeClaim(Nature.PROMOTION, D(1), Service("灯箱", "", None, None, True)), "promotion_without_service"),
        (FeeClaim(Nature.PROMOTION, D(1), SERVICE), None),
        (FeeClaim(Nature.MANAGEMENT, D(1)), None),
    ],
)
def test_r11_banned_fees_are_refused_with_their_reason(claim, reason):
    assert banned(claim) == reason


def test_the_unperformed_part_of_a_promotion_service_goes_back():
    assert unperformed(D("3100.00"), 31, 21) == D("1000.00")


def test_t12_deposit():
    deposit = Deposit(required=D(30000), paid=D(30000), deducted=D(4500))
    assert deposit.top_up_due == D("4500")
    assert deposit_refund(deposit, date(2026, 6, 30), 2) == (D("25500"), date(2026, 8, 30))


def test_t13_negative_balance():
    fee = Fee("f", "费用", D(5000), date(2026, 3, 5))
    for carries, on in ((True, D("-2750.00")), (False, D("0"))):
        found = statement(terms("0.25"), sold("3000"), fees=(fee,), carries_negative=carries)
        assert (found.payable, found.carries_on) == (D("-2750.00"), on)


def test_r14_leaving_early_costs_months_of_the_highest_turnover():
    assert exit_compensation([D("16782"), D("12000")], 2) == D("33564.00")


def test_t15_the_whole_statement():
    rule = terms("0.25", guarantee=Guarantee.SALES, guaranteed=D(100000), promotion_share=D("0.30"))
    promotion = Promotion(
        key="p", rate=D("0.15"), products=frozenset({7, 8}), compensation=Compensation.SUPPLIER,
        supplier_share=D("0.60"), prices={7: (D(299), D(199))},
    )  # fmt: skip
    weeks = [
        Fee("w", "周费", one.amount, one.invoiced_on, period=(one.first, one.last))
        for one in fee_periods(WEEKLY, date(2026, 4, 30))
    ]
    fees = (*weeks, Fee("m", "管理费", D(2000), MARCH[0]), Fee("a", "维修", D(180), date(2026, 3, 20), FeeTax.SERVICE))
    found = statement(
        rule,
        sold("60000"),
        sold("11960", product_id=7, quantity=D(40)),
        sold("38040", product_id=8),
        promotions=(promotion,),
        fees=fees,
    )
    assert found.sales == D("110000")
    assert found.commission == D("25000.00")
    assert found.share == D("85000.00")
    assert found.vat == (D("75221.24"), D("9778.76"))
    assert found.fees == D("3380.00")
    assert found.compensation == D("2400.00")
    assert found.payable == D("79220.00")
    assert found.payable == found.sales + sum(line.amount for line in found.lines)


def test_the_first_match_of_promotion_goods_and_base_counts():
    rule = terms("0.25", rates=(Rate("shoes", D("0.18"), categories=frozenset({3})),))
    promotion = Promotion(key="p", rate=D("0.10"), products=frozenset({7}), until_on=date(2026, 3, 10))
    found = statement(
        rule,
        sold("100", category_id=3, product_id=7),
        sold("100", date(2026, 3, 11), category_id=3, product_id=7),
        sold("100", category_id=4),
        promotions=(promotion,),
    )
    assert {line.rule: line.amount for line in found.lines} == {
        "rate.promotion": D("-10.00"), "rate.goods": D("-18.00"), "rate.base": D("-25.00"),
    }  # fmt: skip


def test_late_sales_keep_their_rate_and_show_their_day():
    old, new = terms("0.20", until_on=date(2026, 2, 28)), terms("0.30", key="v2", from_on=date(2026, 3, 1))
    found = settle(Account(versions=(old, new)), *MARCH, [sold("100"), sold("100", date(2026, 2, 27))])
    assert found.commission == D("50.00")
    late = next(line for line in found.lines if line.rule == "late")
    assert late.inputs["late"] == [("2026-02-27", D("100"))]
    same = statement(terms("0.20"), sold("100"), sold("100.02", date(2026, 2, 27)))
    assert [line.amount for line in same.lines] == [D("-40.00"), D("0.00")]


def test_what_no_version_covers_is_left_out_and_told():
    found = statement(terms("0.20", from_on=date(2026, 3, 5)), sold("100", date(2026, 3, 4)), sold("50"))
    assert (found.sales, found.uncovered) == (D("50"), D("100"))
