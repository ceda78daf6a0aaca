"""When somebody should have decided: working hours from the moment the task opened, and what happens then."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kit.calendars import add_work_hours
from workflow.engine.definition import Definition
from workflow.models import ApprovalRequest, ApprovalTask, Timer
from workflow.registry import subject_of
from workflow.services.people import amount_of

MOST_REMINDERS = 10
DEPUTY_AFTER_MINUTES = 30
"""How long an urgent task may stay unread before the deputy gets an e-mail."""


def set_deadlines(definition: Definition, request: ApprovalRequest, opened: list[ApprovalTask], now: datetime) -> None:
    """Set the clock of each task that has just opened: in an ordered step each person has the own one."""
    timers = []
    for task in opened:
        hours = definition.get(task.step.node_key, "due_hours")
        if hours:
            task.due_at = add_work_hours(timezone.localtime(now), Decimal(str(hours)))
            task.save(update_fields=["due_at"])
            kind = Timer.Kind.REMIND if reminders_of(definition, task) else outcome_of(definition, request, task)
            if kind:
                timers.append(Timer(task=task, kind=kind, count=timer_count(task, kind), due_at=task.due_at))
        if request.is_urgent:
            due = now + timezone.timedelta(minutes=DEPUTY_AFTER_MINUTES)
            timers.append(Timer(task=task, kind=Timer.Kind.NOTICE, count=timer_count(task, "notice"), due_at=due))
    Timer.objects.bulk_create(timers)


def timer_count(task: ApprovalTask, kind: str) -> int:
    """The number of the task's next timer of a kind: a task that opens again starts a new clock."""
    return task.timers.filter(kind=kind).count() + 1


def reminders_of(definition: Definition, task: ApprovalTask) -> int:
    """How often a task is reminded of: 0 to 10 times."""
    return min(int(definition.get(task.step.node_key, "reminders") or 0), MOST_REMINDERS)


def outcome_of(definition: Definition, request: ApprovalRequest, task: ApprovalTask) -> str | None:
    """What happens after the last reminder. Passing by itself is refused to what moves money, and above the limit of
    the node: such a task goes to the supervisor instead."""
    wanted = definition.get(task.step.node_key, "on_due")
    match wanted:
        case "pass":
            return Timer.Kind.PASS if may_pass_by_itself(definition, request, task) else Timer.Kind.ESCALATE
        case "reject":
            return Timer.Kind.REJECT
        case "escalate":
            return Timer.Kind.ESCALATE
    return None


def may_pass_by_itself(definition: Definition, request: ApprovalRequest, task: ApprovalTask) -> bool:
    """Whether a deadline may approve: never for money, and only up to the node's limit where there is an amount."""
    kind = subject_of(request.subject_type)
    if kind.moves_money:
        return False
    limit: Any = definition.get(task.step.node_key, "auto_limit")
    amount = amount_of(request.facts, {fact.key: fact.kind for fact in kind.facts})
    return limit is None or amount is None or abs(amount) <= Decimal(str(limit))
