"""The only way from a request to a flow, an approval request, a task or a delegation: permission, scope, row."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kit.errors import NotFound
from staff.access import require
from staff.models import User
from workflow.models import (
    ApprovalRequest,
    ApprovalTask,
    Attachment,
    Copy,
    Delegation,
    ExportRequest,
    Flow,
    FlowVersion,
)
from workflow.registry import subject_of


def request_for(user: User, pk: int) -> ApprovalRequest:
    """A request somebody may see: who asked, was asked, got a copy, sees all, or may see its subject."""
    require(user, "workflow.view_own_tasks")
    found = (
        ApprovalRequest.objects.select_related("version__flow", "initiator", "store", "revokes").filter(pk=pk).first()
    )
    if found is None or not _may_see(found, user):
        raise NotFound(_("There is no such request, or you are not concerned with it."))
    return found


def _may_see(request: ApprovalRequest, user: User) -> bool:
    if request.initiator_id == user.pk or user.has_perm("workflow.view_all_requests"):
        return True
    if request.tasks.filter(Q(assignee=user) | Q(on_behalf_of=user)).exclude(status="waiting").exists():
        return True
    if request.copies.filter(user=user).exists():
        return True
    kind = subject_of(request.subject_type)
    return request.subject is not None and kind.can_see(request.subject, user)


def tasks_to_decide(user: User) -> QuerySet[ApprovalTask]:
    """What waits for this person: as the one asked, or as the one a deputy acts for."""
    mine = ApprovalTask.objects.filter(assignee=user, status="open")
    represented = ApprovalTask.objects.filter(on_behalf_of=user, status="open")
    return ApprovalTask.objects.filter(pk__in=mine.values("pk").union(represented.values("pk"), all=True))


def tasks_decided(user: User) -> QuerySet[ApprovalTask]:
    """What this person has decided."""
    return ApprovalTask.objects.filter(decided_by=user)


def requests_asked(user: User) -> QuerySet[ApprovalRequest]:
    """What this person has asked for."""
    return ApprovalRequest.objects.filter(initiator=user)


def copies_for(user: User) -> QuerySet[Copy]:
    """What this person got a copy of."""
    return Copy.objects.filter(user=user)


def task_for(user: User, request: ApprovalRequest) -> ApprovalTask | None:
    """The task with which this person can act on a request now: an open one, else one that waits for others."""
    tasks = request.tasks.filter(Q(assignee=user) | Q(on_behalf_of=user), status__in=ApprovalTask.ACTIVE)
    return tasks.select_related("step").order_by("status", "pk").first()


def attachment_for(user: User, pk: int) -> Attachment:
    """A file of a request somebody may see."""
    found = Attachment.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such file."))
    request_for(user, found.request_id)
    return found


def flows_for(user: User) -> QuerySet[Flow]:
    require(user, "workflow.view_flows")
    return Flow.objects.select_related("administrator")


def flow_for(user: User, pk: int, permission: str = "workflow.view_flows") -> Flow:
    """One flow."""
    require(user, permission)
    found = flows_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such flow."))
    return found


def version_for(user: User, pk: int, permission: str = "workflow.view_flows") -> FlowVersion:
    """One version of a flow."""
    require(user, permission)
    found = FlowVersion.objects.select_related("flow").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such version."))
    return found


def draft_for(user: User, pk: int) -> FlowVersion:
    """A draft that may be edited."""
    found = version_for(user, pk, "workflow.manage_flows")
    if found.status != FlowVersion.Status.DRAFT:
        raise NotFound(_("A published version is not edited; begin a new draft."))
    return found


def delegations_for(user: User) -> QuerySet[Delegation]:
    """Delegations from or to this person; all of them for those who manage requests."""
    rows = Delegation.objects.select_related("from_user", "to_user", "created_by").prefetch_related("flows")
    if user.has_perm("workflow.manage_requests"):
        return rows
    return rows.filter(Q(from_user=user) | Q(to_user=user))


def delegation_for(user: User, pk: int) -> Delegation:
    """A delegation this person may end: the own one, or any for those who manage requests."""
    rows = delegations_for(user)
    if not user.has_perm("workflow.manage_requests"):
        rows = rows.filter(from_user=user)
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such delegation."))
    return found


def export_for(user: User, pk: int) -> ExportRequest:
    """A large export this person asked for."""
    found = ExportRequest.objects.filter(pk=pk, asked_by=user).first()
    if found is None:
        raise NotFound(_("There is no such export."))
    return found
