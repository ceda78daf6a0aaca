"""`advance(definition, state, event, resolve) -> Outcome`: the one function in which an approval moves.

Pure: the same definition, state, event and people give the same outcome, so the actions of a request rebuild it.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from workflow.engine.definition import Definition
from workflow.engine.machine import NOBODY, Machine, Resolve
from workflow.engine.state import (
    APPROVED,
    CANCELLED,
    OPEN,
    REJECTED,
    RETURNED,
    RUNNING,
    TRANSFERRED,
    WAITING,
    Copied,
    Effect,
    Event,
    State,
    StepState,
    TaskState,
)
from workflow.engine.voting import is_held, seats
from workflow.exceptions import AlreadyDecided, RequestClosed, WrongPeople


@dataclass(frozen=True)
class Outcome:
    """The new state, and what must be written for it."""

    state: State
    effects: tuple[Effect, ...]


def advance(definition: Definition, state: State, event: Event, resolve: Resolve) -> Outcome:
    """What becomes of a request when something happens to it. Refuses what its state does not allow."""
    machine = Machine(definition, state, resolve)
    MOVES[event.verb](machine, event)
    if event.verb not in LEAVES_UNDO:
        may_undo = event.verb in TAKEN_BACK and machine.state.status == RUNNING
        machine.state.undo = _standing(state, event) if may_undo else None
    return Outcome(machine.state, tuple(machine.effects))


def _standing(state: State, event: Event) -> dict[str, Any]:
    """How a request stands, as JSON: what taking a decision back restores."""
    return {
        "actor": event.actor,
        "task": event.task,
        "tasks": [[task.no, task.status] for task in state.tasks.values()],
        "steps": [[step.no, step.status] for step in state.steps.values()],
        "arrived": deepcopy(state.arrived),
    }


def returnable(definition: Definition, state: State, task: TaskState) -> list[str]:
    """The nodes a task's holder may send a request back to: approved ones on the way here, not in sister branches."""
    here = definition.around(state.steps[task.step].node)
    found = []
    for key in definition.approvals():
        around = definition.around(key)
        passed = any(
            step.node == key and step.origin == "definition" and step.status == APPROVED
            for step in state.steps.values()
        )
        if passed and key != state.steps[task.step].node and around == here[: len(around)]:
            found.append(key)
    return found


def _task(machine: Machine, event: Event, *statuses: str) -> TaskState:
    task = machine.state.tasks.get(event.task or 0)
    _running(machine)
    if task is None or task.status not in (statuses or (OPEN,)):
        raise AlreadyDecided
    return task


def _running(machine: Machine, *also: str) -> None:
    if machine.state.status not in (RUNNING, *also):
        raise RequestClosed(machine.state.status)


def _submit(machine: Machine, _event: Event) -> None:
    machine.start()


def _resubmit(machine: Machine, event: Event) -> None:
    if machine.state.status != RETURNED:
        raise RequestClosed(machine.state.status)
    state = machine.state
    state.status = RUNNING
    state.facts = event.data.get("facts", state.facts)
    resume, state.resume = state.resume, {}
    if event.data.get("changed") or not resume:
        state.arrived = {}
        machine.start()
        return
    for node, people in sorted(resume.items()):  # JSON in the database keeps no order
        machine.open_step(node, [(user, on_behalf_of) for user, on_behalf_of in people], NOBODY)


def _decide(status: str) -> Callable[[Machine, Event], None]:
    def move(machine: Machine, event: Event) -> None:
        task = machine.state.tasks.get(event.task or 0)
        held = task is not None and is_held(machine.state, task)
        task = _task(machine, event, OPEN, *([WAITING] if status == REJECTED and held else []))
        if task.returns_to is not None:
            raise WrongPeople(_("You were asked for an opinion only; give it, and the approver decides."))
        for step in machine.state.added_by(task.no, "before"):
            if step.status == OPEN:
                machine.close(step, CANCELLED)
        for asked in _opinions(machine, task):
            machine.mark(asked, CANCELLED)
        machine.mark(task, status)
        machine.judge(machine.state.steps[task.step])

    return move


