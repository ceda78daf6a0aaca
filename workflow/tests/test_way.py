"""The way of a request: submitted, decided, ended."""

import pytest

from workflow.models import Action
from workflow.services.decisions import approve, reject
from workflow.services.requests import is_approved, last_request_of, open_request_of, withdraw
from workflow.tests.factories import ENDED, approve_node, ask, make_flow, task

pytestmark = pytest.mark.django_db


def test_two_levels_approve_one_after_the_other(people):
    make_flow(approve_node("n1", people["lin"]), approve_node("n2", people["wu"]))
    request = ask(people["ina"])
    assert request.number.startswith("SP")
    assert open_request_of(request.subject) == request
    approve(task_id=task(request, people["lin"]).pk, actor=people["lin"], comment="好")
    assert not is_approved(request.subject)
    assert ENDED == []
    approve(task_id=task(request, people["wu"]).pk, actor=people["wu"])
    assert is_approved(request.subject)
    assert last_request_of(request.subject).status == "approved"
    assert [(request.object_id, "approved")] == ENDED
    assert list(Action.objects.filter(request=request).values_list("verb", flat=True)) == [
        "submit", "approve", "approve",
    ]  # fmt: skip
    assert people["ina"].notices.count() == 1


def test_a_rejection_ends_it_and_tells_the_subject(people):
    make_flow(approve_node("n1", people["lin"], people["wu"]), approve_node("n2", people["he"]))
    request = ask(people["ina"])
    request = reject(task_id=task(request, people["wu"]).pk, actor=people["wu"], comment="太贵")
    assert request.status == "rejected"
    assert request.finished_at is not None
    assert [(request.object_id, "rejected")] == ENDED
    assert not request.tasks.filter(status__in=["open", "waiting"]).exists()


def test_who_asked_withdraws(people):
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    assert withdraw(request_id=request.pk, actor=people["ina"]).status == "withdrawn"
    assert open_request_of(request.subject) is None
