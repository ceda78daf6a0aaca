"""Every page of approvals for every role, what people do on them, and the telephone."""

import pytest
from django.urls import reverse

from kit.testing import assert_same_queries
from staff.roles import Role
from staff.tests.factories import make_user
from workflow.models import Action, ApprovalRequest, ExportRequest, FlowVersion
from workflow.services.requests import submit
from workflow.tests.factories import approve_node, ask, make_budget, make_flow
from workflow.tests.pages import workflow_address, workflow_objects
from workflow.urls import urlpatterns

pytestmark = pytest.mark.django_db


def page(client, person, request):
    client.force_login(person)
    return client.get(reverse("workflow:request_detail", args=[request.pk])).content.decode()


@pytest.mark.parametrize("role", Role.values)
def test_each_page_opens_to_those_who_may(client, settings, store_a, role):
    person = make_user(role, [store_a])
    objects = workflow_objects(person, store_a)
    client.force_login(person)
    for number, pattern in enumerate(urlpatterns):
        name = f"workflow:{pattern.name}"
        url = workflow_address(name, objects)
        if not url and pattern.pattern.regex.groups:
            key = max((key for key in objects if name.startswith(key)), key=len)
            url = reverse(name, args=[objects[key].pk])
        url = url or reverse(name)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = ("zh-hans", "en")[number % 2]
        allowed = any(person.has_perm(permission) for permission in getattr(pattern.callback, "permissions", ()))
        status = client.get(url).status_code
        assert status in ({200, 302, 405} if allowed else {403, 405}), f"{name} {status}"


def test_the_tray_leads_to_a_decision_in_two_clicks(client, people):
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    client.force_login(people["lin"])
    tray = client.get(reverse("workflow:in_tray")).content.decode()
    assert "预算 48000.00" in tray
    assert "¥48,000.00" in page(client, people["lin"], request)
    client.post(reverse("workflow:request_read", args=[request.pk]))
    client.post(reverse("workflow:request_approve", args=[request.pk]), {"comment": "同意"})
    request.refresh_from_db()
    assert request.status == "approved"
    assert request.tasks.get().read_at is not None
    assert "预算 48000.00" in client.get(reverse("workflow:decided_list")).content.decode()
    assert "日志完整" in page(client, people["lin"], request) or "Log intact" in page(client, people["lin"], request)


