"""What administrators do with requests: end them, give tasks to somebody else, hand over what a leaver holds."""

from django.db import transaction
from django.utils.translation import gettext as _

from staff.audit import record
from staff.models import User
from workflow.exceptions import WrongPeople
from workflow.models import ApprovalRequest, ApprovalTask
from workflow.services.applying import apply


@transaction.atomic
def terminate(*, request_id: int, actor: User, comment: str) -> ApprovalRequest:
    """End a request for good, whatever its state in approval. A finished one refuses."""
    return apply(request_id=request_id, verb="terminate", actor=actor, comment=comment)


@transaction.atomic
def reassign(*, task_id: int, actor: User, to: User, comment: str = "") -> ApprovalRequest:
    """Give somebody's undecided task to another person."""
    task = ApprovalTask.objects.get(pk=task_id)
    if not to.is_active:
        raise WrongPeople(_("%(person)s no longer works here.") % {"person": to})
    return apply(request_id=task.request_id, verb="reassign", actor=actor, task=task.no, comment=comment, to=to.pk)


@transaction.atomic
def hand_over(*, leaver: User, to: User, actor: User, comment: str = "") -> int:
    """Give everything a leaver has not decided to another person; returns how many tasks. What the heir asked for
    goes to the leaver's supervisor instead, and stays where there is none."""
    if leaver.pk == to.pk:
        raise WrongPeople(_("Choose somebody else to take over."))
    tasks = ApprovalTask.objects.filter(assignee=leaver, status__in=ApprovalTask.ACTIVE).select_related("request")
    moved = 0
    for task in tasks.order_by("request_id", "pk"):
        heir = to if task.request.initiator_id != to.pk else leaver.manager
        if heir is not None and heir.pk not in (leaver.pk, task.request.initiator_id):
            reassign(task_id=task.pk, actor=actor, to=heir, comment=comment)
            moved += 1
    record(actor, "workflow.tasks_handed_over", leaver, to=to.pk, tasks=moved)
    return moved
