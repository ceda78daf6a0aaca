"""Leaving early without consent: what is owed, charged once, shown, and deducted in the next settlement."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.urls import reverse

from staff.models import AuditEntry
from staff.tests.factories import make_user
from suppliers.exceptions import WrongState
from suppliers.models import Contract
from suppliers.services.contracts import terminate_contract
from suppliers.services.statements import confirm_settlement
from suppliers.settling.words import explain
from suppliers.tests.factories_contracts import counter_of, make_contract, sell_on
from suppliers.tests.test_settlement_run import APRIL, run, settled

pytestmark = pytest.mark.django_db
LAST = date(2026, 4, 30)


@pytest.fixture
def contract(store_a):
    contract = make_contract(store_a, exit_months=2)
    counter = counter_of(contract)
    sell_on(counter, date(2026, 2, 5), "30000.00")
    sell_on(counter, date(2026, 3, 5), "50000.00")
    sell_on(counter, date(2026, 4, 5), "20000.00")
    return contract


def leave(contract, *, consented, last_on=LAST):
    return terminate_contract(
        contract_id=contract.pk, last_on=last_on, reason="撤柜", consented=consented, actor=make_user("manager", [])
    )


def test_without_consent_the_best_month_is_owed_twice_and_deducted_next(store_a, contract):
    run(store_a, date(2026, 3, 1))
    confirm_settlement(settlement_id=settled(contract, date(2026, 3, 1)).pk, actor=None)
    leave(contract, consented=False)
    charge = contract.charges.get()
    assert (charge.amount, charge.state, charge.invoiced_on) == (D("100000.00"), "open", LAST)
    assert "2026-03 50,000.00 × 2" in charge.reason
    run(store_a, APRIL)
    one = settled(contract, APRIL)
    line = one.lines.get(section="fee")
    assert (one.fees, line.amount) == (D("100000.00"), D("-100000.00"))
    assert "50,000.00" in line.inputs["label"]
    assert "2026-04-30" in explain(line.rule, line.inputs)
    confirm_settlement(settlement_id=one.pk, actor=None)
    charge.refresh_from_db()
    assert (charge.state, charge.settlement) == ("settled", one)


def test_after_the_last_month_is_settled_it_comes_with_a_settlement_of_its_own(store_a, contract):
    run(store_a, APRIL)
    confirm_settlement(settlement_id=settled(contract, APRIL).pk, actor=None)
    leave(contract, consented=False)
    run(store_a, date(2026, 5, 1))
    assert settled(contract, date(2026, 5, 1)).payable == D("-100000.00")


def test_by_consent_nothing_is_owed(contract):
    leave(contract, consented=True)
    assert not contract.charges.exists()


def test_without_sales_or_months_agreed_nothing_is_owed(store_a):
    silent = make_contract(store_a)
    leave(silent, consented=False)
    free = make_contract(store_a, exit_months=0)
    sell_on(counter_of(free), date(2026, 3, 5), "50000.00")
    leave(free, consented=False)
    assert not silent.charges.exists()
    assert not free.charges.exists()


def test_a_second_termination_refuses_and_charges_nothing(contract):
    leave(contract, consented=False)
    with pytest.raises(WrongState):
        leave(contract, consented=False)
    assert contract.charges.count() == 1
    assert AuditEntry.objects.filter(action="suppliers.exit_charged").count() == 1


def test_the_form_says_what_is_owed_and_the_contract_shows_it(client, store_a, contract):
    client.force_login(make_user("manager", [store_a]))
    page = reverse("suppliers:contract_terminate", args=[contract.pk])
    assert "100,000.00" in client.get(page).text
    data = {"last_on": "2026-04-30", "reason": "撤柜"}
    assert client.post(page, data).status_code == 302
    assert Contract.objects.get(pk=contract.pk).consented is False
    shown = client.get(reverse("suppliers:contract_detail", args=[contract.pk])).text
    assert "提前离场补偿" in shown
    assert "100,000.00" in shown


def test_who_may_not_terminate_raises_nothing(client, store_b, contract):
    client.force_login(make_user("manager", [store_b]))
    page = reverse("suppliers:contract_terminate", args=[contract.pk])
    assert client.post(page, {"last_on": "2026-04-30", "reason": "x"}).status_code in (403, 404)
    assert not contract.charges.exists()
