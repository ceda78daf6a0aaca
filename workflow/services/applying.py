"""`apply()`: the one place where a request changes. Lock, ask the pure engine, write what it says, with its action."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from staff.audit import record
from staff.models import User
from workflow.engine.advance import advance
from workflow.engine.definition import Definition
from workflow.engine.state import Copied, Ended, Event, State, StepSaved, StepState, TaskSaved, TaskState
from workflow.exceptions import MoneyMoved
from workflow.locks import lock_request
from workflow.models import ApprovalRequest, ApprovalTask, Copy, Step
from workflow.registry import subject_of
from workflow.services.actions import append_action
from workflow.services.deadlines import set_deadlines
from workflow.services.messages import tell_copied, tell_ended, tell_opened
from workflow.services.people import Recorder, case_of


@transaction.atomic
def apply(
    *,
    request_id: int,
    verb: str,
    actor: User | None,
    task: int | None = None,
    comment: str = "",
    **data: Any,
) -> ApprovalRequest:
    """Do one thing to a request: everything it brings about is written in this transaction, or nothing is.

    `task` is the number of the task within the request; `data` is what the verb needs (`to`, `people`, `node`, …).
    """
    request = lock_request(request_id)
    definition = Definition(request.version.definition)
    before = load_state(request)
    recorder = Recorder(definition, case_of_request(request))
    event = Event(verb, actor.pk if actor else None, task, data)
    outcome = advance(definition, before, event, recorder)
    now = timezone.now()
    saved = Saved(request, definition, before, outcome.state, actor if verb not in BY_ITSELF else None, now)
    for effect in outcome.effects:
        if isinstance(effect, StepSaved):
            saved.step(effect.no)
    for effect in outcome.effects:
        if isinstance(effect, TaskSaved):
            saved.task(effect.no, task)
    saved.write()
    request.progress = {name: getattr(outcome.state, name) for name in ("arrived", "resume", "undo")}
    request.facts = outcome.state.facts
    people = {key: [list(person) for person in found] for key, found in recorder.found.items()}
    acted = saved.task_rows.get(task or 0)
    append_action(
        request,
        verb,
        actor=actor,
        at=now,
        task=acted,
        on_behalf_of_id=_represented(acted, actor),
        comment=comment,
        payload={**data, **({"people_of": people} if people else {})},
    )
    record(actor, f"workflow.request_{verb}", request, store=request.store_id, number=request.number)
    ended = [effect.status for effect in outcome.effects if isinstance(effect, Ended)]
    _finish(request, ended[-1] if ended else outcome.state.status, now)
    _copies(request, [effect for effect in outcome.effects if isinstance(effect, Copied)], now)
    tell_opened(request, saved.opened)
    if ended and before.status != ended[-1]:
        _tell_subject(request, ended[-1])
        tell_ended(request, ended[-1], actor)
    return request


BY_ITSELF = ("escalate", "reassign")
"""Verbs by which a task passes on without its holder having decided."""


def load_state(request: ApprovalRequest) -> State:
    """The state of a request as the engine knows it, from its rows."""
    kind = subject_of(request.subject_type)
    steps, tasks = list(request.steps.all()), list(request.tasks.all())
    step_no, task_no = {row.pk: row.no for row in steps}, {row.pk: row.no for row in tasks}
    return State(
        status=request.status,
        initiator=request.initiator_id,
        facts=request.facts,
        kinds={fact.key: fact.kind for fact in kind.facts},
        needs_person=kind.moves_money,
        steps={
            row.no: StepState(
                no=row.no,
                node=row.node_key,
                visit=row.visit,
                origin=row.origin,
                mode=row.mode,
                ratio=row.ratio,
                wait_for_all=row.wait_for_all,
                on_reject=row.on_reject,
                status=row.status,
                parent=step_no.get(row.parent_id),
                by_task=task_no.get(row.by_task_id),
            )
            for row in steps
        },
        tasks={
            row.no: TaskState(
                no=row.no,
                step=step_no[row.step_id],
                assignee=row.assignee_id,
                on_behalf_of=row.on_behalf_of_id,
                order=row.order,
                status=row.status,
                returns_to=task_no.get(row.returns_to_id),
            )
            for row in tasks
        },
        arrived=request.progress.get("arrived", {}),
        resume=request.progress.get("resume", {}),
        undo=request.progress.get("undo"),
    )


def case_of_request(request: ApprovalRequest) -> Any:
    """What sources of approvers may look at for a request."""
    kind = subject_of(request.subject_type)
    return case_of(
        request.version.flow,
        request.initiator,
        store_id=request.store_id,
        facts=request.facts,
        kinds={fact.key: fact.kind for fact in kind.facts},
        choices=request.choices,
        moves_money=kind.moves_money,
    )


class Saved:
    """Writes the steps and tasks that an event has changed; what closes is written before what opens."""

    def __init__(
        self,
        request: ApprovalRequest,
        definition: Definition,
        before: State,
        after: State,
        actor: User | None,
        now: datetime,
    ) -> None:
        self.request, self.definition, self.before, self.after = request, definition, before, after
        self.actor, self.now = actor, now
        self.step_rows = {row.no: row for row in request.steps.all()}
        self.task_rows = {row.no: row for row in request.tasks.all()}
        self.changed: list[int] = []
        self.new: list[int] = []
        self.closed: list[int] = []
        self.opened: list[ApprovalTask] = []

    def step(self, no: int) -> None:
        """Write a new step; note one that changed."""
        state = self.after.steps[no]
        if no in self.step_rows:
            self.closed.append(no)
            return
        row = Step(request=self.request, no=no, opened_at=self.now, parent=self.step_rows.get(state.parent))
        self._fill_step(row, state)
        row.save()
        self.step_rows[no] = row

    def task(self, no: int, acted: int | None) -> None:
        """Note a task: new, or changed."""
        state, row = self.after.tasks[no], self.task_rows.get(no)
        if row is None:
            self.new.append(no)
            return
        if no == acted and state.status in ApprovalTask.DECIDED and row.status != state.status:
            row.decided_at, row.decided_by = self.now, self.actor
        if state.is_active:
            row.decided_at = row.decided_by = None
        if state.status == "open" and row.status != "open":
            self.opened.append(row)
            row.opened_at = self.now
        row.status = state.status
        self.changed.append(no)

    def write(self) -> None:
        """Write everything noted, in the order the constraints want."""
        fields = ["status", "opened_at", "decided_at", "decided_by"]
        ApprovalTask.objects.bulk_update([self.task_rows[no] for no in self.changed], fields)
        for no in self.new:
            state = self.after.tasks[no]
            row = ApprovalTask(
                request=self.request,
                step=self.step_rows[state.step],
                no=no,
                assignee_id=state.assignee,
                on_behalf_of_id=state.on_behalf_of,
                returns_to=self.task_rows.get(state.returns_to),
                order=state.order,
                status=state.status,
                opened_at=self.now if state.status == "open" else None,
            )
            row.save()
            self.task_rows[no] = row
            if row.status == "open":
                self.opened.append(row)
        self._links()
        set_deadlines(self.definition, self.request, self.opened, self.now)

    def _links(self) -> None:
        """Steps that closed; steps and opinions that hang on another task now."""
        for no in dict.fromkeys([*self.closed, *self.after.steps]):
            row, state = self.step_rows[no], self.after.steps[no]
            by_task = self.task_rows.get(state.by_task)
            if row.status != state.status or row.by_task_id != (by_task.pk if by_task else None):
                row.closed_at = None if state.status == "open" else row.closed_at or self.now
                row.status, row.by_task = state.status, by_task
                row.save(update_fields=["status", "closed_at", "by_task"])
        for no in self.changed:
            row, back = self.task_rows[no], self.task_rows.get(self.after.tasks[no].returns_to)
            if row.returns_to_id != (back.pk if back else None):
                row.returns_to = back
                row.save(update_fields=["returns_to"])

    def _fill_step(self, row: Step, state: StepState) -> None:
        row.node_key, row.visit, row.origin, row.mode = state.node, state.visit, state.origin, state.mode
        row.ratio, row.wait_for_all, row.on_reject = state.ratio, state.wait_for_all, state.on_reject
        row.status = "open"


def _represented(task: ApprovalTask | None, actor: User | None) -> int | None:
    """On whose behalf a deputy acts."""
    if task is None or actor is None or actor.pk != task.assignee_id:
        return None
    return task.on_behalf_of_id


def _finish(request: ApprovalRequest, status: str, now: datetime) -> None:
    request.status = status
    request.finished_at = None if status in ApprovalRequest.OPEN else now
    request.save(update_fields=["status", "finished_at", "progress", "facts"])


def _copies(request: ApprovalRequest, copies: list[Copied], now: datetime) -> None:
    told = set(request.copies.values_list("user_id", flat=True))
    rows = []
    for copy in copies:
        if copy.user not in told:
            told.add(copy.user)
            point = Copy.Point.HAND if copy.by_hand else Copy.Point.NODE
            rows.append(Copy(request=request, user_id=copy.user, point=point, at=now))
    Copy.objects.bulk_create(rows)
    tell_copied(request, [row.user_id for row in rows])


def _tell_subject(request: ApprovalRequest, status: str) -> None:
    """Let the subject act. A revocation that is approved revokes the first request; otherwise it changes nothing."""
    kind = subject_of(request.subject_type)
    subject = request.subject
    if request.revokes_id is not None:
        if status == ApprovalRequest.Status.APPROVED:
            revoke_original(request, kind, subject)
        return
    if status == ApprovalRequest.Status.APPROVED:
        kind.on_approved(subject, request)
    else:
        kind.on_ended(subject, request, status)


def revoke_original(request: ApprovalRequest, kind: Any, subject: Any) -> None:
    """Take an approval back, unless its effect has come in the meantime."""
    if not kind.may_revoke(subject):
        raise MoneyMoved
    original = lock_request(request.revokes_id)
    original.status = ApprovalRequest.Status.REVOKED
    original.save(update_fields=["status"])
    append_action(original, "revoke", actor=request.initiator, at=timezone.now(), comment=request.title)
    kind.on_ended(subject, original, ApprovalRequest.Status.REVOKED.value)