def _return(machine: Machine, event: Event) -> None:
    task = _task(machine, event)
    target = event.data.get("node")
    if target is None:
        machine.mark(task, RETURNED)
        machine.hand_back()
        return
    if target not in returnable(machine.definition, machine.state, task):
        raise WrongPeople(_("The request cannot be sent back to this step."))
    machine.mark(task, RETURNED)
    around = machine.definition.around(target)
    scope = around[-1] if around else None
    for one in machine.state.open_steps():
        if one.parent is None and machine.definition.within(one.node, scope):
            machine.close(one, RETURNED)
    machine.state.arrived = {
        key: arrived for key, arrived in machine.state.arrived.items() if not machine.definition.within(key, scope)
    }
    machine.open_step(target, machine.resolve(target, machine.state), NOBODY)


def _pass_on(machine: Machine, event: Event) -> None:
    """Transfer, escalate, hand over: somebody else takes the seat, with everything that hangs on it."""
    task = _task(machine, event, OPEN, WAITING)
    to = event.data["to"]
    _not_the_initiator(machine, [to])
    state, status = machine.state, task.status
    machine.mark(task, TRANSFERRED)
    if any(one.assignee == to and one.is_active for one in state.tasks_of(task.step)):
        _drop_what_hangs_on(machine, task)
        if task.returns_to is not None:
            # Who has a seat of their own gives no opinion beside it: the asker decides without.
            machine.mark(state.tasks[task.returns_to], OPEN)
        machine.judge(state.steps[task.step])
        return
    heir = machine.add_task(
        TaskState(
            no=len(state.tasks) + 1,
            step=task.step,
            assignee=to,
            order=task.order,
            status=status,
            returns_to=task.returns_to,
        )
    )
    for step in state.steps.values():
        if step.by_task == task.no:
            step.by_task = heir.no
            machine.touch(step)
    for one in state.tasks.values():
        if one.returns_to == task.no and one.is_active:
            one.returns_to = heir.no
            machine.retouch(one)


def _drop_what_hangs_on(machine: Machine, task: TaskState) -> None:
    for step in machine.state.added_by(task.no, "before", "after", "parallel"):
        if step.status == OPEN:
            machine.close(step, CANCELLED)
    for asked in _opinions(machine, task):
        machine.mark(asked, CANCELLED)


def _opinions(machine: Machine, task: TaskState) -> list[TaskState]:
    return [one for one in machine.state.tasks.values() if one.returns_to == task.no and one.is_active]


def _transfer(machine: Machine, event: Event) -> None:
    task = _task(machine, event)
    _not_asked_already(machine, machine.state.steps[task.step], [event.data["to"]])
    _pass_on(machine, event)


def _delegate(machine: Machine, event: Event) -> None:
    task = _task(machine, event)
    if task.returns_to is not None:
        raise WrongPeople(_("You were asked for an opinion; it cannot be passed on a second time."))
    to = event.data["to"]
    _not_the_initiator(machine, [to])
    _not_asked_already(machine, machine.state.steps[task.step], [to])
    machine.mark(task, WAITING)
    machine.add_task(
        TaskState(no=len(machine.state.tasks) + 1, step=task.step, assignee=to, order=task.order, returns_to=task.no)
    )


def _delegate_back(machine: Machine, event: Event) -> None:
    task = _task(machine, event)
    if task.returns_to is None:
        raise AlreadyDecided
    machine.mark(task, APPROVED)
    machine.mark(machine.state.tasks[task.returns_to], OPEN)


