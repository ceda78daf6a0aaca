"""Drawing a flow: a draft is begun from what is published, its nodes are added, changed, moved and removed."""

from copy import deepcopy
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from kit.errors import Conflict, NotFound
from staff.audit import record
from staff.models import User
from workflow.engine.definition import KINDS, branches_of, walk
from workflow.exceptions import DefinitionRefused
from workflow.models import Flow, FlowVersion
from workflow.registry import subject_of
from workflow.services.flows import publish
from workflow.services.linting import ERROR, lint

MOST_NODES = 60


@transaction.atomic
def begin_draft(*, flow_id: int, actor: User) -> FlowVersion:
    """A draft with the definition that is in force; the draft that is there already is returned."""
    flow = Flow.objects.select_for_update(no_key=True).get(pk=flow_id)
    if draft := flow.versions.filter(status=FlowVersion.Status.DRAFT).first():
        return draft
    base = flow.versions.order_by("-number").first()
    # The flow's row is locked: nobody else counts its versions now.
    number = (flow.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    draft = FlowVersion.objects.create(
        flow=flow, number=number, definition=deepcopy(base.definition) if base else {"nodes": []}, created_by=actor
    )
    record(actor, "workflow.draft_begun", draft, flow=flow.key)
    return draft


@transaction.atomic
def discard_draft(*, version_id: int, actor: User) -> None:
    """Throw a draft away; a published version refuses."""
    draft = _draft(version_id)
    record(actor, "workflow.draft_discarded", draft, flow=draft.flow.key)
    draft.delete()


@transaction.atomic
def publish_draft(*, version_id: int, actor: User) -> FlowVersion:
    """Publish a draft in which the linter finds no error."""
    draft = _draft(version_id)
    errors = [
        one.text
        for one in lint(draft.definition, subject_of(draft.flow.subject_type), draft.flow, actor)
        if one.level == ERROR
    ]
    if errors:
        raise DefinitionRefused(_("This cannot be published: %(errors)s") % {"errors": " ".join(errors)})
    return publish(version_id=version_id, actor=actor)


@transaction.atomic
def add_node(*, version_id: int, actor: User, kind: str, parent: str = "", branch: int = 0) -> str:
    """Put a node at the end of the flow, or of one branch of a node; returns its key."""
    draft = _draft(version_id)
    taken = {node["key"] for node in walk(draft.definition.get("nodes", []))}
    if kind not in KINDS or len(taken) >= MOST_NODES:
        raise DefinitionRefused(_("A flow has at most %(count)s nodes.") % {"count": MOST_NODES})
    key = next(f"n{number}" for number in range(1, MOST_NODES + 2) if f"n{number}" not in taken)
    node: dict[str, Any] = {"key": key, "kind": kind, "name": "", "name_en": ""}
    if kind == "approve":
        node["approvers"] = []
    elif kind == "copy":
        node["people"] = []
    elif kind == "branch":
        node |= {"branches": [{"name": "", "when": {"all": []}, "nodes": []}], "otherwise": []}
    elif kind == "parallel":
        node["branches"] = [{"name": "", "nodes": []}, {"name": "", "nodes": []}]
    _list_of(draft.definition, parent, branch).append(node)
    _save(draft, actor, "added", key)
    return key


@transaction.atomic
def change_node(*, version_id: int, actor: User, key: str, settings: dict[str, Any]) -> None:
    """Give a node new settings; key, kind and what stands inside its branches stay."""
    draft = _draft(version_id)
    node = _node(draft.definition, key)
    if "branches" in settings:
        settings = settings | {"branches": _merged(node["branches"], settings["branches"])}
    node.update({name: value for name, value in settings.items() if name not in ("key", "kind", "otherwise")})
    _save(draft, actor, "changed", key)


@transaction.atomic
def move_node(*, version_id: int, actor: User, key: str, by: int) -> None:
    """Move a node up or down among its neighbours; at the end of its list it stays."""
    draft = _draft(version_id)
    siblings = _siblings(draft.definition, key)
    index = next(number for number, node in enumerate(siblings) if node["key"] == key)
    target = min(max(index + by, 0), len(siblings) - 1)
    siblings.insert(target, siblings.pop(index))
    _save(draft, actor, "moved", key)


@transaction.atomic
def remove_node(*, version_id: int, actor: User, key: str) -> None:
    """Take a node out with everything inside it."""
    draft = _draft(version_id)
    siblings = _siblings(draft.definition, key)
    siblings[:] = [node for node in siblings if node["key"] != key]
    _save(draft, actor, "removed", key)


def _merged(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """New names and conditions on old branches; a branch too many is new and empty."""
    inner = [branch.get("nodes", []) for branch in old]
    return [branch | {"nodes": inner[branch["was"]] if branch.get("was") is not None else []} for branch in new]


def _draft(version_id: int) -> FlowVersion:
    draft = FlowVersion.objects.select_for_update(no_key=True, of=("self",)).select_related("flow")
    found = draft.filter(pk=version_id).first()
    if found is None or found.status != FlowVersion.Status.DRAFT:
        raise Conflict(_("A published version is not edited; begin a new draft."))
    return found


def _save(draft: FlowVersion, actor: User, deed: str, key: str) -> None:
    draft.save(update_fields=["definition"])
    record(actor, f"workflow.node_{deed}", draft, flow=draft.flow.key, node=key)


def _node(definition: dict[str, Any], key: str) -> dict[str, Any]:
    found = next((node for node in walk(definition.get("nodes", [])) if node["key"] == key), None)
    if found is None:
        raise NotFound(_("There is no such node."))
    return found


def _list_of(definition: dict[str, Any], parent: str, branch: int) -> list[dict[str, Any]]:
    if not parent:
        return definition.setdefault("nodes", [])
    lists = branches_of(_node(definition, parent))
    if not 0 <= branch < len(lists):
        raise NotFound(_("There is no such branch."))
    return lists[branch]


def _siblings(definition: dict[str, Any], key: str) -> list[dict[str, Any]]:
    lists = [definition.get("nodes", [])]
    for node in walk(definition.get("nodes", [])):
        lists += branches_of(node)
    found = next((nodes for nodes in lists if any(node["key"] == key for node in nodes)), None)
    if found is None:
        raise NotFound(_("There is no such node."))
    return found
