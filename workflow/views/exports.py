"""Large exports: ask, look, fetch."""

import copy
from pathlib import PurePath

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.errors import DomainError
from kit.forms import carried_out
from staff.access import needs
from workflow import access
from workflow.exceptions import ExportRefused
from workflow.forms.deeds import ExportForm
from workflow.models import ExportRequest
from workflow.services.export_files import is_large, start_making
from workflow.services.exports import VALID_DAYS, ask_export, fetch_export, rows_without_asking
from workflow.services.requests import is_approved, last_request_of


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.view_own_tasks")
def export_ask(request: HttpRequest) -> HttpResponse:
    """The form to which a large export leads."""
    form = ExportForm(request.POST or None, initial=request.GET.dict())
    if form.is_valid():
        asked = carried_out(form, lambda: ask_export(actor=request.user, **form.cleaned_data))
        if asked:
            return redirect("workflow:export_detail", asked.pk)
    rows = request.GET.get("rows", "")
    context = {
        "form": form,
        "rows": int(rows) if rows.isdigit() and len(rows) < 9 else None,
        "limit": rows_without_asking(),
    }
    return render(request, "workflow/export_ask.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
@needs("workflow.view_own_tasks")
def export_detail(request: HttpRequest, pk: int) -> HttpResponse:
    export = access.export_for(request.user, pk)
    until = export.approved_at + timezone.timedelta(days=VALID_DAYS) if export.approved_at else None
    ready = export.fetched_at is None and until is not None and until > timezone.now() and is_approved(export)
    context = {
        "export": export,
        "approval": last_request_of(export),
        "until": until,
        "ready": ready,
        "is_large": is_large(export),
    }
    return render(request, "workflow/export_detail.html", context)


@login_required
@require_POST
@needs("workflow.view_own_tasks")
def export_make(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a worker make the file; the job's page shows how far it is."""
    export = access.export_for(request.user, pk)
    export = start_making(export_id=export.pk, actor=request.user)
    return redirect("staff:job_detail", export.job_id)


@login_required
@require_POST
@needs("workflow.view_own_tasks")
def export_fetch(request: HttpRequest, pk: int) -> HttpResponse:
    """The file itself: the one a job made, which goes with it, or the list's own page makes it now."""

    def make(export: ExportRequest) -> HttpResponse:
        if is_large(export):
            return _made_file(export)
        response = _page_of(request, export)
        if response.status_code != 200 or "attachment" not in response.headers.get("Content-Disposition", ""):
            raise ExportRefused("The list could not be exported.")
        return response

    export = access.export_for(request.user, pk)
    return fetch_export(export_id=export.pk, actor=request.user, make=make)


def _made_file(export: ExportRequest) -> HttpResponse:
    """The stored file as a download; what is open is sent to its end though its name is gone."""
    if not export.file:
        raise ExportRefused(_("The file has not been made yet."))
    name = PurePath(export.file.name).name
    opened = export.file.open("rb")
    response = FileResponse(opened.file, as_attachment=True, filename=name)
    export.file.storage.delete(export.file.name)
    ExportRequest.objects.filter(pk=export.pk).update(file="")
    return response


def _page_of(request: HttpRequest, export: ExportRequest) -> HttpResponse:
    """The list's page, asked for its workbook."""
    try:
        match = resolve(export.path)
    except Http404 as exc:
        raise DomainError(str(exc)) from exc
    asked = copy.copy(request)
    asked.method, asked.path, asked.path_info = "GET", export.path, export.path
    asked.GET = QueryDict(export.query, mutable=True)
    asked.GET["export"] = "xlsx"
    asked.export_is_approved = True
    return match.func(asked, *match.args, **match.kwargs)
