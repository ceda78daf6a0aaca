"""The contract's page tells what was done to it, newest first, and nothing of other contracts."""

from datetime import date

import pytest
from django.urls import reverse

from staff.models import AuditEntry
from suppliers.selectors.history import SHOWN, history_of
from suppliers.services.contracts import amend_contract, set_targets
from suppliers.tests.factories_contracts import make_contract

pytestmark = pytest.mark.django_db


@pytest.fixture
def role():
    return "buyer"


def test_the_page_tells_who_did_what(client, ada, store_a):
    contract = make_contract(store_a, actor=ada)
    make_contract(store_a)
    told = history_of(contract, contract.versions.all())
    assert [deed.words for deed in told] == ["版本已签署", "版本已通过审批", "开始拟定合同"]
    assert told[-1].actor == ada
    client.force_login(ada)
    text = client.get(reverse("suppliers:contract_detail", args=[contract.pk])).text
    assert "开始拟定合同" in text
    assert str(ada) in text
    amend_contract(contract_id=contract.pk, effective_on=date(2026, 7, 1), actor=ada)
    text = client.get(reverse("suppliers:contract_detail", args=[contract.pk])).text
    assert "开始拟定合同" not in text


def test_it_is_short_and_leaves_out_what_it_has_no_words_for(ada, store_a):
    contract = make_contract(store_a)
    AuditEntry.objects.create(action="suppliers.unheard", subject_type="suppliers.contract", subject_id=contract.pk)
    for _ in range(SHOWN + 2):
        set_targets(contract_id=contract.pk, targets=[], actor=ada)
    told = history_of(contract, contract.versions.all())
    assert len(told) == SHOWN
    assert {deed.words for deed in told} == {"设定目标"}
