"""What the page of a request shows: its way with who decided when, its history, what was sent."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kit.money import format_yuan
from staff.models import Outbox, User
from stores.models import Department, Store
from workflow.engine.conditions import typed
from workflow.engine.definition import ADMINISTRATOR, Definition, walk
from workflow.models import ApprovalRequest, ApprovalTask, Flow, FlowVersion, Step
from workflow.registry import Fact, Subject, registered
from workflow.sources import source_of


@dataclass
class Box:
    """A node of the picture: its name, its visits with their tasks, and the boxes inside its branches."""

    key: str
    kind: str
    name: str
    rule: str = ""
    steps: list[Step] = field(default_factory=list)
    branches: list[tuple[str, list["Box"]]] = field(default_factory=list)

    @property
    def state(self) -> str:
        """How the last visit stands: open, approved, rejected, … or "" where it has not been reached."""
        return self.steps[-1].status if self.steps else ""


def picture(definition: dict[str, Any], steps: list[Step] = (), kind: Subject | None = None) -> list[Box]:
    """A definition as boxes, with the visits of a request where they belong."""
    visits: dict[str, list[Step]] = {}
    for step in steps:
        visits.setdefault(step.node_key, []).append(step)
    boxes = _boxes(definition.get("nodes", []), Definition(definition), visits, kind)
    if ADMINISTRATOR in visits:
        boxes.append(Box(ADMINISTRATOR, "approve", _("Administrator of the flow"), steps=visits[ADMINISTRATOR]))
    return boxes


def _boxes(nodes: list, definition: Definition, visits: dict[str, list[Step]], kind: Subject | None) -> list[Box]:
    boxes = []
    for node in nodes:
        key = node["key"]
        box = Box(key, node["kind"], name_of(node), steps=visits.get(key, []))
        if node["kind"] == "approve":
            box.rule = rule_words(definition, key)
        for branch in node.get("branches", []):
            words = name_of(branch) or condition_words(branch.get("when", {}), kind)
            box.branches.append((words, _boxes(branch.get("nodes", []), definition, visits, kind)))
        if node["kind"] == "branch":
            box.branches.append((_("otherwise"), _boxes(node.get("otherwise", []), definition, visits, kind)))
        boxes.append(box)
    return boxes


def name_of(node: dict[str, Any]) -> str:
    """A node's name in the language of the page."""
    name = node.get("name", "")
    if not (get_language() or "zh").startswith("zh"):
        name = node.get("name_en") or name
    if name or "kind" not in node:
        return name
    words = {
        "approve": _("Approval"),
        "copy": _("Copy"),
        "branch": _("Branch"),
        "parallel": _("In parallel"),
        "end": _("End"),
    }
    return words[node["kind"]]


def rule_words(definition: Definition, key: str) -> str:
    """The rule of a node in words: all, any, ordered, a share."""
    mode = definition.get(key, "mode")
    if mode == "ratio":
        return _("%(share)s%% must approve") % {"share": definition.get(key, "ratio")}
    return str(dict(Step.Mode.choices)[mode])


