"""Two people at once: the last step closes the supplier, a task is done once, leave is asked once. Without the lock not."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from kit.errors import DomainError
from loyalty.tests.threads import at_the_same_time
from staff.tests.factories import make_user
from stores.tests.factories import make_store
from suppliers.models import Contract, Leaving, LeavingStep, Party, PartyTask, SellingOverride
from suppliers.selectors.in_force import deposit_of
from suppliers.services import deposits, leaving
from suppliers.services.dealings import finish_task
from suppliers.services.overrides import ask_override
from suppliers.tests.factories_parties import make_party, make_signed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def buyer():
    return make_user("buyer", [], all_stores=True)


@pytest.fixture
def two_last_steps(buyer):
    today = timezone.localdate()
    party = make_party(make_store(), status="leaving")
    under_way = Leaving.objects.create(
        party=party, cause="ours", reason="末位", notice_on=today, notice_days=1, leaves_on=today
    )
    for key in ("settled", "deposit"):
        LeavingStep.objects.create(leaving=under_way, key=key, due_on=today, done_on=today, done_by=buyer)
    return [
        LeavingStep.objects.create(leaving=under_way, key=key, due_on=today) for key in ("goods_out", "access_closed")
    ]


def finish(step, actor):
    leaving.finish_step(step_id=step.pk, done_on=timezone.localdate(), note="", actor=actor)


def test_of_two_last_steps_done_at_once_one_closes_the_supplier(two_last_steps, buyer):
    raised = at_the_same_time(*[lambda step=step: finish(step, buyer) for step in two_last_steps])
    assert raised == [None, None]
    assert Party.objects.get().status == "left"


def test_control_without_the_lock_neither_closes_it(two_last_steps, buyer, monkeypatch):
    monkeypatch.setattr(leaving, "lock_party", lambda party_id: Party.objects.get(pk=party_id))
    both_are_done = threading.Barrier(2, timeout=20)

    def one(step):
        with transaction.atomic():
            finish(step, buyer)
            both_are_done.wait()

    assert at_the_same_time(*[lambda step=step: one(step) for step in two_last_steps]) == [None, None]
    assert LeavingStep.objects.filter(done_on=None).count() == 0
    assert Party.objects.get().status == "leaving"


def test_a_task_is_done_by_one_of_eight(buyer):
    task = PartyTask.objects.create(party=make_party(), title="x", due_on=timezone.localdate(), owner=buyer)
    raised = at_the_same_time(*[lambda: finish_task(task_id=task.pk, actor=buyer) for _ in range(8)])
    assert raised.count(None) == 1
    assert all(error is None or isinstance(error, DomainError) for error in raised)


def test_leave_to_sell_is_asked_once_by_four(buyer):
    make_user("manager", [], all_stores=True)
    party = make_party(make_store(), status="supplier", selling="stopped")
    until = timezone.localdate() + timedelta(days=3)

    def ask():
        ask_override(party_id=party.pk, until_on=until, reason="换证", urgent=False, actor=buyer)

    raised = at_the_same_time(ask, ask, ask, ask)
    assert raised.count(None) == 1, raised
    assert all(error is None or isinstance(error, DomainError) for error in raised)
    assert SellingOverride.objects.count() == 1


@pytest.fixture
def contract():
    contract = make_signed(make_party(make_store(), status="supplier"))
    move(contract, "paid")
    return contract


def move(contract, kind):
    deposits.enter_deposit(
        contract_id=contract.pk, kind=kind, amount=Decimal("30000.00"), happened_on=timezone.localdate(), reason="",
        key=kind, actor=None,
    )  # fmt: skip


def give_back(contract):
    deposits.refund_balance(
        contract_id=contract.pk, happened_on=timezone.localdate(), reason="", key="leaving-1", actor=None
    )


def test_a_deposit_deducted_and_given_back_at_once_goes_one_way(contract):
    raised = at_the_same_time(lambda: give_back(contract), lambda: move(contract, "deducted"))
    assert all(error is None or isinstance(error, DomainError) for error in raised), raised
    assert contract.deposits.exclude(kind="paid").count() == 1
    assert deposit_of(contract.party_id) == 0


def test_control_without_the_lock_the_deposit_goes_twice(contract, monkeypatch):
    both_have_looked = threading.Barrier(2, timeout=20)
    deposits_of = deposits.deposits_of
    looked = threading.local()

    def looking(required):
        found = deposits_of(required)
        if not hasattr(looked, "once"):
            looked.once = True
            both_have_looked.wait()
        return found

    monkeypatch.setattr(deposits, "lock_contract", lambda contract_id: Contract.objects.get(pk=contract_id))
    monkeypatch.setattr(deposits, "deposits_of", looking)
    assert at_the_same_time(lambda: move(contract, "deducted"), lambda: move(contract, "refunded")) == [None, None]
    assert deposit_of(contract.party_id) == Decimal("-30000.00")
