"""What the people asked do: approve, reject, send back, pass on, add others, tell others."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from staff.models import User
from workflow.exceptions import AlreadyDecided, NotYours, WrongPeople
from workflow.locks import lock_request
from workflow.models import ApprovalRequest, ApprovalTask
from workflow.registry import subject_of
from workflow.services.applying import apply


@transaction.atomic
def approve(*, task_id: int, actor: User, comment: str = "") -> ApprovalRequest:
    """Agree. A second decision on the same task refuses. A subject whose approved fields have changed goes back to
    who asked instead."""
    return _decide(task_id, actor, "approve", comment)


@transaction.atomic
def reject(*, task_id: int, actor: User, comment: str) -> ApprovalRequest:
    """Refuse; what follows is the rule of the step. Possible while people added before are still being asked."""
    return _decide(task_id, actor, "reject", comment)


@transaction.atomic
def give_opinion(*, task_id: int, actor: User, comment: str) -> ApprovalRequest:
    """Answer the approver who asked for an opinion; the task goes back to them."""
    return _decide(task_id, actor, "delegate_back", comment)


@transaction.atomic
def send_back(*, task_id: int, actor: User, comment: str, node: str | None = None) -> ApprovalRequest:
    """Send the request back to an earlier node, or to who asked (`node` None). Earlier decisions are kept."""
    return _decide(task_id, actor, "return", comment, **({"node": node} if node else {}))


@transaction.atomic
def transfer(*, task_id: int, actor: User, to: User, comment: str = "") -> ApprovalRequest:
    """Hand the task to somebody else, who decides in one's place."""
    return _decide(task_id, actor, "transfer", comment, to=_active(to).pk)


@transaction.atomic
def delegate(*, task_id: int, actor: User, to: User, comment: str = "") -> ApprovalRequest:
    """Ask somebody for an opinion; the task comes back, and one decides oneself."""
    return _decide(task_id, actor, "delegate", comment, to=_active(to).pk)


@transaction.atomic
def add_signers(
    *, task_id: int, actor: User, people: list[User], where: str, mode: str = "all", comment: str = ""
) -> ApprovalRequest:
    """Add people before, after or beside oneself (`where`: before, after, parallel). After means: I approve, then they."""
    ids = [_active(person).pk for person in people]
    return _decide(task_id, actor, f"add_{where}", comment, people=ids, mode=mode)


@transaction.atomic
def take_back(*, request_id: int, actor: User, comment: str = "") -> ApprovalRequest:
    """Take the own last decision back: the request stands as before it. Refused once anybody has acted since, and
    once the request has ended."""
    request = lock_request(request_id)
    undo = request.progress.get("undo")
    if undo is None or undo["actor"] != actor.pk:
        raise AlreadyDecided
    return apply(request_id=request.pk, verb="take_back", actor=actor, task=undo["task"], comment=comment)


@transaction.atomic
def remove_signer(*, task_id: int, actor: User, comment: str = "") -> ApprovalRequest:
    """Take out somebody one has added or asked for an opinion, while they have not decided."""
    task = ApprovalTask.objects.select_related("step__by_task", "returns_to").get(pk=task_id)
    lock_request(task.request_id)
    task.refresh_from_db()
    adder = task.returns_to or task.step.by_task
    if adder is None or not (_belongs(adder, actor) or actor.has_perm("workflow.manage_requests")):
        raise NotYours(_("Only who added this person can take them out again."))
    return apply(request_id=task.request_id, verb="remove_signer", actor=actor, task=task.no, comment=comment)


def _decide(task_id: int, actor: User, verb: str, comment: str, **data: object) -> ApprovalRequest:
    """One decision of the holder of a task, on contents that are still those that were submitted."""
    task = ApprovalTask.objects.get(pk=task_id)
    request = lock_request(task.request_id)
    task.refresh_from_db()
    if not _belongs(task, actor):
        raise NotYours(_("This task belongs to somebody else."))
    if not task_is_active(task):
        raise AlreadyDecided
    if verb in ("approve", "add_after") and contents_changed(request):
        return apply(request_id=request.pk, verb="changed", actor=None)
    return apply(request_id=request.pk, verb=verb, actor=actor, task=task.no, comment=comment, **data)


def contents_changed(request: ApprovalRequest) -> bool:
    """Whether the subject is no longer what was submitted."""
    if request.revokes_id is not None:
        return False
    subject = request.subject
    return subject is None or subject_of(request.subject_type).approval_fingerprint(subject) != request.fingerprint


def task_is_active(task: ApprovalTask) -> bool:
    return task.status in ApprovalTask.ACTIVE


def task_of(request: ApprovalRequest, user: User) -> ApprovalTask | None:
    """The open task of a person at a request, as the one asked or the one represented."""
    return request.tasks.filter(Q(assignee=user) | Q(on_behalf_of=user), status="open").order_by("pk").first()


def _belongs(task: ApprovalTask, actor: User) -> bool:
    return actor.pk in (task.assignee_id, task.on_behalf_of_id)


def _active(person: User) -> User:
    if not person.is_active:
        raise WrongPeople(_("%(person)s no longer works here.") % {"person": person})
    return person
