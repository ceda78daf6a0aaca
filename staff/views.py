"""Notices, jobs, audit trail, outbox."""

from pathlib import PurePath

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from kit.errors import DomainError, NotFound
from kit.htmx import go_to, is_partial
from kit.lists import Export, listing
from kit.workbooks import Column
from staff import access
from staff.access import needs
from staff.filters import AuditFilter, JobFilter, OutboxFilter
from staff.services import jobs
from staff.services.notices import mark_read
from staff.services.outbox import resend


@login_required
@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.notices_for(request.user),
        template="staff/notice_list.html",
        orderings={"newest": ("-pk",)},
    )


@login_required
@require_POST
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark as read, then go where it points."""
    notice = access.notice_for(request.user, pk)
    mark_read(user=request.user, notice_id=notice.pk)
    safe = url_has_allowed_host_and_scheme(notice.url, None)
    return redirect(notice.url if notice.url and safe else "staff:notice_list")


@login_required
@require_POST
def notice_read_all(request: HttpRequest) -> HttpResponse:
    mark_read(user=request.user)
    return redirect("staff:notice_list")


@login_required
@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    def prepare(rows: list) -> list:
        for job in rows:
            kind = jobs.kind_of(job)
            job.label = kind.label if kind else job.kind
        return rows

    return listing(
        request,
        access.jobs_for(request.user),
        filterset=JobFilter,
        template="staff/job_list.html",
        orderings={"newest": ("-pk",), "state": ("state", "-pk")},
        prepare=prepare,
    )


@login_required
@require_safe
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is; HTMX asks again every second while it runs."""
    job = jobs.with_progress(access.job_for(request.user, pk))
    kind = jobs.kind_of(job)
    context = {
        "job": job,
        "label": kind.label if kind else job.kind,
        "result_template": (kind and kind.result_template) or "staff/_job_result.html",
        "can_undo": bool(kind and kind.undo and job.can_undo and not hasattr(job, "undone_by")),
    }
    return render(request, "staff/job_detail.html" + ("#state" if is_partial(request) else ""), context)


@login_required
@require_safe
def job_errors(request: HttpRequest, pk: int) -> HttpResponse:
    """The error file: what was refused, with line and reason."""
    job = access.job_for(request.user, pk)
    if not job.error_file:
        raise NotFound(_("This job has no error file."))
    name = PurePath(job.error_file.name).name
    return FileResponse(job.error_file.open("rb"), as_attachment=True, filename=name)


@login_required
@require_POST
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    job = access.job_for(request.user, pk)
    try:
        jobs.cancel_job(job_id=job.pk, actor=request.user)
    except DomainError as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, _("The job is being stopped."))
    return go_to(request, "staff:job_detail", pk)


@login_required
@require_POST
def job_undo(request: HttpRequest, pk: int) -> HttpResponse:
    job = access.job_for(request.user, pk)
    try:
        undoing = jobs.undo_job(job_id=job.pk, actor=request.user)
    except DomainError as exc:
        messages.error(request, str(exc))
        return go_to(request, "staff:job_detail", pk)
    return go_to(request, "staff:job_detail", undoing.pk)


AUDIT_EXPORT = Export(
    "audit",
    [
        Column(lazy("When"), "at", 20),
        Column(lazy("Who"), lambda entry: str(entry.actor or "")),
        Column(lazy("What"), "action", 30),
        Column(lazy("Thing"), lambda entry: f"{entry.subject_type} {entry.subject_id or ''}", 26),
        Column(lazy("Details"), lambda entry: str(entry.data), 60),
    ],
)


@login_required
@needs("staff.view_audit")
@require_safe
def audit_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.audit_for(request.user),
        filterset=AuditFilter,
        template="staff/audit_list.html",
        orderings={"newest": ("-pk",)},
        export=AUDIT_EXPORT,
    )


@login_required
@needs("staff.view_outbox")
@require_safe
def outbox_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.outbox_for(request.user),
        filterset=OutboxFilter,
        template="staff/outbox_list.html",
        orderings={"newest": ("-pk",), "state": ("state", "-pk")},
    )


@login_required
@needs("staff.change_outbox")
@require_POST
def outbox_resend(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        resend(message_id=pk, actor=request.user)
    except DomainError as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, _("The message will be sent again."))
    return redirect("staff:outbox_list")
