"""One address per deed on a request, POST only. A refusal shows the form again with what was typed."""

from collections.abc import Callable

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from staff.access import needs
from workflow import access
from workflow.exceptions import NotYours
from workflow.forms import deeds as forms_of
from workflow.models import ApprovalRequest, ApprovalTask
from workflow.services import administration, decisions, requests, talk
from workflow.views.answers import form_page
from workflow.views.requests import earlier_nodes, open_tasks

Deed = Callable[[ApprovalRequest, dict], object]


def _page(request: HttpRequest, approval: ApprovalRequest, title: object, form: forms.Form, deed: Deed, said: object):
    to = reverse("workflow:request_detail", args=[approval.pk])
    return form_page(
        request, form, title=title, lead=approval.label, deed=lambda data: deed(approval, data), said=said, to=to
    )


def _own_task(request: HttpRequest, approval: ApprovalRequest) -> ApprovalTask:
    task = access.task_for(request.user, approval)
    if task is None:
        raise NotYours(_("This does not wait for you, or no longer."))
    return task


def _outcome(done: ApprovalRequest) -> str:
    if done.status == "returned":
        return _("The request goes back to who asked.")
    return _("Done.")


def _decision(title: object, form_of: Callable, decide: Callable) -> Callable[[HttpRequest, int], HttpResponse]:
    """A view for something the holder of a task does."""

    @login_required
    @require_POST
    @needs("workflow.view_own_tasks")
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        approval = access.request_for(request.user, pk)
        task = _own_task(request, approval)
        form = form_of(approval, task, request.POST)

        def deed(_approval: ApprovalRequest, data: dict) -> object:
            return decide(task_id=task.pk, actor=request.user, **{k: v for k, v in data.items() if v != ""})

        return _page(request, approval, title, form, deed, _outcome)

    return view


def _plain(form: type[forms.Form]) -> Callable:
    return lambda _approval, _task, data: form(data)


def _reject(*, task_id: int, actor: object, comment: str) -> ApprovalRequest:
    return decisions.reject(task_id=task_id, actor=actor, comment=comment)


def _add(*, people: object, **data: object) -> ApprovalRequest:
    return decisions.add_signers(people=list(people), **data)


request_approve = _decision(lazy("Approve"), _plain(forms_of.ApproveForm), decisions.approve)
request_reject = _decision(lazy("Reject"), _plain(forms_of.RejectForm), _reject)
request_return = _decision(
    lazy("Send back"),
    lambda approval, task, data: forms_of.ReturnForm(earlier_nodes(approval, task), data),
    decisions.send_back,
)
request_transfer = _decision(lazy("Pass on"), _plain(forms_of.PassOnForm), decisions.transfer)
request_delegate = _decision(lazy("Ask for an opinion"), _plain(forms_of.DelegateForm), decisions.delegate)
request_opinion = _decision(lazy("Give my opinion"), _plain(forms_of.OpinionForm), decisions.give_opinion)
request_add = _decision(lazy("Add people"), _plain(forms_of.AddForm), _add)


@login_required
@require_POST
@needs("workflow.view_own_tasks")
def signer_remove(request: HttpRequest, pk: int, task_id: int) -> HttpResponse:
    """Take somebody out who was added."""
    approval = access.request_for(request.user, pk)
    task = access.task_of_request(approval, task_id)
    deed = lambda _a, _d: decisions.remove_signer(task_id=task.pk, actor=request.user)  # noqa: E731
    return _page(request, approval, _("Take out"), forms_of.StaffForm(request.POST), deed, _("Done."))


@login_required
@require_POST
@needs("workflow.view_own_tasks")
def request_comment(request: HttpRequest, pk: int) -> HttpResponse:
    def deed(approval: ApprovalRequest, data: dict) -> object:
        return talk.comment_on(request_id=approval.pk, actor=request.user, comment=data["comment"])

    approval = access.request_for(request.user, pk)
    return _page(request, approval, _("Leave a comment"), forms_of.CommentForm(request.POST), deed, _("Noted."))


