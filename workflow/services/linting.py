"""What is wrong with a definition before anybody follows it, and who would be asked now."""

import itertools
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from staff.models import User
from workflow.engine.advance import advance
from workflow.engine.conditions import NUMBERS, OPERATORS, typed
from workflow.engine.definition import Definition, branches_of, walk
from workflow.engine.state import OPEN, RUNNING, Event, State
from workflow.models import Flow
from workflow.registry import Subject
from workflow.services.people import Recorder, case_of, falls_back
from workflow.sources import source_of

ERROR, WARNING = "error", "warning"
INDEPENDENT = ("user", "role", "store_role")
"""Sources that find the same people whoever asks: whether they are empty can be said now."""


@dataclass(frozen=True)
class Finding:
    """Something about one node (or the flow, with no node). Errors keep a version from being published."""

    level: str
    text: str
    node: str = ""


def lint(definition: dict[str, Any], kind: Subject, flow: Flow, actor: User) -> list[Finding]:
    """Everything found, errors first."""
    whole = Definition(definition)
    found: list[Finding] = []
    nodes = list(walk(definition.get("nodes", [])))
    if not whole.approvals():
        found.append(Finding(WARNING if kind.moves_money else ERROR, _("The flow asks nobody.")))
    keys = [node["key"] for node in nodes]
    if len(keys) != len(set(keys)):
        found.append(Finding(ERROR, _("Two nodes have the same key.")))
    for node in nodes:
        match node["kind"]:
            case "approve":
                found += _approval(node, whole, kind, flow, actor)
            case "branch":
                found += _branch(node, kind)
            case "copy" if not node.get("people"):
                found.append(Finding(WARNING, _("Nobody gets this copy."), node["key"]))
            case "parallel" if len(node.get("branches", [])) < 2:
                found.append(Finding(WARNING, _("A single branch is not parallel to anything."), node["key"]))
            case "end" if whole.around(node["key"]):
                found.append(Finding(ERROR, _("An end inside parallel branches ends only its branch."), node["key"]))
    found += _unreachable(definition.get("nodes", []))
    if kind.moves_money and whole.approvals() and may_ask_nobody(definition.get("nodes", [])):
        text = _("There is a way on which nobody is asked; there the administrator decides.")
        found.append(Finding(WARNING, text))
    return sorted(found, key=lambda one: one.level != ERROR)


def _approval(node: dict, whole: Definition, kind: Subject, flow: Flow, actor: User) -> list[Finding]:
    found, key = [], node["key"]
    specs = node.get("approvers", [])
    if not specs:
        found.append(Finding(ERROR, _("No approvers are chosen."), key))
    for spec in specs:
        source = source_of(spec.get("by", ""))
        if source is None:
            found.append(Finding(ERROR, _("Unknown source of approvers."), key))
        elif spec["by"] == "field" and kind.fact(spec.get("fact", "")) is None:
            found.append(Finding(ERROR, _("The approver comes from a fact this kind of thing does not have."), key))
    if specs and all(spec.get("by") in INDEPENDENT for spec in specs):
        case = case_of(flow, actor, moves_money=kind.moves_money)
        if falls_back(whole, key, case):
            text = _("Nobody belongs to these approvers today; the administrator would be asked.")
            found.append(Finding(WARNING, text, key))
    if kind.moves_money:
        if whole.get(key, "initiator") in ("self", "skip"):
            found.append(Finding(ERROR, _("Who asked cannot approve what moves money."), key))
        if whole.get(key, "empty") == "pass":
            found.append(Finding(ERROR, _("What moves money cannot pass where nobody is found."), key))
        if whole.get(key, "on_due") == "pass":
            found.append(Finding(ERROR, _("What moves money cannot pass by a deadline."), key))
    ratio = whole.get(key, "ratio")
    if whole.get(key, "mode") == "ratio" and not 1 <= int(ratio) <= 100:
        found.append(Finding(ERROR, _("The share lies between 1 and 100."), key))
    return found


def _branch(node: dict, kind: Subject) -> list[Finding]:
    key, found = node["key"], []
    if "otherwise" not in node:
        found.append(Finding(ERROR, _("The branch has no default."), key))
    tests = [test for branch in node.get("branches", []) for test in _tests(branch)]
    for test in tests:
        fact = kind.fact(test.get("fact", ""))
        if fact is None or test.get("op") not in OPERATORS[fact.kind]:
            found.append(Finding(ERROR, _("A condition asks about a fact or comparison that does not exist."), key))
        elif test["op"] != "in" and typed(fact.kind, test.get("value")) is None:
            found.append(Finding(ERROR, _("A condition compares “%(fact)s” with nothing.") % {"fact": fact.label}, key))
    if any(not _tests(branch) for branch in node.get("branches", [])[:-1]):
        found.append(Finding(ERROR, _("A branch without a condition hides those after it."), key))
    facts = {test.get("fact") for test in tests}
    fact = kind.fact(next(iter(facts))) if len(facts) == 1 else None
    if not found and fact is not None and fact.kind in NUMBERS:
        found += _bands(node, fact)
    return found