def test_a_rejection_wants_a_reason_and_keeps_what_was_typed(client, people):
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    client.force_login(people["lin"])
    url = reverse("workflow:request_reject", args=[request.pk])
    assert client.post(url, {"comment": ""}).status_code == 422
    assert client.post(url, {"comment": "x" * 1001}).status_code == 422
    client.post(url, {"comment": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in page(client, people["lin"], request)


def test_each_deed_through_its_form(client, people):
    make_flow(approve_node("n1", people["lin"]), approve_node("n2", people["wu"]), approve_node("n3", people["he"]))
    request = ask(people["ina"])

    def post(person, verb, **data):
        client.force_login(people[person])
        response = client.post(reverse(f"workflow:request_{verb}", args=[request.pk]), data)
        assert response.status_code == 302, response.content.decode()[:4000]

    pk = {name: person.pk for name, person in people.items()}
    post("lin", "delegate", to=pk["ma"], comment="?")
    post("ma", "opinion", comment="可以")
    post("lin", "add", people=[pk["qi"]], where="before", mode="all")
    post("qi", "approve")
    post("lin", "transfer", to=pk["su"])
    post("su", "approve")
    post("wu", "return", node="n1", comment="再看")
    post("lin", "approve")
    post("ina", "remind")
    post("wu", "return", node="", comment="补材料")
    post("ina", "resubmit", comment="好了")
    post("root", "reassign", task=request.tasks.get(status="open").pk, to=pk["ma"], comment="")
    post("ma", "approve")
    post("he", "copy", people=[pk["boss"]])
    post("he", "comment", comment="看看")
    post("he", "approve")
    post("ina", "revoke", comment="不办了")
    request.refresh_from_db()
    assert request.status == "approved"
    assert ApprovalRequest.objects.filter(revokes=request, status="running").exists()
    client.force_login(people["boss"])
    assert "预算" in client.get(reverse("workflow:copy_list")).content.decode()


def test_bulk_approval_takes_what_is_ticked_and_mine(client, people):
    make_flow(approve_node("n1", people["lin"]))
    mine = [ask(people["ina"]) for _ in range(3)]
    make_flow(approve_node("n1", people["wu"]))
    foreign = ask(people["ina"])
    client.force_login(people["lin"])
    chosen = [r.tasks.get().pk for r in [*mine[:2], foreign]]
    client.post(reverse("workflow:tasks_approve"), {"task": [*chosen, "9" * 40, "x"]})
    assert [ApprovalRequest.objects.get(pk=r.pk).status for r in mine] == ["approved", "approved", "running"]
    assert ApprovalRequest.objects.get(pk=foreign.pk).status == "running"


def test_who_is_not_concerned_sees_nothing(client, people, ben):
    make_flow(approve_node("n1", people["lin"]))
    request = ask(people["ina"])
    client.force_login(ben)
    assert client.get(reverse("workflow:request_detail", args=[request.pk])).status_code == 404
    assert client.post(reverse("workflow:request_approve", args=[request.pk])).status_code == 404
    client.force_login(people["ina"])
    assert client.post(reverse("workflow:request_approve", args=[request.pk])).status_code == 403
    assert client.post(reverse("workflow:request_terminate", args=[request.pk])).status_code == 403


def test_the_tray_asks_the_database_as_often_for_many_as_for_few(client, people):
    make_flow(approve_node("n1", people["lin"]))
    for _ in range(3):
        ask(people["ina"])
    client.force_login(people["lin"])
    more = lambda: [ask(people["ina"]) for _ in range(27)]  # noqa: E731
    assert assert_same_queries(lambda: client.get(reverse("workflow:in_tray")), more) <= 15


def test_a_flow_is_drawn_in_the_browser(client, people):
    flow = make_flow(approve_node("n1", people["lin"]))
    client.force_login(people["root"])
    client.post(reverse("workflow:draft_begin", args=[flow.pk]))
    draft = flow.versions.get(status="draft")

    def edit(deed, *args, **data):
        response = client.post(reverse(f"workflow:{deed}", args=[draft.pk, *args]), data)
        assert response.status_code == 302, response.content.decode()
        draft.refresh_from_db()

    edit("node_add", kind="branch", parent="", branch="0")
    edit("node_edit", "n2", branch_0="大额", fact_0_0="amount", op_0_0="gte", value_0_0="50000")
    edit("node_add", kind="approve", parent="n2", branch="0")
    base = {
        "mode": "any",
        "on_reject": "end",
        "initiator": "supervisor",
        "empty": "administrator",
        "on_due": "escalate",
    }
    edit("node_edit", "n3", name="总经理", by_0="role", role_0="ceo", reminders=2, due_hours="4", **base)
    edit("node_move", "n2", by="-1")
    assert [node["key"] for node in draft.definition["nodes"]] == ["n2", "n1"]
    shown = client.get(
        reverse("workflow:version_detail", args=[draft.pk]), {"initiator": people["ina"].pk, "fact_amount": "60000"}
    ).content.decode()
    assert str(people["root"]) in shown  # no CEO yet: the administrator would be asked
    edit("draft_publish")
    assert FlowVersion.objects.get(pk=draft.pk).status == "published"
    assert client.post(reverse("workflow:node_delete", args=[draft.pk, "n1"])).status_code == 404
    request = submit(subject=make_budget("60000.00"), actor=people["ina"])
    assert request.steps.get().node_key == "n3"


def test_an_error_is_not_published(client, people):
    flow = make_flow(approve_node("n1", people["lin"]))
    client.force_login(people["root"])
    client.post(reverse("workflow:draft_begin", args=[flow.pk]))
    draft = flow.versions.get(status="draft")
    client.post(reverse("workflow:node_add", args=[draft.pk]), {"kind": "approve"})
    client.post(reverse("workflow:draft_publish", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_a_large_export_is_asked_for_and_fetched_once(client, store_a, people):
    from members.tests.factories import make_member
    from stores.models import Chain

    Chain.objects.update_or_create(pk=1, defaults={"name": "中庭", "settings": {"export_approval_rows": 1}})
    Chain.forget()
    ceo = make_user("ceo", [], all_stores=True)
    manager = people["boss"]
    for _ in range(3):
        make_member(store=store_a)
    client.force_login(manager)
    led = client.get(reverse("members:member_list"), {"export": "xlsx"})
    assert led.status_code == 302
    assert led.url.startswith(reverse("workflow:export_ask"))
    form = client.get(led.url).context["form"]
    client.post(reverse("workflow:export_ask"), {**form.initial, "purpose": "盘点"})
    export = ExportRequest.objects.get()
    fetch = reverse("workflow:export_fetch", args=[export.pk])
    assert client.post(fetch).status_code == 409
    request = ApprovalRequest.objects.get(object_id=export.pk)
    client.force_login(ceo)
    assert "3" in client.get(reverse("workflow:request_detail", args=[request.pk])).content.decode()
    client.post(reverse("workflow:request_approve", args=[request.pk]))
    client.force_login(manager)
    fetched = client.post(fetch)
    assert fetched.status_code == 200
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    assert client.post(fetch).status_code == 409
    client.force_login(ceo)
    assert client.post(fetch).status_code == 404
    assert Action.objects.filter(request=request, verb="approve").count() == 1


def test_the_page_of_a_request_asks_the_database_at_most_fifteen_times(client, people):
    make_flow(approve_node("n1", people["lin"], people["wu"]), approve_node("n2", people["he"]))
    request = ask(people["ina"])
    client.force_login(people["lin"])
    url = reverse("workflow:request_detail", args=[request.pk])
    more = lambda: [make_user("finance") for _ in range(20)]  # noqa: E731
    assert assert_same_queries(lambda: client.get(url), more) <= 15
