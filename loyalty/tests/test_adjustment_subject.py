"""Adjustments of points keep the contract of subjects."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from loyalty.locks import lock_account
from loyalty.models import Adjustment
from staff.tests.factories import make_user
from workflow.models import ApprovalRequest
from workflow.services.decisions import approve
from workflow.services.waiting import ask_for_waiting
from workflow.tests.contract import SubjectContract


class TestAdjustment(SubjectContract):
    key = "loyalty.adjustment"

    @pytest.fixture
    def subject(self, member, initiator):
        account = lock_account(member.pk)
        return Adjustment.objects.create(
            account=account, points=9000, reason="补登", asked_by=initiator, asked_at=timezone.now()
        )

    def change(self, subject):
        subject.points = 8000
        subject.save(update_fields=["points"])


def wait(member, clerk):
    """An adjustment as it was asked for before approvals knew of it."""
    account = lock_account(member.pk)
    return Adjustment.objects.create(
        account=account, points=9000, reason="补登", asked_by=clerk, asked_at=timezone.now()
    )


def test_what_waited_before_approvals_is_asked_for_once_and_can_be_booked(member, store_a, programme):
    manager = make_user("manager", [member.home_store])
    clerk = make_user("clerk", [member.home_store])
    adjustment = wait(member, clerk)
    decided = wait(member, clerk)
    decided.state = Adjustment.State.REFUSED
    decided.save(update_fields=["state"])
    said = StringIO()
    call_command("install_flows", stdout=said)
    assert "1 requests begun" in said.getvalue()
    request = ApprovalRequest.objects.get()
    assert (request.subject, request.initiator) == (adjustment, clerk)
    assert ask_for_waiting() == 0
    approve(task_id=request.tasks.get(assignee=manager).pk, actor=manager)
    adjustment.refresh_from_db()
    assert adjustment.state == "booked"
    assert ask_for_waiting() == 0
    assert ApprovalRequest.objects.count() == 1


def test_one_asked_for_twice_at_once_has_one_request(member, monkeypatch):
    """Somebody submits between looking and asking: theirs stays."""
    make_user("manager", [member.home_store])
    wait(member, make_user("clerk", [member.home_store]))
    assert ask_for_waiting() == 1
    monkeypatch.setattr("workflow.services.waiting.last_request_of", lambda subject: None)
    assert ask_for_waiting() == 0
    assert ApprovalRequest.objects.count() == 1
