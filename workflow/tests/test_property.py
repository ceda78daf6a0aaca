"""Whatever people do to requests: what must always hold, and the actions rebuild the state."""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.errors import DomainError
from staff.models import User
from workflow.engine.voting import is_held, outcome
from workflow.models import ApprovalRequest
from workflow.services import administration, decisions, requests, talk
from workflow.services.actions import broken_link
from workflow.services.applying import load_state
from workflow.services.replaying import replay
from workflow.tests.factories import ENDED, approve_node, ask, make_flow

NAMES = ("lin", "wu", "he", "ma", "qi", "su")


def definition(rng: random.Random, people: dict) -> list[dict]:
    """A flow with everything: modes, a branch, parallel branches, a copy."""

    def node(key: str) -> dict:
        chosen = rng.sample(NAMES, rng.randint(1, 3))
        return approve_node(
            key,
            *(people[name] for name in chosen),
            mode=rng.choice(["all", "any", "ordered", "ratio"]),
            ratio=rng.choice([34, 51, 67, 100]),
            wait_for_all=rng.random() < 0.3,
            on_reject=rng.choice(["end", "return"]),
        )

    high = {"all": [{"fact": "amount", "op": "gte", "value": "50000"}]}
    return [
        node("a"),
        {"key": "b", "kind": "branch", "branches": [{"name": "high", "when": high, "nodes": [node("b1")]}], "otherwise": []},
        {"key": "p", "kind": "parallel", "branches": [{"nodes": [node("p1"), node("p2")]}, {"nodes": [node("p3")]}]},
        {"key": "c", "kind": "copy", "people": [{"by": "user", "users": [people["boss"].pk]}]},
        node("z"),
    ]  # fmt: skip


def deed(rng: random.Random, request: ApprovalRequest, people: dict) -> None:
    """One thing somebody might do, fitting or not."""
    rows = list(request.tasks.filter(status__in=["open", "waiting"]).select_related("assignee"))
    task = rng.choice(rows) if rows else None
    other = people[rng.choice(NAMES)]
    verb = rng.choice(
        ["approve"] * 8 + ["reject", "return", "transfer", "delegate", "opinion", "opinion", "add", "add", "remove"]
        + ["reassign", "withdraw", "back", "back", "resubmit", "resubmit", "resubmit", "change", "comment"]
    )  # fmt: skip
    if verb == "resubmit":
        requests.submit(subject=request.subject, actor=people["ina"])
    elif verb == "withdraw" and rng.random() < 0.2:
        requests.withdraw(request_id=request.pk, actor=people["ina"])
    elif verb == "change" and rng.random() < 0.3:
        budget = request.subject
        budget.name_en = rng.choice(["48000.00", "52000.00"])
        budget.save(update_fields=["name_en"])
        requests.subject_changed(subject=budget, actor=people["ina"])
    elif verb == "comment":
        talk.comment_on(request_id=request.pk, actor=people["ina"], comment="?")
    elif verb == "back":
        undo = request.progress.get("undo")
        actor = User.objects.get(pk=undo["actor"]) if undo and rng.random() < 0.8 else other
        decisions.take_back(request_id=request.pk, actor=actor)
    elif task is not None:
        who = {"task_id": task.pk, "actor": task.assignee}
        match verb:
            case "approve":
                decisions.approve(**who)
            case "reject" if rng.random() < 0.5:
                decisions.reject(**who, comment="no")
            case "return":
                node = rng.choice([None, "a", "b1", "p1"])
                decisions.send_back(**who, comment="again", node=node)
            case "transfer":
                decisions.transfer(**who, to=other)
            case "delegate":
                decisions.delegate(**who, to=other)
            case "opinion":
                decisions.give_opinion(**who, comment="fine")
            case "add":
                chosen = [people[name] for name in rng.sample(NAMES, rng.randint(1, 2))]
                where = rng.choice(["before", "after", "parallel"])
                decisions.add_signers(**who, people=chosen, where=where, mode=rng.choice(["all", "any", "ordered"]))
            case "remove":
                decisions.remove_signer(task_id=task.pk, actor=people["root"])
            case "reassign":
                administration.reassign(task_id=task.pk, actor=people["root"], to=other)


def check(request: ApprovalRequest) -> None:
    request.refresh_from_db()
    state = load_state(request)
    active = [task for task in state.tasks.values() if task.is_active]
    if request.status == "running":
        able = [task for task in active if task.status == "open"]
        assert able, "a running request that nobody can decide hangs"
        for task in active:
            step = state.steps[task.step]
            assert step.status == "open"
            # A seat whose signers before have rejected has spoken, and waits for the others of its step.
            spoken = outcome(state, task) == "rejected"
            assert task.status == "open" or is_held(state, task) or step.mode == "ordered" or spoken
    else:
        assert active == []
        assert state.open_steps() == []
    assert broken_link(list(request.actions.order_by("seq"))) is None
    assert replay(request) == state


@pytest.mark.django_db
def test_a_signer_asked_before_rejects_and_the_others_of_the_step_go_on(people):
    make_flow(approve_node("a", people["lin"], people["wu"], mode="ratio", ratio=50))
    request = ask(people["ina"])
    mine, other = request.tasks.get(assignee=people["lin"]), request.tasks.get(assignee=people["wu"])
    decisions.add_signers(task_id=mine.pk, actor=people["lin"], people=[people["he"]], where="before", mode="all")
    before = request.tasks.get(assignee=people["he"])
    decisions.reject(task_id=before.pk, actor=people["he"], comment="no")
    check(request)
    assert request.status == "running"
    with pytest.raises(DomainError):
        decisions.approve(task_id=mine.pk, actor=people["lin"])
    decisions.approve(task_id=other.pk, actor=people["wu"])
    check(request)
    assert request.status == "approved"


@pytest.mark.django_db
def test_an_opinion_handed_to_somebody_of_the_step_leaves_the_asker_to_decide(people):
    make_flow(approve_node("a", people["lin"], people["wu"], mode="all"))
    request = ask(people["ina"])
    mine = request.tasks.get(assignee=people["lin"])
    decisions.approve(task_id=request.tasks.get(assignee=people["wu"]).pk, actor=people["wu"])
    decisions.delegate(task_id=mine.pk, actor=people["lin"], to=people["he"])
    opinion = request.tasks.get(assignee=people["he"])
    administration.reassign(task_id=opinion.pk, actor=people["root"], to=people["lin"])
    check(request)
    decisions.approve(task_id=mine.pk, actor=people["lin"])
    check(request)
    assert request.status == "approved"


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_whatever_people_do_the_request_stays_sound(people, seed):
    rng = random.Random(seed)
    ENDED.clear()
    make_flow(*definition(rng, people))
    request = ask(people["ina"], rng.choice(["48000.00", "52000.00"]))
    for _number in range(30):
        try:
            deed(rng, request, people)
        except DomainError:
            pass
        check(request)
        if not request.is_open:
            break
    finals = [reason for pk, reason in ENDED if pk == request.object_id and reason != "returned"]
    assert finals == ([] if request.is_open else [request.status])
    decided = Counter(a.task_id for a in request.actions.filter(verb__in=["approve", "reject", "return"]))
    decided.subtract(a.task_id for a in request.actions.filter(verb="take_back"))
    assert set(decided.values()) <= {0, 1}, "a task was decided twice"
