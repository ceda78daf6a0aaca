"""What people complained about in other systems, one test each: it would have caught the complaint."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from staff.tests.factories import make_user
from stores.tests.factories import make_department
from workflow.exceptions import AlreadyUnderApproval, MoneyMoved, NotYours, WrongPeople
from workflow.models import Action, ApprovalTask, FlowVersion
from workflow.services.actions import broken_link
from workflow.services.administration import hand_over
from workflow.services.applying import apply
from workflow.services.decisions import add_signers, approve, delegate, give_opinion, reject, send_back, transfer
from workflow.services.delegations import delegate_standing
from workflow.services.linting import dry_run, lint
from workflow.services.requests import ask_revocation, is_approved, open_request_of, subject_changed, submit
from workflow.services.subjects import register, subject_of, unregister
from workflow.services.talk import copy_to, remind
from workflow.tests.factories import (
    ENDED,
    BudgetSubject,
    PaperSubject,
    approve_node,
    ask,
    make_budget,
    make_flow,
    task,
)

pytestmark = pytest.mark.django_db


def yes(request, person):
    return approve(task_id=task(request, person).pk, actor=person)


def deputy(people, absent, stands_in, **fields):
    today = timezone.localdate()
    return delegate_standing(
        from_user=people[absent], to_user=people[stands_in], starts_on=today, ends_on=today + timedelta(days=3),
        actor=people[absent], **fields,
    )  # fmt: skip


def test_1_two_of_three_must_approve_one_step(people):
    make_flow(approve_node("n1", people["lin"], people["wu"], people["he"], mode="ratio", ratio=60))
    request = ask(people["ina"])
    assert yes(request, people["lin"]).status == "running"
    assert yes(request, people["wu"]).status == "approved"


def test_1_all_of_several_and_one_after_another(people):
    make_flow(
        approve_node("n1", people["lin"], people["wu"]),
        approve_node("n2", people["he"], people["ma"], mode="ordered"),
    )
    request = ask(people["ina"])
    yes(request, people["wu"])
    assert not request.tasks.filter(assignee=people["he"]).exists()
    yes(request, people["lin"])
    assert request.tasks.get(assignee=people["ma"]).status == "waiting"
    yes(request, people["he"])
    assert yes(request, people["ma"]).status == "approved"


def test_2_a_substitute_decides_while_somebody_is_away_one_hop_only(people):
    deputy(people, "lin", "wu")
    deputy(people, "wu", "he")
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    asked = request.tasks.get()
    assert (asked.assignee, asked.on_behalf_of) == (people["wu"], people["lin"])
    yes(request, people["wu"])
    assert Action.objects.get(request=request, verb="approve").on_behalf_of == people["lin"]


def test_2_the_absent_may_still_decide_and_limits_hold(people):
    deputy(people, "lin", "wu", max_amount=50000)
    make_flow(approve_node("n1", people["lin"]))
    small, big = ask(people["ina"], "50000.00"), ask(people["ina"], "50000.01")
    assert big.tasks.get().assignee == people["lin"]
    assert approve(task_id=small.tasks.get().pk, actor=people["lin"]).status == "approved"


def test_2_a_deputy_never_decides_the_own_request(people):
    deputy(people, "lin", "ina")
    make_flow(approve_node("n1", people["lin"]))
    assert ask(people["ina"]).tasks.get().assignee == people["lin"]


def test_2_everything_of_a_leaver_is_handed_over(people):
    make_flow(approve_node("n1", people["lin"], people["wu"], mode="ordered"))
    requests = [ask(people["ina"]) for _ in range(3)]
    assert hand_over(leaver=people["wu"], to=people["ma"], actor=people["root"]) == 3
    for request in requests:
        yes(request, people["lin"])
        assert yes(request, people["ma"]).status == "approved"


def test_3_pass_on_second_opinion_and_add_somebody(people):
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    delegate(task_id=task(request, people["lin"]).pk, actor=people["lin"], to=people["wu"])
    give_opinion(task_id=task(request, people["wu"]).pk, actor=people["wu"], comment="可以")
    add_signers(
        task_id=task(request, people["lin"]).pk, actor=people["lin"], people=[people["he"], people["ma"]], where="after"
    )
    assert request.tasks.get(assignee=people["lin"]).status == "approved"
    yes(request, people["he"])
    request.refresh_from_db()
    assert request.status == "running"
    transfer(task_id=task(request, people["ma"]).pk, actor=people["ma"], to=people["qi"])
    assert yes(request, people["qi"]).status == "approved"


def test_3_who_was_added_cannot_add(people):
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    add_signers(task_id=task(request, people["lin"]).pk, actor=people["lin"], people=[people["he"]], where="before")
    with pytest.raises(WrongPeople):
        add_signers(task_id=task(request, people["he"]).pk, actor=people["he"], people=[people["ma"]], where="after")


def test_4_a_definition_changed_in_flight_touches_no_running_request(people):
    flow = make_flow(approve_node("n1", people["lin"]), approve_node("n2", people["wu"]))
    request = ask(people["ina"])
    FlowVersion.objects.filter(flow=flow).update(status="retired")
    FlowVersion.objects.create(
        flow=flow, number=2, status="published", definition={"nodes": [approve_node("n1", people["he"])]}
    )
    yes(request, people["lin"])
    assert yes(request, people["wu"]).status == "approved"
    assert submit(subject=make_budget(), actor=people["ina"]).tasks.get().assignee == people["he"]


def test_4_the_database_keeps_what_was_published(people):
    version = make_flow(approve_node("n1", people["lin"])).versions.get()
    for change in ({"definition": {"nodes": []}}, {"status": "draft"}, {"number": 9}):
        with pytest.raises(DatabaseError), transaction.atomic():
            FlowVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        version.delete()


def test_5_half_approved_is_not_usable(people):
    make_flow(*(approve_node(f"n{n}", people[name]) for n, name in enumerate(("lin", "wu", "he"))))
    request = ask(people["ina"], "21000.00")
    for name in ("lin", "wu"):
        yes(request, people[name])
        assert not is_approved(request.subject)
        assert ENDED == []
    yes(request, people["he"])
    assert is_approved(request.subject)


def test_6_an_edit_under_approval_returns_it_even_when_nobody_said_so(people):
    make_flow(approve_node("n1", people["lin"]), approve_node("n2", people["wu"]))
    request = ask(people["ina"])
    yes(request, people["lin"])
    budget = request.subject
    budget.name_en = "99000.00"
    budget.save()
    assert yes(request, people["wu"]).status == "returned"
    assert [(budget.pk, "returned")] == ENDED
    again = submit(subject=budget, actor=people["ina"])
    assert again.pk == request.pk
    assert task(again, people["lin"]).status == "open"  # changed: from the first node


def test_6_an_edit_after_approval_is_seen(people):
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    yes(request, people["lin"])
    budget = request.subject
    budget.name_en = "1.00"
    budget.save()
    assert not is_approved(budget)
    assert subject_changed(subject=budget, actor=people["ina"]) is None


def test_6_unchanged_it_goes_back_to_the_returner(people):
    make_flow(approve_node("n1", people["lin"]), approve_node("n2", people["wu"], people["he"]))
    request = ask(people["ina"])
    yes(request, people["lin"])
    yes(request, people["wu"])
    send_back(task_id=task(request, people["he"]).pk, actor=people["he"], comment="补")
    request = submit(subject=request.subject, actor=people["ina"])
    assert [t.assignee for t in request.tasks.filter(status="open")] == [people["he"]]
    assert yes(request, people["he"]).status == "approved"


def test_7_the_same_approver_is_asked_once_in_a_row_but_again_later(people):
    lin, wu = people["lin"], people["wu"]
    make_flow(approve_node("a", lin), approve_node("b", lin), approve_node("c", wu), approve_node("d", lin))
    request = ask(people["ina"])
    yes(request, lin)
    assert [t.assignee for t in request.tasks.filter(status="open")] == [wu]
    assert yes(request, wu).status == "running"
    assert yes(request, lin).status == "approved"


def test_8_the_approver_comes_from_data(people, store_a):
    above = make_department(store_a, name="营运部")
    below = make_department(store_a, name="女装部", parent=above)
    from staff.models import DepartmentHead

    DepartmentHead.objects.create(department=below, user=people["lin"])
    DepartmentHead.objects.create(department=above, user=people["wu"])
    nodes = [
        {"key": "a", "kind": "approve", "approvers": [{"by": "dept_head", "level": 1}]},
        {"key": "b", "kind": "approve", "approvers": [{"by": "dept_head", "level": 2}]},
        {"key": "c", "kind": "approve", "approvers": [{"by": "field", "fact": "owner"}]},
        {"key": "d", "kind": "approve", "approvers": [{"by": "initiator_choice"}]},
    ]
    make_flow(*nodes)
    budget = make_budget("48000.00", department=below.pk, owner=people["he"].pk)
    request = submit(subject=budget, actor=people["ina"], choices={"d": [people["ma"].pk]})
    for name in ("lin", "wu", "he"):
        assert yes(request, people[name]).status == "running"
    assert yes(request, people["ma"]).status == "approved"


def test_8_nobody_found_means_the_administrator_never_nobody(people):
    make_flow({"key": "a", "kind": "approve", "approvers": [{"by": "role", "role": "ceo"}], "empty": "pass"})
    assert ask(people["ina"]).tasks.get().assignee == people["root"]
    make_flow({"key": "e", "kind": "end"})
    assert ask(people["ina"]).tasks.get().assignee == people["root"]


def test_8_who_asked_is_replaced_by_the_supervisor(people):
    make_flow(approve_node("n1", people["ina"], initiator="self"))
    assert ask(people["ina"]).tasks.get().assignee == people["boss"]


def test_9_a_reminder_by_hand_is_not_a_hammer(people):
    from kit.errors import Conflict

    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    assert remind(request_id=request.pk, actor=people["ina"]) == 1
    with pytest.raises(Conflict):
        remind(request_id=request.pk, actor=people["ina"])


@pytest.mark.parametrize("mode", ["all", "any", "ordered", "ratio"])
@pytest.mark.parametrize("wait", [False, True])
def test_10_a_rejection_never_hangs(people, mode, wait):
    trio = [people[name] for name in ("lin", "wu", "he")]
    make_flow(approve_node("n1", *trio, mode=mode, ratio=100, wait_for_all=wait))
    request = ask(people["ina"])
    reject(task_id=task(request, people["lin"]).pk, actor=people["lin"], comment="no")
    while waiting := request.tasks.filter(status="open").first():
        approve(task_id=waiting.pk, actor=waiting.assignee)
    request.refresh_from_db()
    assert request.status == "rejected"
    assert not ApprovalTask.objects.filter(request=request, status__in=["open", "waiting"]).exists()


def test_10_rejecting_is_possible_while_an_added_person_is_asked(people):
    make_flow(approve_node("n1", people["lin"], people["wu"]))
    request = ask(people["ina"])
    add_signers(task_id=task(request, people["lin"]).pk, actor=people["lin"], people=[people["he"]], where="before")
    held = task(request, people["lin"], status="waiting")
    assert reject(task_id=held.pk, actor=people["lin"], comment="no").status == "rejected"


def test_10_a_rejection_does_not_touch_copies(people):
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    copy_to(request_id=request.pk, actor=people["ina"], people=[people["qi"]])
    reject(task_id=task(request, people["lin"]).pk, actor=people["lin"], comment="no")
    assert request.copies.get().user == people["qi"]


def test_a_subject_has_one_open_request(people):
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    with pytest.raises(AlreadyUnderApproval):
        submit(subject=request.subject, actor=people["ina"])


def test_a_revocation_goes_the_same_way_and_not_once_money_moved(people):
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    yes(request, people["lin"])
    second = ask_revocation(request_id=request.pk, actor=people["ina"], comment="改期")
    assert is_approved(request.subject)
    BudgetSubject.revocable = False
    with pytest.raises(MoneyMoved):
        yes(second, people["lin"])
    BudgetSubject.revocable = True
    yes(second, people["lin"])
    assert not is_approved(request.subject)
    assert ENDED[-1] == (request.object_id, "revoked")
    assert open_request_of(request.subject) is None


def test_parallel_branches_join_and_a_return_stays_in_its_branch(people):
    branches = [
        {"nodes": [approve_node("p1", people["lin"]), approve_node("p2", people["wu"])]},
        {"nodes": [approve_node("q1", people["he"])]},
    ]
    make_flow({"key": "p", "kind": "parallel", "branches": branches}, approve_node("z", people["ma"]))
    request = ask(people["ina"])
    yes(request, people["he"])
    yes(request, people["lin"])
    send_back(task_id=task(request, people["wu"]).pk, actor=people["wu"], comment="x", node="p1")
    yes(request, people["lin"])
    yes(request, people["wu"])
    assert yes(request, people["ma"]).status == "approved"
    assert request.steps.filter(node_key="q1").count() == 1


def test_a_tampered_log_is_found_and_the_log_cannot_be_changed(people):
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    yes(request, people["lin"])
    actions = Action.objects.filter(request=request)
    for deed in (lambda: actions.update(comment="x"), lambda: actions.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE workflow_action DISABLE TRIGGER workflow_action_is_append_only")
        cursor.execute("UPDATE workflow_action SET comment = 'x' WHERE request_id = %s AND seq = 1", [request.pk])
        cursor.execute("ALTER TABLE workflow_action ENABLE TRIGGER workflow_action_is_append_only")
    assert broken_link(list(actions.order_by("seq"))).seq == 1


def test_nobody_decides_for_others(people):
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    with pytest.raises(NotYours):
        approve(task_id=task(request, people["lin"]).pk, actor=people["wu"])
    with pytest.raises(WrongPeople):
        apply(request_id=request.pk, verb="reassign", actor=people["root"], task=1, to=people["ina"].pk)


def band(low, high):
    tests = [{"fact": "amount", "op": "gte", "value": low}]
    return {"when": {"all": [*tests, *([{"fact": "amount", "op": "lt", "value": high}] if high else [])]}, "nodes": []}


@pytest.mark.parametrize(
    ("bands", "word"),
    [
        ((("0", "50000"), ("50000", None)), ""),
        ((("0", "50000"), ("60000", None)), "gap"),
        ((("0", "60000"), ("50000", None)), "overlap"),
        ((("0", None), ("50000", None)), "overlap"),
    ],
)
def test_the_linter_finds_gaps_and_overlaps(people, bands, word):
    from django.utils import translation

    branch = {"key": "b", "kind": "branch", "branches": [band(*one) for one in bands], "otherwise": []}
    definition = {"nodes": [approve_node("n1", people["lin"]), branch]}
    flow = make_flow(*definition["nodes"])
    with translation.override("en"):
        found = [one.text for one in lint(definition, subject_of("tests.budget"), flow, people["ina"])]
    assert (len(found) == 1 and word in found[0]) if word else found == []


def test_the_linter_finds_what_would_go_wrong(people):
    nodes = [
        approve_node("a", initiator="self", empty="pass", on_due="pass"),
        {"key": "b", "kind": "branch", "branches": [{"when": {"all": [{"fact": "colour", "op": "eq", "value": "1"}]}}]},
        {"key": "e", "kind": "end"},
        {"key": "z", "kind": "approve", "approvers": [{"by": "role", "role": "ceo"}]},
    ]
    flow = make_flow(*nodes)
    found = lint({"nodes": nodes}, subject_of("tests.budget"), flow, people["ina"])
    assert {(one.level, one.node) for one in found} >= {
        ("error", "a"), ("error", "b"), ("error", "z"), ("warning", "z"),
    }  # fmt: skip


def test_who_would_get_48000_now(people):
    node = approve_node("big", people["he"])
    branch = {"key": "b", "kind": "branch", "branches": [band("40000", None) | {"nodes": [node]}], "otherwise": []}
    flow = make_flow(branch, approve_node("n1", people["lin"]))
    deputy(people, "he", "ma")
    definition = flow.versions.get().definition
    asked = dry_run(definition, subject_of("tests.budget"), flow, people["ina"], {"amount": "48000"})
    assert [(one.node, one.people) for one in asked] == [
        ("big", [(people["ma"], people["he"])]), ("n1", [(people["lin"], None)]),
    ]  # fmt: skip
    assert not ApprovalTask.objects.exists()


def test_what_moves_no_money_may_be_approved_by_who_asked(people):
    unregister(BudgetSubject.key)
    register(PaperSubject)
    make_flow(approve_node("n1", people["ina"], initiator="self"), subject_type="tests.paper")
    assert yes(ask(people["ina"]), people["ina"]).status == "approved"


def test_supervisors_in_a_ring_hang_nothing(people):
    people["boss"].manager = people["ina"]
    people["boss"].save()
    make_flow({"key": "a", "kind": "approve", "mode": "ordered", "approvers": [{"by": "chain_up_to", "level": 5}]})
    assert ask(people["ina"]).tasks.get().assignee == people["boss"]
    assert make_user("clerk").manager is None
