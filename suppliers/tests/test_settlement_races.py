"""Two people at one settlement, one deposit, one fee: nothing is lost and nothing happens twice."""

import threading
from datetime import date
from decimal import Decimal as D

import pytest

from loyalty.tests.threads import at_the_same_time
from suppliers.models import DepositEntry, FeeCharge, Settlement
from suppliers.services import statements
from suppliers.services.charges import raise_all_charges
from suppliers.services.deposits import enter_deposit
from suppliers.services.settlement import run_month
from suppliers.services.statements import adjust_settlement, confirm_settlement, pay_settlement
from suppliers.tests.factories_contracts import counter_of, make_contract, make_fee_type, sell_on

pytestmark = pytest.mark.django_db(transaction=True)
MARCH = date(2026, 3, 1)


@pytest.fixture
def contract(store_a):
    fee = {"fee_type": make_fee_type(), "amount": D(100), "recurrence": "monthly"}
    contract = make_contract(store_a, deposit_required=D(1000), fees=[fee])
    sell_on(counter_of(contract), date(2026, 3, 5), "1000.00")
    return contract


@pytest.fixture
def confirmed(contract, store_a):
    run_month(month_on=MARCH, actor=None, store_ids=[store_a.pk])
    return confirm_settlement(settlement_id=contract.settlements.get().pk, actor=None)


def adjusting(settlement, amount):
    return lambda: adjust_settlement(settlement_id=settlement.pk, amount=D(amount), reason="x", actor=None)


def test_two_adjustments_at_once_both_count(confirmed):
    assert at_the_same_time(adjusting(confirmed, 10), adjusting(confirmed, 5)) == [None, None]
    after = Settlement.objects.get(pk=confirmed.pk)
    assert after.payable == confirmed.payable + 15
    assert after.payable == after.sales + sum(line.amount for line in after.lines.all())


def test_without_the_lock_an_adjustment_is_lost(confirmed, monkeypatch):
    """The control: with both reading before either writes, the lines and the sum part."""
    meeting = threading.Barrier(2)

    def unlocked(settlement_id):
        settlement = Settlement.objects.get(pk=settlement_id)
        meeting.wait(timeout=20)
        return settlement

    monkeypatch.setattr(statements, "lock_settlement", unlocked)
    raised = at_the_same_time(adjusting(confirmed, 10), adjusting(confirmed, 5))
    after = Settlement.objects.get(pk=confirmed.pk)
    assert any(raised) or after.payable != confirmed.payable + 15


def test_a_run_twice_at_once_makes_one_settlement_and_charges_once(contract, store_a):
    def run():
        run_month(month_on=MARCH, actor=None, store_ids=[store_a.pk])

    assert [error for error in at_the_same_time(run, run, run) if error] == []
    assert contract.settlements.count() == 1
    assert contract.settlements.get().payable == D("450.00")
    assert FeeCharge.objects.count() == 3


def test_fees_raised_by_several_workers_come_once(contract):
    def work():
        raise_all_charges(until=date(2026, 6, 1))

    assert [error for error in at_the_same_time(work, work, work) if error] == []
    assert FeeCharge.objects.count() == 6


def test_a_settlement_is_confirmed_and_paid_once(contract, store_a):
    run_month(month_on=MARCH, actor=None, store_ids=[store_a.pk])
    pk = contract.settlements.get().pk

    def confirm():
        confirm_settlement(settlement_id=pk, actor=None)

    assert at_the_same_time(confirm, confirm) == [None, None]
    assert FeeCharge.objects.filter(settlement=pk).count() == 3
    Settlement.objects.filter(pk=pk).update(state="accepted")
    statements.approve_settlement(settlement_id=pk, actor=None)

    def pay():
        pay_settlement(settlement_id=pk, paid_on=MARCH, reference="1", actor=None)

    assert at_the_same_time(pay, pay) == [None, None]


def test_a_deposit_is_deducted_only_as_far_as_it_reaches(contract):
    def enter(kind, amount, key):
        return lambda: enter_deposit(
            contract_id=contract.pk, kind=kind, amount=D(amount), happened_on=MARCH, reason="", key=key, actor=None
        )

    enter("paid", 1000, "p")()
    raised = at_the_same_time(enter("deducted", 800, "a"), enter("deducted", 800, "b"))
    assert sorted(type(error).__name__ for error in raised) == ["NoneType", "WrongState"]
    assert DepositEntry.objects.filter(kind="deducted").count() == 1
