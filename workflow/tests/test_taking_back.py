"""Who decided last can take the decision back, until the next one acts."""

import pytest
from django.db import transaction
from django.urls import reverse

from loyalty.tests.threads import at_the_same_time
from staff.tests.factories import make_user
from workflow.exceptions import AlreadyDecided, RequestClosed
from workflow.services import applying, decisions
from workflow.services.actions import broken_link
from workflow.services.applying import load_state
from workflow.services.decisions import approve, reject, take_back, transfer
from workflow.services.replaying import replay
from workflow.services.talk import copy_to
from workflow.tests.factories import ENDED, approve_node, ask, make_flow, task


def decide(request, person, deed=approve, **more):
    return deed(task_id=task(request, person).pk, actor=person, **more)


@pytest.mark.parametrize("mode", ["all", "any", "ordered", "ratio"])
def test_the_request_stands_as_before_the_decision(people, mode):
    make_flow(approve_node("a", people["lin"], people["wu"], mode=mode, ratio=50), approve_node("z", people["ma"]))
    request = ask(people["ina"])
    before = load_state(request)
    decide(request, people["lin"])
    request = take_back(request_id=request.pk, actor=people["lin"], comment="看错了")
    after = load_state(request)
    assert {no: one.status for no, one in after.tasks.items() if no in before.tasks} == {
        no: one.status for no, one in before.tasks.items()
    }
    assert not request.tasks.filter(assignee=people["ma"], status="open").exists()
    mine = task(request, people["lin"])
    assert (mine.decided_at, mine.decided_by) == (None, None)
    assert mine.step.closed_at is None
    assert replay(request) == after
    assert broken_link(list(request.actions.order_by("seq"))) is None
    assert [one.verb for one in request.actions.order_by("seq")] == ["submit", "approve", "take_back"]
    request = decide(request, people["lin"])
    request = decide(request, people["wu"]) if mode in ("all", "ordered") else request
    assert decide(request, people["ma"]).status == "approved"


def test_parallel_branches_that_had_joined_part_again(people):
    branches = [{"nodes": [approve_node("p1", people["lin"])]}, {"nodes": [approve_node("p2", people["wu"])]}]
    make_flow({"key": "p", "kind": "parallel", "branches": branches}, approve_node("z", people["ma"]))
    request = ask(people["ina"])
    decide(request, people["lin"])
    request = decide(request, people["wu"])
    assert task(request, people["ma"])
    request = take_back(request_id=request.pk, actor=people["wu"])
    assert request.progress["arrived"] == {"p": [0]}
    request = decide(request, people["wu"])
    assert decide(request, people["ma"]).status == "approved"


def test_once_the_next_has_acted_it_is_too_late(people):
    make_flow(*(approve_node(key, people[name]) for key, name in (("a", "lin"), ("b", "wu"), ("c", "ma"))))
    request = ask(people["ina"])
    decide(request, people["lin"])
    copy_to(request_id=request.pk, actor=people["ina"], people=[people["su"]])  # telling somebody is not acting
    with pytest.raises(AlreadyDecided):
        take_back(request_id=request.pk, actor=people["wu"])
    decide(request, people["wu"], transfer, to=people["he"])
    with pytest.raises(AlreadyDecided):
        take_back(request_id=request.pk, actor=people["lin"])
    decide(request, people["he"])
    request = decide(request, people["ma"])
    assert request.status == "approved"
    with pytest.raises(AlreadyDecided):
        take_back(request_id=request.pk, actor=people["ma"])


def test_a_rejection_among_others_is_taken_back(people):
    make_flow(approve_node("a", people["lin"], people["wu"], wait_for_all=True))
    request = ask(people["ina"])
    decide(request, people["lin"], reject, comment="不")
    take_back(request_id=request.pk, actor=people["lin"])
    decide(request, people["lin"])
    assert decide(request, people["wu"]).status == "approved"


def test_the_page_offers_it_to_who_decided_last_only(client, people):
    make_flow(approve_node("a", people["lin"]), approve_node("z", people["ma"]))
    request = ask(people["ina"])
    decide(request, people["lin"])
    page, url = (reverse(f"workflow:{name}", args=[request.pk]) for name in ("request_detail", "request_take_back"))
    client.force_login(people["ma"])
    assert url not in client.get(page).content.decode()
    assert client.post(url).status_code == 422
    client.force_login(people["lin"])
    assert url in client.get(page).content.decode()
    assert client.get(url).status_code == 405
    assert client.post(url, {"comment": "看错了"}).status_code == 302
    assert task(request, people["lin"])
    assert "看错了" in client.get(page).content.decode()


@pytest.fixture
def waiting_for_the_next():
    first, following = make_user("finance"), make_user("finance")
    make_user("admin")
    make_flow(approve_node("a", first), approve_node("z", following))
    request = ask(make_user("buyer"))
    return decide(request, first), first, following


@pytest.mark.django_db(transaction=True)
def test_of_taking_back_and_the_next_decision_one_wins(waiting_for_the_next):
    request, first, following = waiting_for_the_next
    next_task = task(request, following)
    raised = at_the_same_time(
        lambda: take_back(request_id=request.pk, actor=first), lambda: approve(task_id=next_task.pk, actor=following)
    )
    assert raised.count(None) == 1, raised
    assert any(isinstance(error, AlreadyDecided | RequestClosed) for error in raised)
    request.refresh_from_db()
    assert request.status == ("running" if raised[0] is None else "approved")
    assert replay(request) == load_state(request)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_both_go_through(waiting_for_the_next, monkeypatch):
    request, first, following = waiting_for_the_next
    next_task = task(request, following)
    with transaction.atomic():
        read = type(request).objects.select_related("version__flow", "initiator", "store").get(pk=request.pk)
        state = load_state(read)
        assert at_the_same_time(lambda: approve(task_id=next_task.pk, actor=following)) == [None]
        for module in (applying, decisions):
            monkeypatch.setattr(module, "lock_request", lambda _pk: read)
        monkeypatch.setattr(applying, "load_state", lambda _request: state)
        take_back(request_id=request.pk, actor=first)
    request.refresh_from_db()
    assert (request.status, [reason for _pk, reason in ENDED]) == ("running", ["approved"])
