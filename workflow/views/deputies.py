"""Deputies and hand-over."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.lists import listing
from staff.access import needs
from workflow import access
from workflow.forms.deeds import DelegationForm, HandOverForm
from workflow.services.administration import hand_over
from workflow.services.delegations import delegate_standing, end_delegation
from workflow.views.answers import form_page


@login_required
@require_safe
@needs("workflow.manage_own_delegations")
def delegation_list(request: HttpRequest) -> HttpResponse:
    def dressed(rows: list) -> list:
        for row in rows:
            row.may_end = row.ended_at is None and (
                row.from_user_id == request.user.pk or request.user.has_perm("workflow.manage_requests")
            )
        return rows

    return listing(
        request,
        access.delegations_for(request.user),
        template="workflow/delegation_list.html",
        orderings={"newest": ("-starts_on", "-pk")},
        prepare=dressed,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.manage_own_delegations")
def delegation_add(request: HttpRequest) -> HttpResponse:
    def deed(data: dict) -> object:
        flows = list(data.pop("flows"))
        return delegate_standing(from_user=request.user, actor=request.user, flows=flows, **data)

    return form_page(
        request,
        DelegationForm(access.active_flows(), request.POST or None),
        title=_("Somebody decides for me"),
        lead=_("What reaches you on these days is shown to your deputy too. It is never passed on a second time."),
        deed=deed,
        said=_("Your deputy has been told."),
        to=reverse("workflow:delegation_list"),
    )


@login_required
@require_POST
@needs("workflow.manage_own_delegations")
def delegation_end(request: HttpRequest, pk: int) -> HttpResponse:
    end_delegation(delegation_id=access.delegation_for(request.user, pk).pk, actor=request.user)
    return redirect("workflow:delegation_list")


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.manage_requests")
def tasks_hand_over(request: HttpRequest) -> HttpResponse:
    """Everything a leaver has not decided goes to somebody else."""
    return form_page(
        request,
        HandOverForm(request.POST or None),
        title=_("Hand over the tasks of somebody who leaves"),
        deed=lambda data: {"moved": hand_over(actor=request.user, **data)},
        said=lambda done: _("%(count)s tasks were handed over.") % {"count": done["moved"]},
        to=reverse("workflow:in_tray"),
    )
