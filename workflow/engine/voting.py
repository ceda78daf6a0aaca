"""How a step is decided from what its seats say. A seat is a person asked, or a group added beside (加签)."""

from workflow.engine.state import (
    APPROVED,
    CANCELLED,
    OPEN,
    REJECTED,
    SKIPPED,
    TRANSFERRED,
    WAITING,
    State,
    StepState,
    TaskState,
)

PENDING = "pending"


def verdict(state: State, step: StepState) -> str:
    """approved, rejected or pending.

    all, ordered: everybody approves; the first rejection ends the step, unless it waits for everybody.
    any: the first decision counts. ratio: approvals are counted, not answers; it ends as soon as it is certain.
    """
    said = outcomes(state, step)
    pending, approved, rejected = said.count(PENDING), said.count(APPROVED), said.count(REJECTED)
    if step.mode == "any":
        return APPROVED if approved else REJECTED if rejected else PENDING
    if step.wait_for_all and pending:
        return PENDING
    if step.mode == "ratio":
        if approved * 100 >= step.ratio * len(said):
            return APPROVED
        return REJECTED if (approved + pending) * 100 < step.ratio * len(said) else PENDING
    if rejected:
        return REJECTED
    return PENDING if pending else APPROVED


def outcomes(state: State, step: StepState) -> list[str]:
    """What each seat of a step has said so far."""
    said = [outcome(state, task) for task in seats(state, step)]
    return said + [
        one.status if one.status in (APPROVED, REJECTED) else PENDING
        for one in state.children_of(step.no)
        if one.origin == "parallel" and one.status != CANCELLED
    ]


def seats(state: State, step: StepState) -> list[TaskState]:
    """The tasks that count: not those passed on, taken out, or asked only for an opinion."""
    return [
        task
        for task in state.tasks_of(step.no)
        if task.status not in (TRANSFERRED, CANCELLED) and task.returns_to is None
    ]


def outcome(state: State, task: TaskState) -> str:
    """What a seat says: the person's own word, and that of those added before or after."""
    added = [step.status for step in state.added_by(task.no, "before", "after")]
    if task.status == REJECTED or REJECTED in added:
        return REJECTED
    if task.status in (APPROVED, SKIPPED) and OPEN not in added:
        return APPROVED
    return PENDING


def next_in_order(state: State, step: StepState) -> TaskState | None:
    """Whose turn it is in an ordered step, when nobody before is still pending."""
    for task in seats(state, step):
        if outcome(state, task) != PENDING:
            continue
        return task if task.status == WAITING and not is_held(state, task) else None
    return None


def is_held(state: State, task: TaskState) -> bool:
    """Whether the task waits for people its holder has asked first (before-signers, a delegate's opinion)."""
    return task.status == WAITING and (
        any(step.status == OPEN for step in state.added_by(task.no, "before"))
        or any(one.returns_to == task.no and one.status == OPEN for one in state.tasks.values())
    )
