"""Tasks of the office: given to somebody, with a day, a checklist and notes, until they are done."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from kit.errors import Conflict, NotFound, PermissionRefused
from staff.audit import record
from staff.models import User
from staff.services.notices import notify
from workflow.models import OfficeTask, TaskItem, TaskNote

Status = OfficeTask.Status


@transaction.atomic
def give_task(
    *, title: str, detail: str, owner: User, due_on: date | None, points: Sequence[str], actor: User
) -> OfficeTask:
    """Give somebody, or oneself, something to do. Each call gives a task."""
    task = OfficeTask.objects.create(title=title, detail=detail, owner=owner, given_by=actor, due_on=due_on)
    TaskItem.objects.bulk_create([TaskItem(task=task, text=text) for text in points])
    record(actor, "workflow.task_given", task, owner=owner)
    _tell(task, owner, actor, gettext_noop("Task: %(title)s"))
    return task


@transaction.atomic
def tick_point(*, item_id: int, actor: User) -> TaskItem:
    """Tick a point of the checklist, or take the tick back."""
    item = TaskItem.objects.select_related("task").filter(pk=item_id).first()
    if item is None:
        raise NotFound(_("There is no such point."))
    _open(item.task_id, actor)
    item.refresh_from_db()
    item.done_at, item.done_by = (None, None) if item.done_at else (timezone.now(), actor)
    item.save(update_fields=["done_at", "done_by"])
    return item


@transaction.atomic
def note_task(*, task_id: int, text: str, actor: User) -> TaskNote:
    """Say how it goes; the other of owner and giver is told."""
    task = _concerned(task_id, actor)
    note = TaskNote.objects.create(task=task, text=text, written_by=actor)
    for person in {task.owner, task.given_by} - {actor}:
        _tell(task, person, actor, gettext_noop("A note on your task: %(title)s"))
    return note


@transaction.atomic
def finish_task(*, task_id: int, actor: User) -> OfficeTask:
    """It is done; who gave it is told. Points that are not ticked refuse, and so does a second call."""
    task = _open(task_id, actor)
    if left := task.items.filter(done_at=None).count():
        raise Conflict(_("%(count)d points of the checklist are not ticked yet.") % {"count": left})
    task = _end(task, Status.DONE)
    record(actor, "workflow.task_done", task)
    _tell(task, task.given_by, actor, gettext_noop("Done: %(title)s"))
    return task


@transaction.atomic
def cancel_task(*, task_id: int, actor: User) -> OfficeTask:
    """Who gave it takes it back. A second call refuses."""
    task = _open(task_id, actor)
    if task.given_by_id != actor.pk:
        raise PermissionRefused(_("Only who gave the task can take it back."))
    task = _end(task, Status.CANCELLED)
    record(actor, "workflow.task_cancelled", task)
    _tell(task, task.owner, actor, gettext_noop("No longer needed: %(title)s"))
    return task


@transaction.atomic
def hand_task(*, task_id: int, to: User, due_on: date | None, actor: User) -> OfficeTask:
    """Give it to somebody else, or move its day. The new owner is told."""
    task = _open(task_id, actor)
    before = task.owner_id
    task.owner, task.due_on = to, due_on
    task.save(update_fields=["owner", "due_on"])
    record(actor, "workflow.task_handed", task, before=before, after=to, due=due_on)
    if before != to.pk:
        _tell(task, to, actor, gettext_noop("Task: %(title)s"))
    return task


def _concerned(task_id: int, actor: User) -> OfficeTask:
    task = (
        OfficeTask.objects.select_for_update(no_key=True, of=("self",))
        .select_related("owner", "given_by")
        .filter(pk=task_id)
        .first()
    )
    if task is None:
        raise NotFound(_("There is no such task."))
    if actor.pk not in (task.owner_id, task.given_by_id):
        raise PermissionRefused(_("Only who does the task and who gave it can do this."))
    return task


def _open(task_id: int, actor: User) -> OfficeTask:
    task = _concerned(task_id, actor)
    if task.status != Status.OPEN:
        raise Conflict(_("The task is no longer open: %(status)s.") % {"status": task.get_status_display()})
    return task


def _end(task: OfficeTask, status: str) -> OfficeTask:
    task.status, task.ended_at = status, timezone.now()
    task.save(update_fields=["status", "ended_at"])
    return task


def _tell(task: OfficeTask, person: User, actor: User, text: str) -> None:
    if person.pk == actor.pk:
        return
    with override(person.language):
        said = _(text) % {"title": task.title}
    notify(users=[person], text=said, url=reverse("workflow:task_detail", args=[task.pk]))