@login_required
@require_POST
@needs("workflow.view_own_tasks")
def request_attach(request: HttpRequest, pk: int) -> HttpResponse:
    def deed(approval: ApprovalRequest, data: dict) -> object:
        return talk.attach_file(request_id=approval.pk, actor=request.user, upload=data["upload"])

    approval = access.request_for(request.user, pk)
    form = forms_of.AttachForm(request.POST, request.FILES)
    return _page(request, approval, _("Attach a file"), form, deed, _("Attached."))


@login_required
@require_POST
@needs("workflow.view_own_tasks")
def request_copy(request: HttpRequest, pk: int) -> HttpResponse:
    def deed(approval: ApprovalRequest, data: dict) -> object:
        return talk.copy_to(request_id=approval.pk, actor=request.user, people=list(data["people"]))

    approval = access.request_for(request.user, pk)
    return _page(request, approval, _("Send a copy"), forms_of.CopyForm(request.POST), deed, _("Sent."))


@login_required
@require_POST
@needs("workflow.view_own_tasks")
def request_remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask those who have not decided; for who asked."""
    approval = access.own_request_for(request.user, pk)
    deed = lambda _a, _d: talk.remind(request_id=approval.pk, actor=request.user)  # noqa: E731
    return _page(request, approval, _("Remind"), forms_of.StaffForm(request.POST), deed, _("They were reminded."))


@login_required
@require_POST
@needs("workflow.view_own_tasks")
def request_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    def deed(approval: ApprovalRequest, data: dict) -> object:
        return requests.withdraw(request_id=approval.pk, actor=request.user, comment=data["comment"])

    approval = access.own_request_for(request.user, pk)
    return _page(request, approval, _("Withdraw"), forms_of.WithdrawForm(request.POST), deed, _("Withdrawn."))


@login_required
@require_POST
@needs("workflow.view_own_tasks")
def request_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the own decision back, while nobody has acted since."""

    def deed(approval: ApprovalRequest, data: dict) -> object:
        return decisions.take_back(request_id=approval.pk, actor=request.user, comment=data["comment"])

    approval = access.request_for(request.user, pk)
    title, said = _("Take my decision back"), _("Taken back: it waits for you again.")
    return _page(request, approval, title, forms_of.TakeBackForm(request.POST), deed, said)


@login_required
@require_POST
@needs("workflow.view_own_tasks")
def request_resubmit(request: HttpRequest, pk: int) -> HttpResponse:
    def deed(approval: ApprovalRequest, data: dict) -> object:
        return requests.submit(subject=approval.subject, actor=request.user, comment=data["comment"])

    approval = access.own_request_for(request.user, pk)
    return _page(request, approval, _("Submit again"), forms_of.ResubmitForm(request.POST), deed, _("Submitted again."))


@login_required
@require_POST
@needs("workflow.view_own_tasks")
def request_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    def deed(approval: ApprovalRequest, data: dict) -> object:
        return requests.ask_revocation(request_id=approval.pk, actor=request.user, comment=data["comment"])

    approval = access.own_request_for(request.user, pk)
    said = _("Asked. It is revoked when the same flow approves.")
    return _page(request, approval, _("Ask to revoke"), forms_of.RevokeForm(request.POST), deed, said)


@login_required
@require_POST
@needs("workflow.manage_requests")
def request_terminate(request: HttpRequest, pk: int) -> HttpResponse:
    def deed(approval: ApprovalRequest, data: dict) -> object:
        return administration.terminate(request_id=approval.pk, actor=request.user, comment=data["comment"])

    approval = access.request_for(request.user, pk)
    return _page(request, approval, _("Terminate"), forms_of.TerminateForm(request.POST), deed, _("Terminated."))


@login_required
@require_POST
@needs("workflow.manage_requests")
def request_reassign(request: HttpRequest, pk: int) -> HttpResponse:
    def deed(_approval: ApprovalRequest, data: dict) -> object:
        task_id = int(data["task"])
        return administration.reassign(task_id=task_id, actor=request.user, to=data["to"], comment=data["comment"])

    approval = access.request_for(request.user, pk)
    form = forms_of.ReassignForm(open_tasks(approval), request.POST)
    return _page(request, approval, _("Give a task to somebody else"), form, deed, _("Handed over."))
