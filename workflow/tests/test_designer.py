"""Flows made and drawn in the browser: a new one put in use, rows added without a script, all or any."""

import pytest
from django.urls import reverse

from kit.errors import Conflict
from loyalty.tests.threads import at_the_same_time
from workflow.models import Flow
from workflow.services.drafts import add_node
from workflow.services.flows import create_flow, use_flow
from workflow.services.requests import submit
from workflow.tests.factories import approve_node, make_budget, make_flow

NODE = {"mode": "any", "on_reject": "end", "initiator": "supervisor", "empty": "administrator", "on_due": "escalate"}


@pytest.fixture
def draft(people):
    make_flow(approve_node("n1", people["lin"]))
    return create_flow(name="新预算流程", subject_type="tests.budget", actor=people["root"])


def node_url(draft, key="n1"):
    return reverse("workflow:node_edit", args=[draft.pk, key])


def test_a_flow_is_made_drawn_published_and_put_in_use(client, people):
    old = make_flow(approve_node("n1", people["lin"]))
    client.force_login(people["root"])
    assert reverse("workflow:flow_add") in client.get(reverse("workflow:flow_list")).content.decode()
    add = reverse("workflow:flow_add")
    assert client.post(add, {"name": "", "subject_type": "tests.budget"}).status_code == 422
    assert client.post(add, {"name": "x", "subject_type": "nothing"}).status_code == 422
    assert client.post(add, {"name": "新预算流程", "subject_type": "tests.budget"}).status_code == 302
    flow = Flow.objects.get(name="新预算流程")
    draft = flow.versions.get()
    assert not flow.is_active
    use = reverse("workflow:flow_use", args=[flow.pk])
    client.post(use)
    flow.refresh_from_db()
    assert not flow.is_active  # nothing is published yet
    client.post(reverse("workflow:node_add", args=[draft.pk]), {"kind": "approve"})
    wu = str(people["wu"].pk)
    assert client.post(node_url(draft), {**NODE, "by_0": "user", "users_0": wu}).status_code == 302
    client.post(reverse("workflow:draft_publish", args=[draft.pk]))
    assert use in client.get(reverse("workflow:flow_detail", args=[flow.pk])).content.decode()
    assert client.get(use).status_code == 405
    client.post(use)
    flow.refresh_from_db()
    old.refresh_from_db()
    assert (flow.is_active, old.is_active) == (True, False)
    request = submit(subject=make_budget(), actor=people["ina"])
    assert request.tasks.get().assignee == people["wu"]


def test_only_administrators_make_flows(client, people):
    flow = make_flow(approve_node("n1", people["lin"]))
    client.force_login(people["boss"])
    assert client.get(reverse("workflow:flow_add")).status_code == 403
    assert client.post(reverse("workflow:flow_use", args=[flow.pk])).status_code == 403


def test_a_row_more_keeps_what_was_typed_and_saves_nothing(client, people, draft):
    client.force_login(people["root"])
    add_node(version_id=draft.pk, actor=people["root"], kind="approve")
    typed = {**NODE, "name": "三方会签", "by_0": "role", "role_0": "ceo", "by_1": "supervisor", "level_1": "1"}
    response = client.post(node_url(draft), {**typed, "more": "1"})
    assert response.status_code == 200
    form = response.context["form"]
    assert "by_2" in form.fields
    assert "by_3" not in form.fields
    assert 'value="三方会签"' in response.content.decode()
    draft.refresh_from_db()
    assert draft.definition["nodes"][0]["approvers"] == []
    assert client.post(node_url(draft), {**typed, "by_2": "role", "role_2": "finance"}).status_code == 302
    draft.refresh_from_db()
    assert [one["by"] for one in draft.definition["nodes"][0]["approvers"]] == ["role", "supervisor", "role"]
    assert client.get(node_url(draft)).context["form"].fields["role_2"].initial == "finance"
    many = {f"by_{number}": "supervisor" for number in range(30)}
    assert "by_10" not in client.post(node_url(draft), {**typed, **many, "more": "1"}).context["form"].fields


def test_more_than_two_comparisons_of_which_one_is_enough(client, people, draft):
    client.force_login(people["root"])
    add_node(version_id=draft.pk, actor=people["root"], kind="branch")
    typed = {"branch_0": "大额或线上", "join_0": "any", "fact_0_0": "amount", "op_0_0": "gte", "value_0_0": "50000",
             "fact_0_1": "kind", "op_0_1": "eq", "value_0_1": "online"}  # fmt: skip
    form = client.post(node_url(draft), {**typed, "more": "1"}).context["form"]
    assert {"fact_0_2", "fact_1_2"} <= set(form.fields)
    assert form.initial["join_0"] == "any"
    third = {"fact_0_2": "amount", "op_0_2": "lt", "value_0_2": "100"}
    assert client.post(node_url(draft), {**typed, **third}).status_code == 302
    draft.refresh_from_db()
    (branch,) = draft.definition["nodes"][0]["branches"]
    assert [test["value"] for test in branch["when"]["any"]] == ["50000", "online", "100"]
    shown = client.get(node_url(draft)).context["form"]
    assert shown.fields["join_0"].initial == "any"
    assert shown.fields["value_0_2"].initial == "100"
    assert client.post(node_url(draft), {**typed, **third, "join_0": "all"}).status_code == 302
    draft.refresh_from_db()
    assert "all" in draft.definition["nodes"][0]["branches"][0]["when"]


def test_an_unpublished_flow_is_not_used(people, draft):
    with pytest.raises(Conflict):
        use_flow(flow_id=draft.flow_id, actor=people["root"])


@pytest.mark.django_db(transaction=True)
def test_two_new_flows_at_once_have_keys_of_their_own(people, draft):
    def make():
        create_flow(name="又一个", subject_type="tests.budget", actor=people["root"])

    assert at_the_same_time(make, make, make) == [None, None, None]
    assert len(set(Flow.objects.filter(subject_type="tests.budget").values_list("key", flat=True))) == 5
