"""Who is asked at a node: its sources, then the rules about who asked, nobody found, and deputies."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from staff.models import User
from workflow.engine.conditions import typed
from workflow.engine.definition import Definition
from workflow.engine.machine import Person, Resolve
from workflow.engine.state import State
from workflow.exceptions import NobodyCanDecide
from workflow.models import Delegation, Flow
from workflow.sources import Case, administrators, heads_above, source_of, supervisors


class Recorder:
    """Finds the people of nodes and keeps what it found: the action carries it, so a replay asks nobody."""

    def __init__(self, definition: Definition, case: Case) -> None:
        self.definition = definition
        self.case = case
        self.found: dict[str, list[Person]] = {}

    def __call__(self, key: str, state: State) -> list[Person]:
        case = Case(**{**vars(self.case), "node": key, "facts": state.facts})
        self.found[key] = people_of(self.definition, key, case)
        return self.found[key]


def recorded(people: dict[str, list[Any]]) -> Resolve:
    """Answers what an action recorded."""
    return lambda key, _state: [(user, on_behalf_of) for user, on_behalf_of in people[key]]


def people_of(definition: Definition, key: str, case: Case) -> list[Person]:
    """The people asked at a node, deputies in place; empty where the node passes without anybody."""
    node = definition.nodes[key]
    if node["kind"] == "copy":
        return [(pk, None) for pk in _active(_found(definition.get(key, "people"), case))]
    found = _active(_found(definition.get(key, "approvers"), case))
    asked = _without_initiator(definition, key, found, case)
    if not asked and _may_pass_empty(definition, key, found, case):
        return []
    asked = asked or administrators(case.flow, case.initiator.pk)
    if not asked:
        raise NobodyCanDecide
    return with_deputies(asked, case)


def falls_back(definition: Definition, key: str, case: Case) -> bool:
    """Whether a node's own sources find nobody, so that the administrator would be asked (for the linter)."""
    return not _active(_found(definition.get(key, "approvers"), case))


def _found(specs: list[dict[str, Any]], case: Case) -> list[int]:
    people: list[int] = []
    for spec in specs:
        if source := source_of(spec.get("by", "")):
            people += source.find(spec, case)
    return list(dict.fromkeys(people))


def _active(people: list[int]) -> list[int]:
    active = set(User.objects.filter(pk__in=people, is_active=True).values_list("pk", flat=True))
    return [pk for pk in people if pk in active]


def _without_initiator(definition: Definition, key: str, found: list[int], case: Case) -> list[int]:
    """Nobody decides the own request, unless the node of a flow that moves no money says so."""
    me = case.initiator.pk
    if me not in found:
        return found
    rule = definition.get(key, "initiator")
    if rule == "self" and not case.moves_money:
        return found
    others = [pk for pk in found if pk != me]
    if rule == "skip" and not case.moves_money:
        return others
    above = heads_above(case.initiator.department_id, 2) if rule == "dept_head" else supervisors(case.initiator, 1)
    above = [pk for pk in above if pk != me] or ([] if others else administrators(case.flow, me))
    position = found.index(me)
    return list(dict.fromkeys([*found[:position], *above, *found[position + 1 :]]))


def _may_pass_empty(definition: Definition, key: str, found: list[int], case: Case) -> bool:
    if case.moves_money:
        return False
    return definition.get(key, "empty") == "pass" or (bool(found) and definition.get(key, "initiator") == "skip")


def with_deputies(people: list[int], case: Case) -> list[Person]:
    """Who is away today is represented: one hop only, never by who asked, within the delegation's flows and amount."""
    today = timezone.localdate()
    standing = (
        Delegation.objects.filter(
            from_user__in=people,
            starts_on__lte=today,
            ends_on__gte=today,
            ended_at__isnull=True,
            to_user__is_active=True,
        )
        .exclude(to_user=case.initiator.pk)
        .prefetch_related("flows")
        .order_by("pk")
    )
    deputies: dict[int, int] = {}
    for one in standing:
        flows = [flow.pk for flow in one.flows.all()]
        if (not flows or case.flow.pk in flows) and _within(one.max_amount, case):
            deputies.setdefault(one.from_user_id, one.to_user_id)
    return [(deputies[pk], pk) if pk in deputies else (pk, None) for pk in people]


def _within(limit: Decimal | None, case: Case) -> bool:
    money = [key for key, kind in case.kinds.items() if kind == "money"]
    if limit is None or not money:
        return True
    amount = amount_of(case.facts, case.kinds)
    return amount is not None and abs(amount) <= limit


def amount_of(facts: dict[str, Any], kinds: dict[str, str]) -> Decimal | None:
    """The amount of a request: the fact "amount", else the first money among its facts."""
    money = [key for key, kind in kinds.items() if kind == "money"]
    key = "amount" if "amount" in money else next(iter(money), None)
    return typed("money", facts.get(key)) if key else None


def case_of(flow: Flow, initiator: User, **fields: Any) -> Case:
    """A case for a flow and who asks."""
    return Case(flow=flow, initiator=initiator, node="", **fields)
