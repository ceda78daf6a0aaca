"""Several decisions with one click; each stands for itself."""

from dataclasses import dataclass

from kit.errors import DomainError
from staff.models import User
from workflow.models import ApprovalTask
from workflow.services.decisions import approve

MOST = 100


@dataclass(frozen=True)
class Refused:
    """A request that was not approved, and why."""

    number: str
    why: str


def approve_all(*, task_ids: list[int], actor: User, comment: str = "") -> tuple[int, list[Refused]]:
    """Approve up to a hundred tasks, each in its own transaction; answers how many, and which were refused."""
    approved, refused = 0, []
    for task in ApprovalTask.objects.filter(pk__in=task_ids[:MOST]).select_related("request").order_by("pk"):
        try:
            request = approve(task_id=task.pk, actor=actor, comment=comment)
        except DomainError as exc:
            refused.append(Refused(task.request.number, str(exc)))
        else:
            if request.status == "returned":
                refused.append(Refused(request.number, str(request.get_status_display())))
            else:
                approved += 1
    return approved, refused
