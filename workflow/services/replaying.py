"""The state of a request rebuilt from its actions alone, to be held against its rows."""

from workflow.engine.advance import MOVES, advance
from workflow.engine.definition import Definition
from workflow.engine.state import RUNNING, Event, State
from workflow.models import ApprovalRequest
from workflow.registry import subject_of
from workflow.services.people import recorded


def replay(request: ApprovalRequest) -> State:
    """Advance from nothing through every action; people come from what the actions recorded."""
    kind = subject_of(request.subject_type)
    definition = Definition(request.version.definition)
    state = State(
        status=RUNNING,
        initiator=request.initiator_id,
        kinds={fact.key: fact.kind for fact in kind.facts},
        needs_person=kind.moves_money,
    )
    for action in request.actions.select_related("task").order_by("seq"):
        data = dict(action.payload)
        resolve = recorded(data.pop("people_of", {}))
        if action.verb == "submit":
            state.facts = data["facts"]
        if action.verb == "revoke":
            state.status = "revoked"
        elif action.verb in MOVES:
            event = Event(action.verb, action.actor_id, action.task.no if action.task else None, data)
            state = advance(definition, state, event, resolve).state
    return state
