"""The only way from a request to a flow, an approval request, a task or a delegation: permission, scope, row."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kit.errors import NotFound, PermissionRefused
from staff.access import require, stores_for
from staff.models import User
from workflow.engine.definition import ADMINISTRATOR, Definition
from workflow.models import (
    ApprovalRequest,
    ApprovalTask,
    Attachment,
    Budget,
    Bulletin,
    BulletinReader,
    Circulation,
    CirculationReader,
    Copy,
    Delegation,
    ExpenseClaim,
    ExpenseTerm,
    ExportRequest,
    Flow,
    FlowVersion,
    OfficeTask,
    OfficialDocument,
    Paper,
    TaskItem,
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


def own_request_for(user: User, pk: int) -> ApprovalRequest:
    """A request this person asked for."""
    found = request_for(user, pk)
    if found.initiator_id != user.pk:
        raise PermissionRefused(_("Only who asked can do this."))
    return found


def task_of_request(request: ApprovalRequest, pk: int) -> ApprovalTask:
    """One task of a request that somebody may see."""
    found = request.tasks.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such task."))
    return found


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


def active_flows() -> QuerySet[Flow]:
    """The flows in use, as everybody may name them in a delegation."""
    return Flow.objects.filter(is_active=True)


# Expenses ----------------------------------------------------------------------------------------


def claims_for(user: User) -> QuerySet[ExpenseClaim]:
    """The own claims; with the permission, all of the own stores."""
    claims = ExpenseClaim.objects.select_related("store", "department", "claimant")
    if user.has_perm("workflow.view_expenses"):
        return claims.filter(Q(store__in=stores_for(user)) | Q(claimant=user))
    return claims.filter(claimant=user)


def claim_for(user: User, pk: int) -> ExpenseClaim:
    """One claim somebody may see: an own one, one of the own stores, or one that person was asked to approve."""
    claim = claims_for(user).filter(pk=pk).first()
    if claim is None:
        claim = ExpenseClaim.objects.select_related("store", "department", "claimant").filter(pk=pk).first()
        asked = ApprovalTask.objects.filter(
            Q(assignee=user) | Q(on_behalf_of=user),
            step__request__subject_type="workflow.claim",
            step__request__object_id=pk,
        )
        if claim is None or not asked.exclude(status="waiting").exists():
            raise NotFound(_("There is no such claim, or it is not yours."))
    return claim


def claim_to_pay(user: User, pk: int) -> ExpenseClaim:
    """A claim of the own stores, for whoever pays."""
    require(user, "workflow.pay_expense")
    return claim_for(user, pk)


def terms_for(user: User) -> QuerySet[ExpenseTerm]:
    require(user, "workflow.manage_terms")
    return ExpenseTerm.objects.filter(store__in=stores_for(user)).select_related(
        "store", "department", "category", "owner"
    )


def term_for(user: User, pk: int) -> ExpenseTerm:
    term = terms_for(user).filter(pk=pk).first()
    if term is None:
        raise NotFound(_("There is no such fixed fee in your stores."))
    return term


def budgets_for(user: User) -> QuerySet[Budget]:
    require(user, "workflow.view_budgets")
    return Budget.objects.filter(department__store__in=stores_for(user)).select_related("department__store", "category")


# The office --------------------------------------------------------------------------------------


def bulletins_for(user: User) -> QuerySet[Bulletin]:
    """The bulletins for this person, and the own ones."""
    mine = BulletinReader.objects.filter(user=user).values("bulletin_id")
    return Bulletin.objects.filter(Q(pk__in=mine) | Q(author=user)).select_related("author")


def bulletin_for(user: User, pk: int) -> Bulletin:
    bulletin = bulletins_for(user).filter(pk=pk).first()
    if bulletin is None:
        raise NotFound(_("There is no such bulletin, or it is not for you."))
    return bulletin


def own_bulletin(user: User, pk: int) -> Bulletin:
    """A bulletin whose read list this person may see and remind: who wrote it, or who sees everything."""
    require(user, "workflow.publish_bulletin")
    bulletin = bulletin_for(user, pk)
    if bulletin.author_id != user.pk and not user.has_perm("workflow.view_all_requests"):
        raise NotFound(_("There is no such bulletin, or it is not for you."))
    return bulletin


def office_tasks_for(user: User) -> QuerySet[OfficeTask]:
    """What this person is to do or gave to somebody."""
    return OfficeTask.objects.filter(Q(owner=user) | Q(given_by=user)).select_related("owner", "given_by")


def office_task_for(user: User, pk: int) -> OfficeTask:
    task = office_tasks_for(user).filter(pk=pk).first()
    if task is None:
        raise NotFound(_("There is no such task, or it is not yours."))
    return task


def documents_for(user: User) -> QuerySet[OfficialDocument]:
    """The documents of the own stores and of the chain; confidential ones for those who may, and who registered."""
    require(user, "workflow.view_documents")
    documents = OfficialDocument.objects.filter(
        Q(store=None) | Q(store__in=stores_for(user)) | Q(registered_by=user)
    ).select_related("store", "registered_by")
    if user.has_perm("workflow.view_confidential"):
        return documents
    return documents.exclude(Q(secrecy=OfficialDocument.Secrecy.CONFIDENTIAL) & ~Q(registered_by=user))


def document_for(user: User, pk: int) -> OfficialDocument:
    document = documents_for(user).filter(pk=pk).first()
    if document is None:
        raise NotFound(_("There is no such document, or it is not for you."))
    return document


def circulations_for(user: User) -> QuerySet[Circulation]:
    """What is passed to this person, or was started by them; readers further down the list do not see it yet."""
    mine = CirculationReader.objects.filter(user=user, status__in=["reading", "read"]).values("circulation_id")
    return Circulation.objects.filter(Q(pk__in=mine) | Q(started_by=user)).select_related("started_by", "document")


def circulation_for(user: User, pk: int) -> Circulation:
    circulation = circulations_for(user).filter(pk=pk).first()
    if circulation is None:
        raise NotFound(_("There is no such circulation, or it has not come to you yet."))
    return circulation


def paper_for(user: User, pk: int) -> Paper:
    """A file, for whoever may see what it was put to; readers of a circulation see its document's files too."""
    paper = Paper.objects.filter(pk=pk).first()
    if paper is None:
        raise NotFound(_("There is no such file."))
    if paper.claim_id:
        claim_for(user, paper.claim_id)
    elif paper.bulletin_id:
        bulletin_for(user, paper.bulletin_id)
    elif paper.task_id:
        office_task_for(user, paper.task_id)
    elif paper.circulation_id:
        circulation_for(user, paper.circulation_id)
    elif not circulations_for(user).filter(document_id=paper.document_id).exists():
        document_for(user, paper.document_id)
    return paper


def node_for(draft: FlowVersion, key: str) -> dict:
    """One node of a draft."""
    node = Definition(draft.definition).nodes.get(key)
    if node is None or key == ADMINISTRATOR:
        raise NotFound(_("There is no such node."))
    return node


def point_for(user: User, task_id: int, pk: int) -> TaskItem:
    """A point of the checklist of a task this person may see."""
    point = TaskItem.objects.filter(task=office_task_for(user, task_id), pk=pk).first()
    if point is None:
        raise NotFound(_("There is no such point."))
    return point
