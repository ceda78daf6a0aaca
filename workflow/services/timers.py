"""What happens by itself: reminders, what follows the last one, and the urgent ladder's last rung.

Each firing plans the next one from the moment it fires, so workers that were away for days do everything due once.
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kit.calendars import add_work_hours
from kit.errors import DomainError
from staff.services.notices import notify
from workflow.engine.definition import Definition
from workflow.locks import lock_request
from workflow.models import ApprovalRequest, ApprovalTask, Timer
from workflow.services.actions import append_action
from workflow.services.applying import apply
from workflow.services.deadlines import outcome_of, reminders_of, timer_count
from workflow.services.decisions import contents_changed
from workflow.services.messages import deputy_of, page_of, send_urgent
from workflow.sources import administrators, supervisors


def run_timers(now: datetime | None = None, limit: int = 500) -> int:
    """Fire what is due; returns how many fired. Two workers at once fire each timer once."""
    now = now or timezone.now()
    due = Timer.objects.filter(done_at=None, due_at__lte=now).order_by("due_at", "pk")
    fired = 0
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        fired += fire(pk, now)
    return fired


@transaction.atomic
def fire(timer_id: int, now: datetime) -> bool:
    """Fire one timer, unless another worker holds it, it has fired, or its task is no longer open."""
    # The request is locked before the timer, as everywhere: a decision that holds it may not wait for us.
    request_id = Timer.objects.filter(pk=timer_id).values_list("task__request_id", flat=True).first()
    if request_id is None:
        return False
    request = lock_request(request_id)
    timer = Timer.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=timer_id, done_at=None).first()
    if timer is None:
        return False
    timer.done_at = now
    timer.save(update_fields=["done_at"])
    task = ApprovalTask.objects.select_related("step", "assignee").get(pk=timer.task_id)
    if request.status != ApprovalRequest.Status.RUNNING or task.status != ApprovalTask.Status.OPEN:
        return False
    FIRES[timer.kind](request, task, now)
    return True


def _remind(request: ApprovalRequest, task: ApprovalTask, now: datetime) -> None:
    definition = Definition(request.version.definition)
    task.reminders += 1
    task.save(update_fields=["reminders"])
    with translation.override(task.assignee.language):
        text = _("Reminder: %(title)s has been waiting for your decision since its deadline.")
        notify(users=[task.assignee], text=text % {"title": request.label}, url=page_of(request))
    append_action(request, "remind", actor=None, at=now, task=task, payload={"count": task.reminders})
    if task.reminders < reminders_of(definition, task):
        kind: str | None = Timer.Kind.REMIND
    else:
        kind = outcome_of(definition, request, task)
    if kind:
        every = Decimal(str(definition.get(task.step.node_key, "remind_every") or 4))
        due = add_work_hours(timezone.localtime(now), every)
        Timer.objects.create(task=task, kind=kind, count=timer_count(task, kind), due_at=due)


def _escalate(request: ApprovalRequest, task: ApprovalTask, now: datetime) -> None:
    """The task goes to the supervisor, else to an administrator; where there is neither, it stays."""
    candidates = supervisors(task.assignee, 2) + administrators(request.version.flow, request.initiator_id)
    to = next((pk for pk in candidates if pk not in (request.initiator_id, task.assignee_id)), None)
    if to is not None:
        apply(request_id=request.pk, verb="escalate", actor=None, task=task.no, to=to)


def _decide(verb: str):
    def fires(request: ApprovalRequest, task: ApprovalTask, now: datetime) -> None:
        try:
            with transaction.atomic():
                if contents_changed(request):
                    apply(request_id=request.pk, verb="changed", actor=None)
                else:
                    apply(request_id=request.pk, verb=verb, actor=None, task=task.no)
        except DomainError as exc:
            # What cannot follow by itself (the subject refuses, nobody is found) stays with the person who was asked.
            append_action(request, "comment", actor=None, at=now, task=task, comment=str(exc))

    return fires


def _tell_deputy(request: ApprovalRequest, task: ApprovalTask, now: datetime) -> None:
    """The last rung of the urgent ladder: still unread, so somebody near hears of it by e-mail."""
    deputy = deputy_of(request, task) if task.read_at is None else None
    if deputy is not None:
        with translation.override(deputy.language):
            text = _("Urgent and unread by %(person)s: %(title)s.") % {"person": task.assignee, "title": request.label}
            notify(users=[deputy], text=text, url=page_of(request))
            send_urgent(request, task, deputy, step="deputy")
        apply(request_id=request.pk, verb="cc", actor=None, people=[deputy.pk])


FIRES = {
    Timer.Kind.REMIND: _remind,
    Timer.Kind.ESCALATE: _escalate,
    Timer.Kind.PASS: _decide("auto_pass"),
    Timer.Kind.REJECT: _decide("auto_reject"),
    Timer.Kind.NOTICE: _tell_deputy,
}
