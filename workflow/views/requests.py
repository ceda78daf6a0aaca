"""One request: what it is about, its way, what I can do."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kit.errors import NotFound
from staff.access import needs
from workflow import access
from workflow.services.messages import request_of_link


@login_required
@require_safe
@needs("workflow.view_own_tasks")
def request_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "workflow/request_detail.html", {"approval": access.request_for(request.user, pk)})


@login_required
@require_safe
@needs("workflow.view_own_tasks")
def request_open(request: HttpRequest, token: str) -> HttpResponse:
    """The signed link of a text or an e-mail."""
    pk = request_of_link(token, request.user)
    if pk is None:
        raise NotFound(_("This link was made for somebody else, or is not complete."))
    return redirect("workflow:request_detail", pk)
