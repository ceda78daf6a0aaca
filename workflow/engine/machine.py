"""The way of a request through its definition: entering nodes, opening and closing steps, joining branches, ending."""

from collections.abc import Callable, Iterable
from copy import deepcopy

from workflow.engine.conditions import holds
from workflow.engine.definition import ADMINISTRATOR, Definition, branches_of
from workflow.engine.state import (
    APPROVED,
    CANCELLED,
    OPEN,
    REJECTED,
    RETURNED,
    RUNNING,
    SKIPPED,
    WAITING,
    Copied,
    Effect,
    Ended,
    State,
    StepSaved,
    StepState,
    TaskSaved,
    TaskState,
)
from workflow.engine.voting import PENDING, next_in_order, seats, verdict

Person = tuple[int, int | None]
"""Who is asked, and on whose behalf."""

Resolve = Callable[[str, State], list[Person]]
"""The people of a node, by its key."""

NOBODY: frozenset[Person] = frozenset()


class Machine:
    """One event's work on a copy of a state. `effects` say what must be written."""

    def __init__(self, definition: Definition, state: State, resolve: Resolve) -> None:
        self.definition = definition
        self.state = deepcopy(state)
        self.resolve = resolve
        self.effects: list[Effect] = []

    # The way ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Enter the first node."""
        first = self.definition.first()
        if first is None:
            self.finish()
        else:
            self.enter(first, NOBODY)

    def enter(self, key: str, deciders: frozenset[Person]) -> None:
        """Come to a node. `deciders` approved the step just before, with nothing else in between."""
        node = self.definition.nodes[key]
        match node["kind"]:
            case "approve":
                people = self.resolve(key, self.state)
                if people:
                    self.open_step(key, people, deciders)
                else:
                    self.leave(key, deciders)
            case "copy":
                for user, _for in self.resolve(key, self.state):
                    self._effect(Copied(user))
                self.leave(key, deciders)
            case "branch":
                self._branch(key, deciders)
            case "parallel":
                self.state.arrived[key] = []
                for number, nodes in enumerate(branches_of(node)):
                    self._into(key, number, nodes, NOBODY)
            case "end":
                self._end_of_list(key, deciders)

    def leave(self, key: str, deciders: frozenset[Person]) -> None:
        """Go on behind a node."""
        following = self.definition.next_of(key)
        if following is not None:
            self.enter(following, deciders)
        else:
            self._end_of_list(key, deciders)

    def finish(self) -> None:
        """The last node is behind us. What moves money never passes without anybody's word."""
        someone = any(t.status == APPROVED and t.returns_to is None for t in self.state.tasks.values())
        if self.state.needs_person and not someone:
            self.open_step(ADMINISTRATOR, self.resolve(ADMINISTRATOR, self.state), NOBODY)
        else:
            self.end(APPROVED)

    def _branch(self, key: str, deciders: frozenset[Person]) -> None:
        node = self.definition.nodes[key]
        for branch in node.get("branches", []):
            if holds(branch.get("when", {}), self.state.facts, self.state.kinds):
                return self._into(key, None, branch.get("nodes", []), deciders)
        return self._into(key, None, node.get("otherwise", []), deciders)

    def _into(self, key: str, branch: int | None, nodes: list[dict], deciders: frozenset[Person]) -> None:
        """Enter a list of nodes; an empty one is behind us at once."""
        if nodes:
            self.enter(nodes[0]["key"], deciders)
        elif branch is None:
            self.leave(key, deciders)
        else:
            self._arrive(key, branch)

    def _end_of_list(self, key: str, deciders: frozenset[Person]) -> None:
        place = self.definition.places[key]
        if place.parent is None:
            self.finish()
        elif self.definition.nodes[place.parent]["kind"] == "parallel":
            self._arrive(place.parent, place.branch)
        elif self.definition.nodes[key]["kind"] == "end":
            self._end_of_list(place.parent, deciders)
        else:
            self.leave(place.parent, deciders)

    def _arrive(self, parallel: str, branch: int) -> None:
        arrived = self.state.arrived.setdefault(parallel, [])
        if branch not in arrived:
            arrived.append(branch)
        if len(arrived) == len(branches_of(self.definition.nodes[parallel])) and self.state.status == RUNNING:
            self.leave(parallel, NOBODY)

    # Steps -----------------------------------------------------------------------------------------

    def open_step(self, key: str, people: Iterable[Person], deciders: frozenset[Person]) -> None:
        """Ask the people of a node; who has approved right before is not asked again."""
        setting = self.definition.get
        visit = 1 + sum(1 for s in self.state.steps.values() if s.node == key and s.origin == "definition")
        step = self.add_step(
            StepState(
                no=len(self.state.steps) + 1,
                node=key,
                visit=visit,
                mode=setting(key, "mode"),
                ratio=setting(key, "ratio"),
                wait_for_all=setting(key, "wait_for_all"),
                on_reject=setting(key, "on_reject"),
            ),
            people,
        )
        if setting(key, "skip_consecutive"):
            for task in self.state.tasks_of(step.no):
                if task.person in deciders:
                    self.mark(task, SKIPPED)
        self.judge(step)

    def add_step(self, step: StepState, people: Iterable[Person]) -> StepState:
        """Put a step and its tasks into the state; each person is asked once."""
        self.state.steps[step.no] = step
        self._effect(StepSaved(step.no))
        asked: set[int] = set()
        for user, on_behalf_of in people:
            if user in asked:
                continue
            asked.add(user)
            self.add_task(
                TaskState(
                    no=len(self.state.tasks) + 1,
                    step=step.no,
                    assignee=user,
                    on_behalf_of=on_behalf_of,
                    order=len(asked),
                    status=WAITING if step.mode == "ordered" else OPEN,
                )
            )
        return step

    def add_task(self, task: TaskState) -> TaskState:
        self.state.tasks[task.no] = task
        self._effect(TaskSaved(task.no))
        return task

    def mark(self, task: TaskState, status: str) -> None:
        """Give a task a new status."""
        if task.status != status:
            task.status = status
            self._effect(TaskSaved(task.no))

    def touch(self, step: StepState) -> None:
        """Note that a step was changed."""
        self._effect(StepSaved(step.no))

    def retouch(self, task: TaskState) -> None:
        """Note that a task was changed otherwise than in its status."""
        self._effect(TaskSaved(task.no))

    def judge(self, step: StepState) -> None:
        """Look whether a step is decided, and go on when it is."""
        if step.status != OPEN:
            return
        decided = verdict(self.state, step)
        if decided == PENDING:
            if step.mode == "ordered" and (task := next_in_order(self.state, step)):
                self.mark(task, OPEN)
            return
        if decided == REJECTED and step.parent is None:
            self._rejected(step)
            return
        deciders = frozenset(t.person for t in seats(self.state, step) if t.status in (APPROVED, SKIPPED))
        self.close(step, decided)
        if step.parent is not None:
            self._child_closed(step)
        else:
            self.leave(step.node, deciders)

    def _rejected(self, step: StepState) -> None:
        if step.on_reject == "return":
            self.hand_back(closing={step.no: REJECTED})
        else:
            self.close(step, REJECTED)
            self.end(REJECTED)

    def close(self, step: StepState, status: str) -> None:
        """Close a step and everything under it that is still open."""
        for child in self.state.children_of(step.no):
            if child.status == OPEN:
                self.close(child, CANCELLED)
        for task in self.state.tasks_of(step.no):
            if task.is_active:
                self.mark(task, CANCELLED)
        step.status = status
        self._effect(StepSaved(step.no))

    def _child_closed(self, step: StepState) -> None:
        holder = self.state.tasks[step.by_task]
        if step.origin == "before" and step.status != REJECTED and holder.status == WAITING:
            self.mark(holder, OPEN)
        self.judge(self.state.steps[step.parent])

    def withdraw_child(self, step: StepState) -> None:
        """Everybody added was taken out again: as if nobody had been added."""
        self.close(step, CANCELLED)
        self._child_closed(step)

    # Ends ------------------------------------------------------------------------------------------

    def end(self, status: str) -> None:
        """Close everything that is open; the request ends."""
        for step in self.state.open_steps():
            self.close(step, CANCELLED)
        self.state.status = status
        self._effect(Ended(status))

    def hand_back(self, *, closing: dict[int, str] | None = None, restart: bool = False) -> None:
        """Back to who asked. Earlier decisions stay; it goes on where it stood, or from the first node. `closing`:
        how a step closes, where not as sent back."""
        standing = [step for step in self.state.open_steps() if step.parent is None]
        self.state.resume = {} if restart else {step.node: self._still_to_ask(step) for step in standing}
        for step in standing:
            self.close(step, (closing or {}).get(step.no, RETURNED))
        self.state.status = RETURNED
        self._effect(Ended(RETURNED))

    def _still_to_ask(self, step: StepState) -> list[list[int | None]]:
        everybody = seats(self.state, step)
        if step.mode in ("all", "ordered"):
            everybody = [task for task in everybody if task.status not in (APPROVED, SKIPPED)] or everybody
        return [list(task.person) for task in everybody]

    def _effect(self, effect: Effect) -> None:
        if effect not in self.effects:
            self.effects.append(effect)
