"""“Chosen by who asks”: which nodes ahead of a request want people named, and the people named in this call.

The page that asks back (`workflow/middleware.py`) repeats what was submitted together with the choice; the choice does
not pass through the services of every kind of thing, it stands beside them, as the language of the page does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import QuerySet

from staff.models import User
from workflow.engine.advance import advance
from workflow.engine.definition import Definition, walk
from workflow.engine.machine import Person
from workflow.engine.state import OPEN, RUNNING, Event, State
from workflow.exceptions import ChoiceNeeded, Need
from workflow.models import ApprovalRequest
from workflow.registry import subject_of
from workflow.sources import InitiatorsChoice

Choices = dict[str, list[int]]
NOBODY = 0
_chosen: ContextVar[Choices | None] = ContextVar("people chosen by who asks", default=None)


@contextmanager
def people_chosen(choices: Choices) -> Iterator[None]:
    """Whatever is submitted inside asks these people, by node key."""
    token = _chosen.set(choices)
    try:
        yield
    finally:
        _chosen.reset(token)


def chosen_now() -> Choices:
    return _chosen.get() or {}


def require_choices(request: ApprovalRequest, facts: dict[str, Any]) -> None:
    """Refuse with the nodes on the way of these facts for which nobody who may decide was chosen."""
    definition = request.version.definition
    wanting = {node["key"]: spec for node in walk(definition.get("nodes", [])) if (spec := _choice_of(node))}
    if not wanting:
        return
    visited = _visited(request, facts)
    needs = []
    for key, spec in wanting.items():
        people = _candidates(spec, request.initiator_id)
        if key in visited and not people.filter(pk__in=request.choices.get(key, [])).exists():
            node = Definition(definition).nodes[key]
            needs.append(Need(key, node.get("name", ""), node.get("name_en", ""), list(people)))
    if needs:
        raise ChoiceNeeded(subject_of(request.subject_type).label, needs)


def _choice_of(node: dict[str, Any]) -> dict[str, Any] | None:
    specs = [*node.get("approvers", []), *node.get("people", [])]
    return next((spec for spec in specs if spec.get("by") == InitiatorsChoice.key), None)


def _candidates(spec: dict[str, Any], initiator_id: int) -> QuerySet[User]:
    people = User.objects.filter(is_active=True).exclude(pk=initiator_id).order_by("display_name", "username")
    return people.filter(role=spec["role"]) if spec.get("role") else people


def _visited(request: ApprovalRequest, facts: dict[str, Any]) -> set[str]:
    """The nodes whose people would be asked if everybody approved."""
    kind = subject_of(request.subject_type)
    visited: set[str] = set()

    def resolve(key: str, _state: State) -> list[Person]:
        visited.add(key)
        return [(NOBODY, None)]

    definition = Definition(request.version.definition)
    kinds = {fact.key: fact.kind for fact in kind.facts}
    state = State(RUNNING, request.initiator_id, facts=facts, kinds=kinds, needs_person=kind.moves_money)
    state = advance(definition, state, Event("submit"), resolve).state
    while state.status == RUNNING:
        task = next(task for task in state.tasks.values() if task.status == OPEN)
        state = advance(definition, state, Event("approve", NOBODY, task.no), resolve).state
    return visited