def _add(origin: str) -> Callable[[Machine, Event], None]:
    def move(machine: Machine, event: Event) -> None:
        task = _task(machine, event)
        step = machine.state.steps[task.step]
        if step.parent is not None or task.returns_to is not None:
            raise WrongPeople(_("Who was added cannot add others."))
        people = list(dict.fromkeys(event.data["people"]))
        _not_the_initiator(machine, people)
        _not_asked_already(machine, step, people)
        if not people:
            raise WrongPeople(_("Choose at least one person."))
        if origin == "before":
            machine.mark(task, WAITING)
        elif origin == "after":
            machine.mark(task, APPROVED)
        child = machine.add_step(
            StepState(
                no=len(machine.state.steps) + 1,
                node=step.node,
                visit=step.visit,
                origin=origin,
                mode=event.data.get("mode", "all"),
                parent=step.no,
                by_task=task.no,
            ),
            [(user, None) for user in people],
        )
        machine.judge(child)
        machine.judge(step)

    return move


def _remove_signer(machine: Machine, event: Event) -> None:
    task = _task(machine, event, OPEN, WAITING)
    step = machine.state.steps[task.step]
    if task.returns_to is not None:
        machine.mark(task, CANCELLED)
        machine.mark(machine.state.tasks[task.returns_to], OPEN)
    elif step.parent is not None:
        machine.mark(task, CANCELLED)
        if seats(machine.state, step):
            machine.judge(step)
        else:
            machine.withdraw_child(step)
    else:
        raise WrongPeople(_("Only people who were added can be taken out again."))


def _cc(machine: Machine, event: Event) -> None:
    for user in event.data["people"]:
        machine.effects.append(Copied(user, by_hand=True))


def _withdraw(machine: Machine, _event: Event) -> None:
    _running(machine, RETURNED)
    machine.end("withdrawn")


def _take_back(machine: Machine, event: Event) -> None:
    """Everything stands as before the last decision; what opened because of it is no longer needed."""
    _running(machine)
    state, undo = machine.state, machine.state.undo
    if undo is None or undo["actor"] != event.actor or undo["task"] != event.task:
        raise AlreadyDecided
    steps, tasks = dict(undo["steps"]), dict(undo["tasks"])
    for step in state.steps.values():
        before = steps.get(step.no, CANCELLED)
        if step.status != before:
            step.status = before
            machine.touch(step)
    for task in state.tasks.values():
        machine.mark(task, tasks.get(task.no, CANCELLED))
    state.arrived = deepcopy(undo["arrived"])


def _terminate(machine: Machine, _event: Event) -> None:
    _running(machine, RETURNED)
    machine.end("terminated")


def _changed(machine: Machine, _event: Event) -> None:
    _running(machine, RETURNED)
    machine.hand_back(restart=True)


def _not_the_initiator(machine: Machine, people: list[int]) -> None:
    if machine.state.initiator in people:
        raise WrongPeople(_("Who asked cannot decide the own request."))


def _not_asked_already(machine: Machine, step: StepState, people: list[int]) -> None:
    steps = [step.no, *(child.no for child in machine.state.children_of(step.no))]
    if any(t.assignee in people and t.is_active for no in steps for t in machine.state.tasks_of(no)):
        raise WrongPeople(_("This person is already asked at this step."))


TAKEN_BACK = ("approve", "reject")
"""Decisions that whoever made them can take back while nobody has acted since."""

LEAVES_UNDO = ("cc",)
"""What happens without anybody acting on the request's way."""

MOVES: dict[str, Callable[[Machine, Event], None]] = {
    "submit": _submit,
    "resubmit": _resubmit,
    "approve": _decide(APPROVED),
    "auto_pass": _decide(APPROVED),
    "reject": _decide(REJECTED),
    "auto_reject": _decide(REJECTED),
    "return": _return,
    "transfer": _transfer,
    "escalate": _pass_on,
    "reassign": _pass_on,
    "delegate": _delegate,
    "delegate_back": _delegate_back,
    "add_before": _add("before"),
    "add_after": _add("after"),
    "add_parallel": _add("parallel"),
    "remove_signer": _remove_signer,
    "cc": _cc,
    "withdraw": _withdraw,
    "terminate": _terminate,
    "changed": _changed,
    "take_back": _take_back,
}
"""What moves a request. Comments, reminders, attachments and the like are actions that move nothing."""
