"""A reckoning year cut short: by its own months, or by twelve months and then its part, as the contract says."""

from datetime import date
from decimal import Decimal as D

import pytest

from staff.tests.factories import make_user
from suppliers.services.contracts import terminate_contract
from suppliers.services.settlement import run_month
from suppliers.services.statements import confirm_settlement
from suppliers.settling.words import explain, title_of
from suppliers.tests.factories_contracts import counter_of, make_contract, sell_on

pytestmark = pytest.mark.django_db
TERMS = {"guarantee": "margin", "guaranteed": D(1000), "base_rate": D("0.2"), "horizon": "year_end"}
MONTHS = [date(2025 + number // 12, number % 12 + 1, 1) for number in range(18)]


def settled_to_june(store, actor, *, since=MONTHS[0], **terms):
    """10,000 a month in 2025, 4,000 a month in 2026, ended on 30 June 2026; the last settlement."""
    contract = make_contract(store, starts_on=since, ends_on=date(2026, 12, 31), **TERMS, **terms)
    months = [month for month in MONTHS if month >= since]
    for month in months:
        sell_on(counter_of(contract), month.replace(day=9), "10000.00" if month.year == 2025 else "4000.00")
    terminate_contract(contract_id=contract.pk, last_on=date(2026, 6, 30), reason="撤柜", consented=True, actor=actor)
    for month in months:
        run_month(month_on=month, actor=None, store_ids=[store.pk])
        one = contract.settlements.get(first_on=month)
        confirm_settlement(settlement_id=one.pk, actor=None)
    return one


@pytest.fixture
def manager(store_a):
    return make_user("manager", [store_a])


def test_by_its_own_months(store_a, manager):
    """24,000 × 20 % = 4,800 are below 6 × 1,000."""
    line = settled_to_june(store_a, manager).lines.get(rule="horizon.year_end")
    assert -line.amount == D("1200.00")


def test_by_twelve_months_and_then_its_part(store_a, manager):
    """July to June: 84,000 × 20 % = 16,800, above 12,000; half of it is 8,400, billed are 4,800."""
    line = settled_to_june(store_a, manager, partial="extended").lines.get(rule="horizon.extended")
    assert -line.amount == D("3600.00")
    words = explain(line.rule, line.inputs)
    for number in ("84,000.00", "16,800.00", "8,400.00", "6"):
        assert number in words
    assert title_of(line.rule, line.inputs)


def test_a_contract_younger_than_twelve_months_is_compared_by_its_own(store_a, manager):
    one = settled_to_june(store_a, manager, since=date(2025, 10, 1), partial="extended")
    assert -one.lines.get(rule="horizon.year_end").amount == D("1200.00")
    assert not one.lines.filter(rule="horizon.extended").exists()
