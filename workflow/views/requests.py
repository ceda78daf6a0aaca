"""One request: what it is about, its way, what I can do."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kit.errors import NotFound
from staff.access import needs
from workflow import access, selectors
from workflow.engine.advance import returnable
from workflow.engine.definition import Definition
from workflow.forms import deeds
from workflow.forms.base import PeopleField, PersonField
from workflow.models import ApprovalRequest, ApprovalTask, Copy
from workflow.registry import subject_of
from workflow.services import talk
from workflow.services.actions import broken_link
from workflow.services.applying import load_state
from workflow.services.messages import request_of_link


@login_required
@require_safe
@needs("workflow.view_own_tasks")
def request_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one request, with a form for each thing this person can do."""
    approval = access.request_for(request.user, pk)
    kind, subject = subject_of(approval.subject_type), approval.subject
    steps = selectors.steps_of(approval)
    actions = list(approval.actions.select_related("actor", "on_behalf_of").order_by("seq"))
    task = access.task_for(request.user, approval)
    copies = list(approval.copies.select_related("user"))
    context = {
        "approval": approval,
        "kind": kind,
        "subject_url": kind.url(subject) if subject is not None else "",
        "effect": kind.effect(subject, request.user) if subject is not None else "",
        "facts": selectors.facts_in_words(kind, approval.facts),
        "boxes": selectors.picture(approval.version.definition, steps, kind),
        "actions": actions,
        "broken": broken_link(actions),
        "deliveries": selectors.deliveries(approval, steps),
        "copies": copies,
        "files": list(approval.attachments.select_related("added_by")),
        "task": task,
        "is_unread": _unread(copies, request.user, task),
        "deeds": with_people(deeds_for(request, approval, task)),
    }
    return render(request, "workflow/request_detail.html", context)


def _unread(copies: list[Copy], user: object, task: ApprovalTask | None) -> bool:
    asked = task is not None and task.status == "open" and task.assignee_id == user.pk and task.read_at is None
    return asked or any(copy.user_id == user.pk and copy.read_at is None for copy in copies)


def with_people(deeds_found: list[tuple]) -> list[tuple]:
    """The forms, every dropdown of colleagues filled from one reading of the colleagues."""
    fields = [
        field
        for _name, _title, form in deeds_found
        for field in form.fields.values()
        if isinstance(field, PersonField | PeopleField)
    ]
    people = [(person.pk, str(person)) for person in fields[0].queryset] if fields else []
    for field in fields:
        empty = [] if isinstance(field, PeopleField) else [("", field.empty_label)]
        field.widget.choices = [*empty, *people]
    return deeds_found


def deeds_for(request: HttpRequest, approval: ApprovalRequest, task: ApprovalTask | None) -> list[tuple]:
    """What this person can do now: name of the deed, its title, and its form."""
    found: list[tuple] = []
    if task is not None and task.status == "open" and approval.status == "running":
        if task.returns_to_id:
            found.append(("opinion", _("Give my opinion"), deeds.OpinionForm()))
        else:
            found += [
                ("approve", _("Approve"), deeds.ApproveForm()),
                ("reject", _("Reject"), deeds.RejectForm()),
                ("return", _("Send back"), deeds.ReturnForm(earlier_nodes(approval, task))),
                ("delegate", _("Ask for an opinion"), deeds.DelegateForm()),
            ]
            if task.step.parent_id is None:
                found.append(("add", _("Add people"), deeds.AddForm()))
        found.append(("transfer", _("Pass on"), deeds.PassOnForm()))
    elif task is not None and approval.status == "running" and task.status == "waiting":
        found.append(("reject", _("Reject"), deeds.RejectForm()))
    if (approval.progress.get("undo") or {}).get("actor") == request.user.pk and approval.status == "running":
        found.append(("take_back", _("Take my decision back"), deeds.TakeBackForm()))
    mine = approval.initiator_id == request.user.pk
    if mine and approval.status == "returned" and not approval.revokes_id:
        found.append(("resubmit", _("Submit again"), deeds.ResubmitForm()))
    if approval.is_open:
        found.append(("comment", _("Leave a comment"), deeds.CommentForm()))
        found.append(("attach", _("Attach a file"), deeds.AttachForm()))
        if mine:
            found.append(("withdraw", _("Withdraw"), deeds.WithdrawForm()))
    found.append(("copy", _("Send a copy"), deeds.CopyForm()))
    if mine and approval.status == "approved" and not approval.revokes_id and _revocable(approval):
        found.append(("revoke", _("Ask to revoke"), deeds.RevokeForm()))
    if approval.is_open and request.user.has_perm("workflow.manage_requests"):
        if tasks := open_tasks(approval):
            found.append(("reassign", _("Give a task to somebody else"), deeds.ReassignForm(tasks)))
        found.append(("terminate", _("Terminate"), deeds.TerminateForm()))
    return found


def _revocable(approval: ApprovalRequest) -> bool:
    subject = approval.subject
    return subject is not None and subject_of(approval.subject_type).may_revoke(subject)


def earlier_nodes(approval: ApprovalRequest, task: ApprovalTask) -> list[tuple[str, str]]:
    """The nodes a request can be sent back to, with their names."""
    definition = Definition(approval.version.definition)
    state = load_state(approval)
    keys = returnable(definition, state, state.tasks[task.no])
    return [(key, selectors.name_of(definition.nodes[key])) for key in keys]


def open_tasks(approval: ApprovalRequest) -> list[tuple[str, str]]:
    rows = approval.tasks.filter(status__in=ApprovalTask.ACTIVE).select_related("assignee")
    return [(str(row.pk), str(row.assignee)) for row in rows]


@login_required
@require_safe
@needs("workflow.view_own_tasks")
def request_open(request: HttpRequest, token: str) -> HttpResponse:
    """The signed link of a text or an e-mail."""
    pk = request_of_link(token, request.user)
    if pk is None:
        raise NotFound(_("This link was made for somebody else, or is not complete."))
    return redirect("workflow:request_detail", pk)


@login_required
@require_POST
@needs("workflow.view_own_tasks")
def request_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that it was read; the page asks for it by itself."""
    talk.mark_read(request=access.request_for(request.user, pk), user=request.user)
    if request.htmx:
        return HttpResponse(status=204)
    return redirect("workflow:request_detail", pk)


@login_required
@require_safe
@needs("workflow.view_own_tasks")
def attachment_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A file of a request, always as a download."""
    attachment = access.attachment_for(request.user, pk)
    with attachment.file.open("rb") as file:
        response = HttpResponse(file.read(), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=attachment.name)
    return response
