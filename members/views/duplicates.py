"""Possible duplicates: look, compare, merge or keep apart."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kit.lists import listing
from members import access, selectors
from members.filters import DuplicateFilter
from members.services.duplicates import JOB, keep_apart
from members.views.merging import MERGE
from staff.access import needs
from staff.services.jobs import start_job


@login_required
@require_safe
@needs(MERGE)
def duplicate_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.duplicates_for(request.user),
        filterset=DuplicateFilter,
        template="members/duplicate_list.html",
        orderings={"weight": ("-weight", "-pk")},
        prepare=lambda rows: selectors.duplicate_rows(request.user, rows),
    )


@login_required
@require_POST
@needs(MERGE)
def duplicates_scan(request: HttpRequest) -> HttpResponse:
    job = start_job(kind=JOB, actor=request.user, input={})
    return redirect("staff:job_detail", job.pk)


@login_required
@require_POST
def duplicate_keep_apart(request: HttpRequest, pk: int) -> HttpResponse:
    pair = access.duplicate_for(request.user, pk)
    keep_apart(pair_id=pair.pk, actor=request.user)
    messages.success(request, _("Noted: these are two people. They are not proposed again."))
    return redirect("members:duplicate_list")
