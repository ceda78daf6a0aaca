"""Thirty-two people decide at once: a task is decided once. Without the lock it is not."""

from collections import Counter
from contextlib import contextmanager

import pytest
from django.db import transaction

from kit.errors import DomainError
from loyalty.tests.threads import at_the_same_time
from staff.tests.factories import make_user
from workflow.models import ApprovalRequest
from workflow.services import applying, decisions
from workflow.services.actions import broken_link
from workflow.services.timers import run_timers
from workflow.tests.factories import ENDED, approve_node, ask, make_flow

pytestmark = pytest.mark.django_db(transaction=True)


def request_for_many():
    deciders = [make_user("finance") for _ in range(32)]
    make_user("admin")
    make_flow(approve_node("n1", *deciders, mode="any"))
    return ask(make_user("buyer")), deciders


def decide_all(request, deciders):
    tasks = {task.assignee_id: task.pk for task in request.tasks.all()}

    def one(person):
        return lambda: decisions.approve(task_id=tasks[person.pk], actor=person)

    raised = at_the_same_time(*(one(person) for person in deciders))
    assert all(error is None or isinstance(error, DomainError) for error in raised), raised
    return raised.count(None)


def test_of_32_deciders_one_decides():
    request, deciders = request_for_many()
    assert decide_all(request, deciders) == 1
    request.refresh_from_db()
    assert request.status == "approved"
    assert [(request.object_id, "approved")] == ENDED
    assert request.actions.filter(verb="approve").count() == 1
    assert Counter(request.tasks.values_list("status", flat=True)) == {"approved": 1, "cancelled": 31}
    assert broken_link(list(request.actions.order_by("seq"))) is None


@contextmanager
def unlocked(monkeypatch):
    """Read the request as it stood before the others, as code without the lock would."""

    def read(request_id):
        return ApprovalRequest.objects.select_related("version__flow", "initiator", "store").get(pk=request_id)

    with monkeypatch.context() as patched:
        patched.setattr(applying, "lock_request", read)
        patched.setattr(decisions, "lock_request", read)
        yield


def test_control_without_the_lock_a_second_decision_goes_through(monkeypatch):
    request, _deciders = request_for_many()
    first, second = request.tasks.order_by("no")[:2]
    with unlocked(monkeypatch):

        def late():
            with transaction.atomic():
                state = applying.load_state(applying.lock_request(request.pk))
                assert state.status == "running"
                raised = at_the_same_time(lambda: decisions.approve(task_id=first.pk, actor=first.assignee))
                assert raised == [None]
                monkeypatch.setattr(applying, "load_state", lambda _request: state)
                applying.apply(request_id=request.pk, verb="approve", actor=second.assignee, task=second.no)

        late()
    assert [reason for _pk, reason in ENDED] == ["approved", "approved"]


def test_two_workers_fire_each_timer_once(people):
    make_flow(approve_node("n1", people["lin"], due_hours="1", reminders=1))
    request = ask(people["ina"])
    timer = request.tasks.get().timers.get()
    at_the_same_time(*(lambda: run_timers(timer.due_at) for _ in range(6)))
    assert request.actions.filter(verb="remind").count() == 1
    assert request.tasks.get().reminders == 1
