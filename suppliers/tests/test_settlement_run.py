"""Settlements calculated from receipts: totals, fees, late sales, what is frozen, what follows."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import DatabaseError, transaction

from kit.testing import assert_same_queries
from sales.tests.factories import make_return
from staff.models import AuditEntry
from stores.tests.factories import make_category, make_counter, make_product
from suppliers.exceptions import WrongState
from suppliers.models import FeeCharge, SettledTotal, Settlement, SettlementLine
from suppliers.services.charges import raise_all_charges, raise_charges
from suppliers.services.contracts import amend_contract
from suppliers.services.deposits import enter_deposit
from suppliers.services.promotions import approve_promotion, draft_promotion
from suppliers.services.settlement import calculate, recalculate, run_month
from suppliers.services.statements import (
    accept_settlement,
    adjust_settlement,
    answer_dispute,
    approve_settlement,
    confirm_settlement,
    dispute_settlement,
    pay_settlement,
    send_settlement,
)
from suppliers.settling.words import explain, title_of
from suppliers.tests.factories_contracts import counter_of, make_contract, make_fee_type, sell_on, sign

pytestmark = pytest.mark.django_db
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def run(store, month=MARCH, actor=None):
    return run_month(month_on=month, actor=actor, store_ids=[store.pk])


def settled(contract, month=MARCH) -> Settlement:
    return contract.settlements.get(first_on=month)


def test_it_settles_sales_less_returns(store_a):
    contract = make_contract(store_a, base_rate=D("0.28"))
    counter = counter_of(contract)
    sale = sell_on(counter, date(2026, 3, 5), "85000.00")
    make_return(sale, net="5000.00", at=sale.sold_at)
    sell_on(make_counter(store_a), date(2026, 3, 5), "999.00")
    outcome = run(store_a)
    one = settled(contract)
    assert (outcome.calculated, outcome.skipped) == (1, [])
    assert (one.sales, one.commission, one.share, one.payable) == (
        D("80000.00"), D("22400.00"), D("57600.00"), D("57600.00"),
    )  # fmt: skip
    assert (one.net_amount, one.vat_amount) == (D("50973.45"), D("6626.55"))
    assert one.number.startswith("JS202603-")


def test_the_whole_statement_from_receipts_fees_and_promotion(store_a):
    """T15: sales 110,000, commission 25,000, fees 3,380, compensation 2,400, payable 79,220."""
    fee = make_fee_type()
    contract = make_contract(
        store_a, guarantee="sales", guaranteed=D(100000), promotion_share=D("0.3"), starts_on=date(2026, 3, 1),
        fees=[
            {"fee_type": fee, "amount": D(300), "recurrence": "weekly", "payment": "after", "from_on": date(2026, 3, 2)},
            {"fee_type": fee, "amount": D(2000), "recurrence": "monthly", "payment": "before"},
        ],
    )  # fmt: skip
    counter, product, other = counter_of(contract), make_product(), make_product()
    sheet = draft_promotion(
        contract_id=contract.pk,
        values={
            "name": "春装周", "from_on": date(2026, 3, 10), "until_on": date(2026, 3, 20), "rate": D("0.15"),
            "compensation": "supplier", "supplier_share": D("0.6"),
        },
        items=[
            {"product": product, "price": D(299), "promotion_price": D(199)},
            {"product": other, "price": None, "promotion_price": None},
        ],
        actor=None,
    )  # fmt: skip
    approve_promotion(sheet_id=sheet.pk, actor=None)
    FeeCharge.objects.create(
        contract=contract, fee_type=fee, amount=D(180), reason="维修", document="fees/x.pdf",
        period_first=date(2026, 3, 18), period_last=date(2026, 3, 18), invoiced_on=date(2026, 3, 18),
    )  # fmt: skip
    sell_on(counter, date(2026, 3, 3), "60000.00")
    sell_on(counter, date(2026, 3, 12), "11960.00", product=product, quantity="40")
    sell_on(counter, date(2026, 3, 12), "38040.00", product=other)
    run(store_a)
    one = settled(contract)
    assert (one.sales, one.commission, one.share) == (D("110000.00"), D("25000.00"), D("85000.00"))
    assert (one.fees, one.compensation, one.payable) == (D("3380.00"), D("2400.00"), D("79220.00"))
    assert one.payable == one.sales + sum(line.amount for line in one.lines.all())
    line = one.lines.get(rule="guarantee.sales")
    words = explain(line.rule, line.inputs)
    for number in ("100,000.00", "60,000.00", "30,000.00", "10,000.00", "25%"):
        assert number in words
    assert all(title_of(line.rule, line.inputs) for line in one.lines.all())


def test_a_second_run_calculates_drafts_anew_and_leaves_the_confirmed(store_a):
    contract = make_contract(store_a)
    sell_on(counter_of(contract), date(2026, 3, 5), "1000.00")
    run(store_a)
    number = settled(contract).number
    sell_on(counter_of(contract), date(2026, 3, 6), "500.00")
    run(store_a)
    assert (settled(contract).number, settled(contract).sales) == (number, D("1500.00"))
    confirm_settlement(settlement_id=settled(contract).pk, actor=None)
    sell_on(counter_of(contract), date(2026, 3, 7), "70.00")
    assert [number for number, _reason in run(store_a).skipped] == [contract.number]
    assert settled(contract).sales == D("1500.00")


def test_late_sales_and_returns_go_to_the_next_with_their_day(store_a):
    contract = make_contract(store_a)
    counter = counter_of(contract)
    sale = sell_on(counter, date(2026, 3, 5), "1000.00")
    run(store_a)
    confirm_settlement(settlement_id=settled(contract).pk, actor=None)
    sell_on(counter, date(2026, 3, 31), "400.00")
    make_return(sale, net="100.00", quantity="0.1", at=sale.sold_at)
    sell_on(counter, date(2026, 4, 2), "200.00")
    run(store_a, APRIL)
    one = settled(contract, APRIL)
    # March had no settlement before: its January and February days held nothing.
    assert (one.sales, one.commission) == (D("500.00"), D("125.00"))
    late = one.lines.get(rule="late")
    assert sorted(late.inputs["late"]) == [["2026-03-05", "-100.00"], ["2026-03-31", "400.00"]]
    assert "2026-03-31: 400.00" in explain("late", late.inputs)
    recalculate(settlement=one, actor=None)
    assert settled(contract, APRIL).sales == D("500.00")


def test_nothing_is_counted_twice_over_the_months(store_a):
    contract = make_contract(store_a)
    counter = counter_of(contract)
    total = D(0)
    for month in range(1, 5):
        sell_on(counter, date(2026, month, 9), f"{month}00.00")
        run(store_a, date(2026, month, 1))
        one = settled(contract, date(2026, month, 1))
        confirm_settlement(settlement_id=one.pk, actor=None)
        sell_on(counter, date(2026, month, 10), "7.00")
        total += one.sales
    assert total == D("1000.00") + 3 * 7
    assert sum(row.amount for row in SettledTotal.objects.all()) == total


def test_a_month_waits_for_the_month_before(store_a):
    contract = make_contract(store_a)
    run(store_a)
    skipped = run(store_a, APRIL).skipped
    assert skipped[0][0] == contract.number
    assert settled(contract).number in skipped[0][1]


def test_cumulative_terms_know_what_was_billed(store_a):
    contract = make_contract(
        store_a, base_rate=D("0.20"), guarantee="margin", guaranteed=D(20000), horizon="cumulative"
    )
    billed = []
    for month, amount in enumerate(("80000.00", "150000.00", "60000.00", "130000.00"), 1):
        sell_on(counter_of(contract), date(2026, month, 5), amount)
        run(store_a, date(2026, month, 1))
        one = settled(contract, date(2026, month, 1))
        confirm_settlement(settlement_id=one.pk, actor=None)
        billed.append(one.commission)
    assert billed == [20000, 26000, 14000, 24000]


def test_an_amendment_in_mid_month_splits_it_and_charges_no_fee_twice(store_a, ada):
    fee = make_fee_type()
    contract = make_contract(store_a, fees=[{"fee_type": fee, "amount": D(3100), "recurrence": "monthly"}])
    assert raise_charges(contract_ids=[contract.pk], until=date(2026, 3, 5)) == 3
    version = amend_contract(contract_id=contract.pk, effective_on=date(2026, 3, 16), actor=ada)
    version.base_rate = D("0.30")
    version.save()
    sign(contract, 2)
    sell_on(counter_of(contract), date(2026, 3, 15), "1000.00")
    sell_on(counter_of(contract), date(2026, 3, 16), "1000.00")
    run(store_a)
    assert settled(contract).commission == D("550.00")
    assert raise_all_charges(until=date(2026, 12, 31)) == 9 - 0
    assert FeeCharge.objects.filter(contract=contract).count() == 12
    assert sum(one.amount for one in FeeCharge.objects.all()) == 12 * 3100
    assert raise_all_charges(until=date(2030, 1, 1)) == 0


def test_goods_of_a_category_below_have_its_rate(store_a):
    parent = make_category()
    child = make_category(parent=parent)
    counter = make_counter(store_a, category=child)
    contract = make_contract(
        store_a, counters=[counter], rates=[{"category": parent, "rate": D("0.10"), "position": 1}]
    )
    sell_on(counter, date(2026, 3, 5), "1000.00")
    run(store_a)
    assert settled(contract).commission == D("100.00")


def test_a_deposit_is_topped_up_and_a_negative_balance_carried(store_a):
    contract = make_contract(store_a, deposit_required=D(30000), carries_negative=True)
    for kind, amount in (("paid", 30000), ("deducted", 4500)):
        enter_deposit(
            contract_id=contract.pk, kind=kind, amount=D(amount), happened_on=MARCH, reason="赔付", key=kind, actor=None
        )
    sell_on(counter_of(contract), date(2026, 3, 5), "1000.00")
    run(store_a)
    one = settled(contract)
    assert (one.top_up, one.payable) == (D("4500.00"), D("-3750.00"))
    confirm_settlement(settlement_id=one.pk, actor=None)
    confirm_settlement(settlement_id=one.pk, actor=None)
    assert contract.deposits.filter(kind="topped_up").count() == 1
    run(store_a, APRIL)
    assert (settled(contract, APRIL).carried, settled(contract, APRIL).top_up) == (D("-3750.00"), 0)


@pytest.fixture
def confirmed(store_a):
    contract = make_contract(store_a)
    sell_on(counter_of(contract), date(2026, 3, 5), "1000.00")
    run(store_a)
    return confirm_settlement(settlement_id=settled(contract).pk, actor=None)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: Settlement.objects.filter(pk=one.pk).update(sales=1, share=1 - 250, payable=1 - 250),
        lambda one: Settlement.objects.filter(pk=one.pk).update(terms={}),
        lambda one: Settlement.objects.filter(pk=one.pk).update(state="draft"),
        lambda one: Settlement.objects.filter(pk=one.pk).delete(),
        lambda one: one.lines.update(amount=0),
        lambda one: one.lines.all()._raw_delete("default"),
        lambda one: SettledTotal.objects.filter(settlement=one).update(amount=0),
        lambda one: SettlementLine.objects.create(settlement=one, position=99, section="fee", rule="fee.service"),
    ],
)
def test_the_database_keeps_a_confirmed_settlement(confirmed, change):
    with pytest.raises(DatabaseError), transaction.atomic():
        change(confirmed)
    with pytest.raises(WrongState):
        recalculate(settlement=confirmed, actor=None)


def test_from_sent_over_disputed_and_adjusted_to_paid(confirmed, ada):
    one = send_settlement(settlement_id=confirmed.pk, actor=ada)
    line = one.lines.get()
    dispute_settlement(settlement_id=one.pk, reasons={line.pk: "3 月 5 日有退货"}, name="李经理")
    with pytest.raises(WrongState):
        send_settlement(settlement_id=one.pk, actor=ada)
    answer_dispute(dispute_id=line.disputes.get().pk, answer="同意", actor=ada)
    adjust_settlement(settlement_id=one.pk, amount=D("12.50"), reason="退货扣点", actor=ada)
    old = Settlement.objects.get(pk=one.pk).link_nonce
    one = send_settlement(settlement_id=one.pk, actor=ada)
    assert one.link_nonce != old
    accept_settlement(settlement_id=one.pk, name="李经理")
    with pytest.raises(WrongState):
        pay_settlement(settlement_id=one.pk, paid_on=MARCH, reference="1", actor=ada)
    approve_settlement(settlement_id=one.pk, actor=None)
    pay_settlement(settlement_id=one.pk, paid_on=MARCH, reference="1", actor=ada)
    one = Settlement.objects.get(pk=one.pk)
    assert (one.state, one.payable, one.adjusted) == ("paid", D("762.50"), D("12.50"))
    assert one.payable == one.sales + sum(line.amount for line in one.lines.all())
    assert AuditEntry.objects.filter(action="suppliers.settlement_paid", subject_id=one.pk).count() == 1
    with pytest.raises(WrongState):
        adjust_settlement(settlement_id=one.pk, amount=D(1), reason="x", actor=ada)


def test_the_run_asks_the_same_for_two_contracts_and_for_six(store_a):
    def more(number=2):
        for _one in range(number):
            contract = make_contract(store_a)
            sell_on(counter_of(contract), date(2026, 3, 5), "100.00")

    more()
    assert_same_queries(lambda: run(store_a), lambda: more(4))


def test_a_month_to_come_is_not_settled(store_a):
    with pytest.raises(WrongState):
        calculate(contract_ids=[], first=date(2099, 1, 1), last=date(2099, 1, 31), actor=None)
