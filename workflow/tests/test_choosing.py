"""“Chosen by who asks”: the question comes back on whatever page submits, and the answer submits it."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from loyalty.locks import lock_account
from loyalty.models import Adjustment
from loyalty.tests.factories import make_programme, make_scheme
from members.tests.factories import make_member
from staff.tests.factories import make_user
from suppliers.models import ContractVersion
from suppliers.tests.factories_contracts import make_draft
from workflow.exceptions import ChoiceNeeded
from workflow.models import ApprovalRequest
from workflow.services.decisions import approve, send_back
from workflow.services.requests import last_request_of, submit
from workflow.services.waiting import ask_for_waiting
from workflow.tests.factories import approve_node, ask, make_budget, make_flow, task

CHOICE = {"key": "c", "kind": "approve", "name": "指定审批人", "approvers": [{"by": "initiator_choice"}]}


def test_nobody_chosen_is_asked_back_with_who_may_be_chosen(people):
    make_flow(approve_node("a", people["lin"]), CHOICE | {"approvers": [{"by": "initiator_choice", "role": "finance"}]})
    with pytest.raises(ChoiceNeeded) as raised:
        ask(people["ina"])
    (need,) = raised.value.needs
    assert need.node == "c"
    assert people["wu"] in need.candidates
    assert people["boss"] not in need.candidates
    assert not ApprovalRequest.objects.exists()


@pytest.mark.parametrize("name", ["ina", "gone", "boss"])
def test_who_may_not_decide_does_not_count_as_chosen(people, name):
    people["gone"] = make_user("finance", [], is_active=False)
    make_flow(CHOICE | {"approvers": [{"by": "initiator_choice", "role": "finance"}]})
    with pytest.raises(ChoiceNeeded):
        ask(people["ina"], choices={"c": [people[name].pk]})


def test_only_nodes_on_the_way_are_asked_for(people):
    dear = {"all": [{"fact": "amount", "op": "gte", "value": "50000"}]}
    branch = {
        "key": "b",
        "kind": "branch",
        "branches": [{"name": "", "when": dear, "nodes": [CHOICE]}],
        "otherwise": [],
    }
    make_flow(approve_node("a", people["lin"]), branch)
    assert ask(people["ina"], "100.00").status == "running"
    with pytest.raises(ChoiceNeeded):
        ask(people["ina"], "50000.00")


def test_a_returned_request_that_comes_by_a_new_node_asks_then(people):
    dear = {"all": [{"fact": "amount", "op": "gte", "value": "50000"}]}
    branch = {
        "key": "b",
        "kind": "branch",
        "branches": [{"name": "", "when": dear, "nodes": [CHOICE]}],
        "otherwise": [],
    }
    make_flow(approve_node("a", people["lin"]), branch)
    budget = make_budget("100.00")
    request = submit(subject=budget, actor=people["ina"])
    send_back(task_id=task(request, people["lin"]).pk, actor=people["lin"], comment="多写点")
    budget.name_en = "60000.00"
    budget.save()
    with pytest.raises(ChoiceNeeded):
        submit(subject=budget, actor=people["ina"])
    request = submit(subject=budget, actor=people["ina"], choices={"c": [people["ma"].pk]})
    request = approve(task_id=task(request, people["lin"]).pk, actor=people["lin"])
    assert task(request, people["ma"])


def test_the_page_that_submits_asks_and_goes_on_with_what_was_typed(client, store_a, people):
    make_programme(adjustment_limit=100)
    make_scheme()
    member = make_member(store=store_a)
    make_flow(CHOICE, subject_type="loyalty.adjustment")
    client.force_login(people["boss"])
    url = reverse("loyalty:adjustment_ask", args=[member.pk])
    typed = {"points": "9000", "reason": "补登<积分>"}
    response = client.post(url, typed)
    page = response.content.decode()
    assert response.status_code == 422
    assert "指定审批人" in page
    assert 'value="补登&lt;积分&gt;"' in page
    assert not Adjustment.objects.exists()
    assert client.post(url, {**typed, "choose-c": "rubbish"}).status_code == 422
    assert client.post(url, {**typed, "choose-c": str(people["boss"].pk)}).status_code == 422
    response = client.post(url, {**typed, "choose-c": str(people["ma"].pk)})
    assert response.status_code == 302
    adjustment = Adjustment.objects.get()
    assert adjustment.reason == typed["reason"]
    assert task(last_request_of(adjustment), people["ma"])


def test_a_contract_is_submitted_by_the_same_question(client, store_a, people):
    make_flow(CHOICE, subject_type="suppliers.contract")
    client.force_login(people["ina"])
    version = make_draft(store_a, actor=people["ina"], base_rate=Decimal("0.25")).versions.get()
    url = reverse("suppliers:version_submit", args=[version.pk])
    assert client.post(url, {"comment": "请批"}).status_code == 422
    version.refresh_from_db()
    assert version.status == ContractVersion.Status.DRAFT
    assert (
        client.post(url, {"comment": "请批", "choose-c": [str(people["ma"].pk), str(people["wu"].pk)]}).status_code
        == 302
    )
    request = last_request_of(version)
    assert set(request.tasks.values_list("assignee", flat=True)) == {people["ma"].pk, people["wu"].pk}


def test_what_waited_for_approval_goes_on_waiting_where_people_must_be_named(people, store_a):
    make_programme()
    make_scheme()
    member = make_member(store=store_a)
    make_flow(CHOICE, subject_type="loyalty.adjustment")
    Adjustment.objects.create(
        account=lock_account(member.pk), points=9000, reason="补登", asked_by=people["ina"], asked_at=timezone.now()
    )
    assert ask_for_waiting() == 0
    assert Adjustment.objects.get().state == "waiting"
