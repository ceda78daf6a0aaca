"""Making the file of a large export: a job asks the list's own page for its rows, with the rights of who asked."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.exports import Mark, write_csv_gz, write_xlsx
from kit.lists import EXPORT_LIMIT, Export
from staff.audit import record
from staff.models import Job, User
from staff.services.jobs import JobResult, progress, register, start_job
from workflow.exceptions import ExportRefused
from workflow.models import ExportRequest
from workflow.services.exports import VALID_DAYS
from workflow.services.requests import is_approved

KIND = "workflow.export"


def is_large(export: ExportRequest) -> bool:
    """Whether a job makes the file: many rows, a format of its own, or numbers in full."""
    return export.rows > EXPORT_LIMIT or export.format != ExportRequest.Format.XLSX or export.unmasked


@transaction.atomic
def start_making(*, export_id: int, actor: User) -> ExportRequest:
    """Have the file of an approved export made. A second call while it is made, or is there, changes nothing."""
    export = ExportRequest.objects.select_for_update(no_key=True, of=("self",)).select_related("job").get(pk=export_id)
    if export.asked_by_id != actor.pk or not is_approved(export) or export.approved_at is None:
        raise ExportRefused(_("This export has not been approved."))
    if export.fetched_at is not None:
        raise ExportRefused(_("This export was fetched already; ask again for another."))
    if export.file or (export.job and export.job.is_open):
        return export
    export.job = start_job(kind=KIND, actor=actor, input={"export": export.pk})
    export.save(update_fields=["job"])
    return export


@register(KIND, label=gettext_lazy("Large export"), result_template="workflow/_export_result.html")
def make_export(job: Job) -> JobResult:
    """Write the file with a cursor on the server's side, marked on every sheet and row. Started again it begins anew."""
    export = ExportRequest.objects.select_related("asked_by").get(pk=job.input["export"])
    written: list[int] = []

    def sink(request: HttpRequest, listed: Export, queryset: QuerySet) -> HttpResponse:
        columns = listed.columns
        if export.unmasked:
            if not (listed.clear_columns and export.asked_by.has_perm(listed.clear_permission)):
                raise ExportRefused(_("This list may not be exported with numbers in full."))
            columns = listed.clear_columns
        mark = Mark(export.number, str(export.asked_by), timezone.now())
        write = write_csv_gz if export.format == ExportRequest.Format.CSV else write_xlsx
        with NamedTemporaryFile(suffix=f".{export.format}") as made:
            rows = queryset.iterator(chunk_size=2_000)
            count = write(Path(made.name), columns, rows, mark, lambda done: progress(job, done, export.rows))
            export.file.save(f"{listed.filename}-{export.number}.{export.format}", File(made.file), save=False)
        written.append(count)
        return HttpResponse()

    _ask_page(export, sink)
    if not written:
        raise ExportRefused(_("The list could not be exported."))
    with transaction.atomic():
        export.save(update_fields=["file"])
        record(
            export.asked_by, "workflow.export_made", export, path=export.path, query=export.query, rows=written[0],
            unmasked=export.unmasked,
        )  # fmt: skip
    return JobResult({"export": export.pk, "rows": written[0]}, message=_("The file is ready."))


def drop_lapsed_files() -> int:
    """Throw away files nobody fetched in time. Nightly; a second call finds none."""
    before = timezone.now() - timezone.timedelta(days=VALID_DAYS)
    lapsed = list(ExportRequest.objects.filter(approved_at__lt=before).exclude(file=""))
    for export in lapsed:
        export.file.delete(save=False)
        ExportRequest.objects.filter(pk=export.pk).update(file="")
    return len(lapsed)


def _ask_page(export: ExportRequest, sink: object) -> None:
    """Call the list's page as its visitor would, with the sink in the browser's place."""
    request = HttpRequest()
    request.method, request.path, request.path_info = "GET", export.path, export.path
    request.GET = QueryDict(export.query, mutable=True)
    request.GET["export"] = "xlsx"
    request.user = User.objects.get(pk=export.asked_by_id)
    request.export_sink = sink
    try:
        match = resolve(export.path)
    except Http404 as exc:
        raise ExportRefused(_("The list could not be exported.")) from exc
    match.func(request, *match.args, **match.kwargs)
