"""Imports of receipts as long-running jobs: asked for in a page, done by a worker, undone on request."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.tables import open_table
from loyalty.services.imports import apply_batch, load_rules
from loyalty.services.undoing import undo_batch
from sales.exceptions import ImportRefused
from sales.models import ImportBatch
from sales.services import importing, staging
from sales.services.profiles import save_profile
from staff.audit import record
from staff.models import ImportProfile, Job, User
from staff.services.jobs import JobResult, progress, register, start_job

KIND = "sales.import"


def start_import(*, profile: ImportProfile, file: File, dry_run: bool, actor: User) -> Job:
    """Ask for a file to be imported, or only checked. Each call is another job; receipts are never doubled."""
    return start_job(
        kind=KIND,
        actor=actor,
        input={"profile": profile.pk, "file_name": file.name, "dry_run": dry_run},
        input_file=file,
    )


def header_of(file: File) -> list[str]:
    """The column names of an uploaded file; a file that cannot be read is refused with the reason."""
    with NamedTemporaryFile(suffix=Path(file.name or "").suffix[:10]) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        with open_table(Path(copy.name)) as (header, _rows):
            return [name for name in header if name]


@transaction.atomic
def save_mapping(*, spec: dict, actor: User) -> ImportProfile:
    """Save a mapping made in the browser under its name; saving it again replaces it. Shipped ones stay as they are."""
    if ImportProfile.objects.filter(name=spec["name"], is_shipped=True).exists():
        raise ImportRefused(_("This name belongs to a mapping of the product."))
    profile = save_profile(spec, is_shipped=False)
    record(actor, "loyalty.mapping_saved", profile, name=profile.name)
    return profile


def _undo(job: Job) -> JobResult:
    result = undo_batch(batch_id=job.undo_of.result["batch"], actor=job.created_by)
    listed = "".join(f"{document},{reason}\n" for document, reason in result.left)
    return JobResult(
        result={"reversed": result.reversed, "left": len(result.left)},
        message=_("%(reversed)s receipts reversed, %(left)s left as they are.")
        % {"reversed": result.reversed, "left": len(result.left)},
        error_file=ContentFile(listed.encode(), "left-as-they-are.csv") if result.left else None,
    )


@register(KIND, label=gettext_lazy("Import of receipts"), undo=_undo)
def import_receipts(job: Job) -> JobResult:
    """Check the whole file, then post it piece by piece. After a crash it goes on where it was."""
    profile = ImportProfile.objects.get(pk=job.input["profile"])
    batch = ImportBatch.objects.filter(job=job).order_by("-pk").first()
    if batch is None or not staging.is_staged(batch):
        batch = _stage(job, profile, batch)
    if job.input.get("dry_run"):
        batch.receipts_new, batch.receipts_unchanged = importing.foresee(batch)
        return _result(batch, _("Checked. Nothing was posted."), can_undo=False)
    load_rules(profile)
    apply_batch(batch, actor=job.created_by, report=lambda done, total: progress(job, done, total))
    return _result(
        batch,
        _("%(new)s receipts posted, %(unchanged)s were there already.")
        % {"new": batch.receipts_new, "unchanged": batch.receipts_unchanged},
        can_undo=batch.receipts_new > 0,
    )


def _stage(job: Job, profile: ImportProfile, lost: ImportBatch | None) -> ImportBatch:
    """Stage the job's file; where a crash emptied the staging table the same batch is filled again."""
    path = Path(job.input_file.path)
    return staging.stage_file(
        path,
        profile=profile,
        file_name=job.input["file_name"],
        actor=job.created_by,
        job=job,
        again=lost,
        report=lambda lines: progress(job, 0, lines),
    )


def _result(batch: ImportBatch, message: str, *, can_undo: bool) -> JobResult:
    errors = ContentFile(importing.error_file(batch).encode("utf-8-sig"), "rejected.csv") if batch.rejected else None
    facts = {
        "batch": batch.pk,
        "lines": batch.lines,
        "rejected": batch.rejected,
        "posted": batch.receipts_new,
        "unchanged": batch.receipts_unchanged,
    }
    staging.drop_staged(batch)
    return JobResult(result=facts, message=message, error_file=errors, can_undo=can_undo)
