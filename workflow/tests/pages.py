"""Objects and addresses for tests that open every page of approvals."""

from django.core import signing
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from staff.models import User
from staff.tests.factories import make_user
from stores.models import Store
from workflow.services.delegations import delegate_standing
from workflow.services.drafts import add_node, begin_draft
from workflow.services.exports import ask_export
from workflow.services.flows import install_standard_flows
from workflow.services.messages import SALT
from workflow.services.requests import last_request_of
from workflow.services.talk import attach_file


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
    }


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
        case "workflow:request_open":
            return reverse(name, args=[signing.dumps([request.pk, request.initiator_id], salt=SALT)])
    return ""
