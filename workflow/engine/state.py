"""What the engine knows about a request, as plain values: it can be compared, copied, and rebuilt from the actions."""

from dataclasses import dataclass, field
from typing import Any

WAITING, OPEN, APPROVED, REJECTED = "waiting", "open", "approved", "rejected"
RETURNED, TRANSFERRED, SKIPPED, CANCELLED = "returned", "transferred", "skipped", "cancelled"
RUNNING = "running"
ACTIVE = (WAITING, OPEN)


@dataclass
class TaskState:
    """One person asked at a step."""

    no: int
    step: int
    assignee: int
    on_behalf_of: int | None = None
    order: int = 0
    status: str = OPEN
    returns_to: int | None = None

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def person(self) -> tuple[int, int | None]:
        return self.assignee, self.on_behalf_of

    def belongs_to(self, user: int | None) -> bool:
        """Whether this person may act: the one asked, or the one on whose behalf."""
        return user is not None and user in (self.assignee, self.on_behalf_of)


@dataclass
class StepState:
    """One visit of a node, or people added there."""

    no: int
    node: str
    visit: int = 1
    origin: str = "definition"
    mode: str = "all"
    ratio: int = 100
    wait_for_all: bool = False
    on_reject: str = "end"
    status: str = OPEN
    parent: int | None = None
    by_task: int | None = None


@dataclass
class State:
    """A request. `arrived`: branches that have joined, by parallel node; `resume`: where a returned request goes on,
    with the people still to be asked there; `undo`: how it stood before the last decision, while nobody has acted
    since."""

    status: str
    initiator: int
    facts: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    needs_person: bool = True
    steps: dict[int, StepState] = field(default_factory=dict)
    tasks: dict[int, TaskState] = field(default_factory=dict)
    arrived: dict[str, list[int]] = field(default_factory=dict)
    resume: dict[str, list[list[int | None]]] = field(default_factory=dict)
    undo: dict[str, Any] | None = None

    def tasks_of(self, step: int) -> list[TaskState]:
        """The tasks of a step, in their order."""
        return sorted((task for task in self.tasks.values() if task.step == step), key=lambda t: (t.order, t.no))

    def children_of(self, step: int) -> list[StepState]:
        return [one for one in self.steps.values() if one.parent == step]

    def added_by(self, task: int, *origins: str) -> list[StepState]:
        """The steps a task's holder has added, those taken back left out."""
        return [
            one
            for one in self.steps.values()
            if one.by_task == task and one.origin in origins and one.status != CANCELLED
        ]

    def open_steps(self) -> list[StepState]:
        return [one for one in self.steps.values() if one.status == OPEN]


@dataclass(frozen=True)
class Event:
    """Something that happens to a request: one action, with everything the engine needs to know about it."""

    verb: str
    actor: int | None = None
    task: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StepSaved:
    """A step was opened or closed."""

    no: int


@dataclass(frozen=True)
class TaskSaved:
    """A task was made or changed."""

    no: int


@dataclass(frozen=True)
class Copied:
    """Somebody is to be told."""

    user: int
    by_hand: bool = False


@dataclass(frozen=True)
class Ended:
    """The request is no longer running: approved, rejected, returned, withdrawn or terminated."""

    status: str


Effect = StepSaved | TaskSaved | Copied | Ended
