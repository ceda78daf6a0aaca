"""A fee of a contract is a claim on its supplier, once, whatever is called how often."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from suppliers.models import FeeCharge
from suppliers.services.charges import cancel_charge, raise_charges
from suppliers.services.receivables import follow_charges
from suppliers.tests.factories_contracts import make_contract, make_fee_type
from workflow.models import ExpenseClaim

pytestmark = pytest.mark.django_db


def test_a_fee_raises_its_claim_once_and_takes_it_back_when_cancelled(store_a, client, ada):
    contract = make_contract(
        store_a,
        fees=[{"fee_type": make_fee_type(), "amount": Decimal(2000), "recurrence": "monthly", "payment": "before"}],
    )
    raise_charges(contract_ids=[contract.pk], until=date(2026, 2, 10))
    raise_charges(contract_ids=[contract.pk], until=date(2026, 2, 10))
    follow_charges(FeeCharge.objects.all())
    claims = ExpenseClaim.objects.order_by("pk")
    assert [(one.direction, one.status, one.total) for one in claims] == [("receivable", "open", Decimal(2000))] * 2
    assert contract.number in claims[0].purpose
    cancel_charge(charge_id=FeeCharge.objects.latest("pk").pk, reason="免收", actor=ada)
    assert [one.status for one in claims.all()] == ["open", "void"]
    client.force_login(ada)
    assert client.get(reverse("workflow:calendar")).status_code == 200
