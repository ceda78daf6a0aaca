"""Objects and addresses for tests that open every page of approvals."""

from django.core import signing
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from staff.models import User
from staff.tests.factories import make_user
from stores.models import Store
from workflow.models import Circulation, OfficialDocument
from workflow.services.bulletins import publish_bulletin
from workflow.services.circulations import start_circulation
from workflow.services.delegations import delegate_standing
from workflow.services.documents import register_document
from workflow.services.drafts import add_node, begin_draft
from workflow.services.exports import ask_export
from workflow.services.flows import install_standard_flows
from workflow.services.messages import SALT
from workflow.services.office_tasks import give_task
from workflow.services.requests import last_request_of
from workflow.services.talk import attach_file
from workflow.tests.factories_office import draft, make_term


def workflow_objects(person: User, store: Store) -> dict[str, object]:
    """A large export somebody asked for, with the flow it follows, a draft of it, a file, a deputy."""
    install_standard_flows()
    make_user("ceo", [], all_stores=True)
    other = make_user("finance", [store])
    export = ask_export(path="/members/", query="", name="members", rows=9000, purpose="盘点", actor=person)
    request = last_request_of(export)
    upload = ContentFile(b"x", name="note.txt")
    flow = request.version.flow
    draft = begin_draft(flow_id=flow.pk, actor=other)
    add_node(version_id=draft.pk, actor=other, kind="approve")
    today = timezone.localdate()
    return {
        "workflow:": request,
        "workflow:flow": flow,
        "workflow:draft_begin": flow,
        "workflow:version": draft,
        "workflow:draft": draft,
        "workflow:export": export,
        "workflow:attachment": attach_file(request_id=request.pk, actor=person, upload=upload),
        "workflow:delegation": delegate_standing(
            from_user=person, to_user=other, starts_on=today, ends_on=today, actor=person
        ),
        **_office(person, other, store),
    }


def _office(person: User, other: User, store: Store) -> dict[str, object]:
    """A claim, a fixed fee, a task with a point, a bulletin, a document with a file, a circulation."""
    claim = draft(person, store)
    scan = ContentFile(b"%PDF-1.7", name="scan.pdf")
    document = register_document(
        kind=OfficialDocument.Kind.INCOMING,
        title="消防检查通知",
        correspondent="市消防支队",
        dated_on=timezone.localdate(),
        store=store,
        files=[scan],
        actor=person,
    )
    return {
        "workflow:claim": claim,
        "workflow:term": make_term(claim.department, owner=person),
        "workflow:task_": give_task(
            title="布置橱窗", detail="", owner=person, due_on=None, points=["清洁", "灯光"], actor=other
        ),
        "workflow:bulletin": publish_bulletin(
            title="盘点", body="周日闭店后", stores=[], departments=[], roles=[], until=None, files=[], actor=person
        ),
        "workflow:document": document,
        "workflow:circulation": start_circulation(
            title="通知", note="", mode=Circulation.Mode.AT_ONCE, readers=[person, other], files=[], document=document,
            actor=person,
        ),
        "workflow:paper": document.papers.get(),
    }  # fmt: skip


def workflow_address(name: str, objects: dict[str, object]) -> str:
    """The addresses that take more than one number; "" for the others."""
    draft, request = objects["workflow:version"], objects["workflow:"]
    match name:
        case "workflow:signer_remove":
            return reverse(name, args=[request.pk, request.tasks.first().pk])
        case "workflow:node_add":
            return reverse(name, args=[draft.pk])
        case "workflow:node_edit" | "workflow:node_move" | "workflow:node_delete":
            return reverse(name, args=[draft.pk, draft.definition["nodes"][0]["key"]])
        case "workflow:task_tick":
            task = objects["workflow:task_"]
            return reverse(name, args=[task.pk, task.items.first().pk])
        case "workflow:reader_add":
            return reverse(name, args=[objects["workflow:circulation"].pk])
        case "workflow:reader_skip" | "workflow:reader_up":
            circulation = objects["workflow:circulation"]
            return reverse(name, args=[circulation.pk, circulation.readers.last().pk])
        case "workflow:request_open":
            return reverse(name, args=[signing.dumps([request.pk, request.initiator_id], salt=SALT)])
    return ""