OPERATOR_WORDS = {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<", "eq": "=", "ne": "≠", "in": "∈", "contains": "∋"}


def condition_words(condition: dict[str, Any], kind: Subject | None) -> str:
    """A condition as people read it: amount ≥ ¥50,000.00."""
    words = []
    for test in condition.get("any", condition.get("all", [])):
        fact = kind.fact(test["fact"]) if kind else None
        label = fact.label if fact else test["fact"]
        words.append(
            f"{label} {OPERATOR_WORDS.get(test['op'], test['op'])} {_condition_value(fact, test.get('value'))}"
        )
    joiner = _(" or ") if "any" in condition else _(" and ")
    return joiner.join(words)


def _condition_value(fact: Fact | None, value: Any) -> str:
    if isinstance(value, list):
        return "、".join(_condition_value(fact, one) for one in value)
    if fact is not None and fact.kind == "money" and (amount := typed("money", value)) is not None:
        return format_yuan(amount)
    if fact is not None and fact.choices:
        return str(dict(fact.choices).get(value, value))
    return str(value)


def facts_in_words(kind: Subject, facts: dict[str, Any]) -> list[tuple[str, str]]:
    """The facts of a request that are known, in words."""
    return [
        (str(fact.label), fact_words(fact, facts[fact.key]))
        for fact in kind.facts
        if facts.get(fact.key) not in (None, "")
    ]


ROWS = {"store": Store, "department": Department, "user": User}


def fact_words(fact: Fact, value: Any) -> str:
    """One fact as people read it."""
    if fact.kind == "money":
        return format_yuan(typed("money", value))
    if fact.kind == "boolean":
        return _("yes") if typed("boolean", value) else _("no")
    if fact.kind == "integer":
        return f"{int(value):,}"
    if fact.kind in ROWS:
        row = ROWS[fact.kind].objects.filter(pk=value).first()
        return str(getattr(row, "label", row)) if row else str(value)
    return str(dict(fact.choices).get(value, value))


def steps_of(request: ApprovalRequest) -> list[Step]:
    """The visits of a request with their tasks, in the order they were opened."""
    steps = list(request.steps.order_by("no"))
    tasks: dict[int, list[ApprovalTask]] = {}
    for task in request.tasks.select_related("assignee", "on_behalf_of", "decided_by").order_by("order", "no"):
        tasks.setdefault(task.step_id, []).append(task)
    for step in steps:
        step.people = tasks.get(step.pk, [])
    return steps


@dataclass(frozen=True)
class Delivery:
    """What an urgent task's holder was sent, and when it left, was read, and was acted upon."""

    task: ApprovalTask
    channel: str
    sent_at: datetime | None
    state: str


def deliveries(request: ApprovalRequest, steps: list[Step]) -> list[Delivery]:
    """The messages of an urgent request, from the outbox."""
    if not request.is_urgent:
        return []
    tasks = {f"approval:{task.pk}": task for step in steps for task in step.people}
    keys = [f"{key}:{rung}" for key in tasks for rung in ("sms", "email", "deputy")]
    return [
        Delivery(
            tasks[message.dedupe_key.rpartition(":")[0]],
            message.get_channel_display(),
            message.sent_at,
            message.get_state_display(),
        )
        for message in Outbox.objects.filter(dedupe_key__in=keys).order_by("pk")
    ]


def flows_with_versions(flows: QuerySet[Flow]) -> list[Flow]:
    """Flows with the version in force as `current`, their draft as `draft`, and the kind's label as `kind_label`."""
    kinds = {kind.key: kind.label for kind in registered()}
    rows = list(flows)
    versions = FlowVersion.objects.filter(flow__in=rows, status__in=["published", "draft"]).defer("definition")
    for flow in rows:
        flow.kind_label = kinds.get(flow.subject_type, flow.subject_type)
        flow.current = next((v for v in versions if v.flow_id == flow.pk and v.status == "published"), None)
        flow.draft = next((v for v in versions if v.flow_id == flow.pk and v.status == "draft"), None)
    return [flow for flow in rows if flow.subject_type in kinds]


def node_details(definition: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Each approve and copy node with its settings in words, the defaults included."""
    whole = Definition(definition)
    found = []
    for node in walk(definition.get("nodes", [])):
        if node["kind"] in ("approve", "copy"):
            found.append((name_of(node), _node_words(whole, node)))
    return found


def _node_words(whole: Definition, node: dict[str, Any]) -> list[str]:
    key = node["key"]
    specs = whole.get(key, "approvers" if node["kind"] == "approve" else "people")
    words = [source.say(spec) for spec in specs if (source := source_of(spec.get("by", "")))]
    if node["kind"] == "copy":
        return words
    words.append(rule_words(whole, key))
    rejection = _("after a rejection")
    words.append(f"{rejection}: {dict(Step.OnReject.choices)[whole.get(key, 'on_reject')]}")
    if hours := whole.get(key, "due_hours"):
        words.append(_("due after %(hours)s working hours") % {"hours": hours})
    return words


def diff(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str]]:
    """What differs between two definitions: pairs of a sign (+, −, ~) and the node's name."""
    old = {node["key"]: node for node in walk(before.get("nodes", []))}
    new = {node["key"]: node for node in walk(after.get("nodes", []))}
    found = [("−", name_of(node)) for key, node in old.items() if key not in new]
    found += [("+", name_of(node)) for key, node in new.items() if key not in old]
    for key in [key for key in new if key in old]:
        changed = [name for name in sorted({*old[key], *new[key]}) if _own(old[key], name) != _own(new[key], name)]
        if changed:
            found.append(("~", f"{name_of(new[key])}: {', '.join(changed)}"))
    if not found and before != after:
        found.append(("~", _("order of the nodes")))
    return found


def _own(node: dict[str, Any], name: str) -> Any:
    """A setting of a node without what stands inside its branches."""
    value = node.get(name)
    if name == "branches":
        return [{key: one[key] for key in one if key not in ("nodes", "was")} for one in value or []]
    return None if name == "otherwise" else value
