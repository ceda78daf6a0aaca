"""Reminders about contracts: before the last day of notice and before the end, each once."""

from datetime import date, timedelta

import pytest

from staff.models import Notice, Outbox
from staff.tests.factories import make_user
from suppliers.services.contracts import renew_contract
from suppliers.services.reminders import remind_contracts
from suppliers.tests.factories_contracts import make_contract

pytestmark = pytest.mark.django_db
END = date(2026, 12, 31)
NOTICE = date(2026, 10, 31)


@pytest.fixture
def contract(store_a):
    make_user("manager", [store_a], email="manager@example.com", phone="+8613800000001")
    make_user("manager", [], email="elsewhere@example.com")
    return make_contract(store_a)


def test_each_milestone_is_sent_once_to_the_people_concerned(contract):
    day = NOTICE - timedelta(days=61)
    assert remind_contracts(today=day) == 0
    sent = []
    while day <= END + timedelta(days=3):
        if remind_contracts(today=day):
            sent.append((NOTICE - day).days if day <= NOTICE else (END - day).days)
        assert remind_contracts(today=day) == 0
        day += timedelta(days=1)
    # 60 days before the end lies one day after the last day of notice.
    assert sent == [60, 30, 7, 0, 60, 30, 7, 0]
    assert Notice.objects.count() == 8
    assert Outbox.objects.filter(channel="email").count() == 8
    assert Outbox.objects.filter(channel="sms").count() == 4
    assert set(Outbox.objects.values_list("to", flat=True)) == {"manager@example.com", "+8613800000001"}


def test_workers_down_for_days_send_what_is_due_once(contract):
    assert remind_contracts(today=NOTICE - timedelta(days=60)) == 1
    assert remind_contracts(today=NOTICE - timedelta(days=5)) == 1
    assert remind_contracts(today=NOTICE - timedelta(days=4)) == 0
    assert sorted(contract.milestones.values_list("days_before", flat=True)) == [7, 60]


def test_a_renewal_in_preparation_stills_the_reminder_of_notice(contract, ada):
    renew_contract(contract_id=contract.pk, ends_on=date(2027, 12, 31), actor=ada)
    assert remind_contracts(today=NOTICE - timedelta(days=7)) == 0
    assert remind_contracts(today=END - timedelta(days=7)) == 1