def _tests(branch: dict) -> list[dict]:
    when = branch.get("when", {})
    return when.get("any", when.get("all", []))


@dataclass(frozen=True)
class Band:
    """The numbers one branch takes: from `low` to `high`, ends included or not. None: without an end."""

    low: Decimal | None
    low_in: bool
    high: Decimal | None
    high_in: bool


def band_of(branch: dict, kind: str) -> Band:
    """The numbers for which all tests of a branch hold."""
    low = high = None
    low_in = high_in = True
    for test in _tests(branch):
        value, op = Decimal(typed(kind, test.get("value"))), test["op"]
        if op in ("gte", "gt", "eq") and (low is None or value > low or (value == low and op == "gt")):
            low, low_in = value, op != "gt"
        if op in ("lte", "lt", "eq") and (high is None or value < high or (value == high and op == "lt")):
            high, high_in = value, op != "lt"
    return Band(low, low_in, high, high_in)


def _bands(node: dict, fact: Any) -> list[Finding]:
    """Gaps and overlaps between the bands of a branch. Below the first and above the last the default is meant."""
    key, found = node["key"], []
    lowest = Decimal("-Infinity")
    bands = [band_of(branch, fact.kind) for branch in node["branches"] if "any" not in branch.get("when", {})]
    bands.sort(key=lambda band: (lowest if band.low is None else band.low, not band.low_in))
    for before, after in itertools.pairwise(bands):
        words = {"fact": fact.label, "at": before.high if before.high is not None else after.low}
        if (
            before.high is None
            or after.low is None
            or after.low < before.high
            or (after.low == before.high and after.low_in and before.high_in)
        ):
            found.append(Finding(WARNING, _("Two bands of %(fact)s overlap at %(at)s; the first wins.") % words, key))
        elif after.low > before.high or not (after.low_in or before.high_in):
            found.append(Finding(WARNING, _("Between two bands of %(fact)s there is a gap at %(at)s.") % words, key))
    return found


def _unreachable(nodes: list[dict]) -> list[Finding]:
    found = []
    ended = False
    for node in nodes:
        if ended:
            found.append(Finding(ERROR, _("This node is never reached."), node["key"]))
        ended = ended or node["kind"] == "end"
        for inner in branches_of(node):
            found += _unreachable(inner)
    return found


def may_ask_nobody(nodes: list[dict]) -> bool:
    """Whether there is a way through these nodes on which nobody is asked."""
    for node in nodes:
        if node["kind"] == "approve":
            return False
        if node["kind"] == "end":
            return True
        if node["kind"] == "branch" and not any(may_ask_nobody(inner) for inner in branches_of(node)):
            return False
        if node["kind"] == "parallel" and not all(may_ask_nobody(inner) for inner in branches_of(node)):
            return False
    return True


@dataclass(frozen=True)
class Asked:
    """A step of a dry run: the node, and who would be asked (and for whom)."""

    node: str
    people: list[tuple[User, User | None]]
    falls_back: bool


def dry_run(
    definition: dict[str, Any],
    kind: Subject,
    flow: Flow,
    initiator: User,
    facts: dict[str, Any],
    store_id: int | None = None,
) -> list[Asked]:
    """Who would be asked now, if everybody approved. Nothing is written."""
    whole = Definition(definition)
    kinds = {fact.key: fact.kind for fact in kind.facts}
    case = case_of(flow, initiator, store_id=store_id, facts=facts, kinds=kinds, moves_money=kind.moves_money)
    recorder = Recorder(whole, case)
    state = State(RUNNING, initiator.pk, facts=facts, kinds=kinds, needs_person=kind.moves_money)
    state = advance(whole, state, Event("submit"), recorder).state
    while state.status == RUNNING:
        task = next(task for task in state.tasks.values() if task.status == OPEN)
        state = advance(whole, state, Event("approve", task.assignee, task.no), recorder).state
    users = User.objects.in_bulk({pk for found in recorder.found.values() for pair in found for pk in pair if pk})
    return [
        Asked(
            key, [(users[user], users.get(on_behalf_of)) for user, on_behalf_of in found], _fell_back(whole, key, case)
        )
        for key, found in recorder.found.items()
    ]


def _fell_back(whole: Definition, key: str, case: Any) -> bool:
    return whole.nodes[key]["kind"] == "approve" and falls_back(whole, key, case)
