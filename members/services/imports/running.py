"""The life of an import: uploaded, its columns matched, checked, applied, undone or thrown away."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.garbage import no_garbage_search
from kit.tables import FileRefused
from members.exceptions import ImportRefused
from members.models import MemberImport
from members.services.imports import staging
from members.services.imports.applying import State, apply_import, same_file
from members.services.imports.judging import judge_file
from members.services.imports.profiles import checked_spec, guessed_spec, save_profile
from members.services.imports.reporting import write_error_file, write_left_file
from members.services.imports.standardising import columns_found
from members.services.imports.undoing import undo_import
from staff.audit import record
from staff.models import ImportProfile, Job, User
from staff.services.jobs import JobCancelled, JobResult, progress, register, start_job

CHECK, APPLY, UNDO = "members.import_check", "members.import_apply", "members.import_undo"
RESULT = "members/_import_result.html"
KEPT_DAYS = 30


@transaction.atomic
def upload_import(
    *, file: File, actor: User | None, spec: dict[str, Any] | None = None, profile: ImportProfile | None = None
) -> MemberImport:
    """Keep a file and look at its heading; each call is another import. A file applied before is refused."""
    batch = MemberImport(file_name=str(file.name)[-255:], created_by=actor, profile=profile)
    batch.file.save(f"members{Path(str(file.name)).suffix[:10]}", file, save=False)
    try:
        path = Path(batch.file.path)
        batch.checksum = staging.checksum(path)
        if first := same_file(batch):
            raise ImportRefused(
                _("This file was imported already, as import %(number)s.") % {"number": first.pk}, import_id=first.pk
            )
        batch.header, samples = staging.peek(path)
    except (ImportRefused, FileRefused):
        batch.file.delete(save=False)
        raise
    batch.spec = checked_spec(spec) if spec else guessed_spec(batch.header, samples)
    batch.samples = staging.examples(batch.header, samples)
    batch.save()
    record(actor, "members.import_uploaded", batch, file=batch.file_name)
    return batch


@transaction.atomic
def choose_mapping(*, import_id: int, spec: dict[str, Any], actor: User | None, save_as: str = "") -> MemberImport:
    """Say which column is what and have the file checked, as a job. Another mapping may be chosen until it is applied."""
    batch = MemberImport.objects.select_for_update(no_key=True, of=("self",)).get(pk=import_id)
    if batch.state not in (State.UPLOADED, State.CHECKED):
        raise ImportRefused(_("The columns of this import cannot be matched any more."))
    batch.spec = checked_spec(spec)
    columns_found(batch.spec, batch.header)
    if save_as:
        batch.profile = save_profile(name=save_as, spec=spec, actor=actor)
    batch.state = State.CHECKING
    batch.job = start_job(kind=CHECK, actor=actor, input={"import": batch.pk})
    batch.save(update_fields=["spec", "profile", "state", "job"])
    return batch


@transaction.atomic
def start_applying(*, import_id: int, actor: User) -> MemberImport:
    """Have a checked (or paused) import applied, as a job. A second call while it runs is refused."""
    batch = MemberImport.objects.select_for_update(no_key=True, of=("self",)).get(pk=import_id)
    if batch.state not in (State.CHECKED, State.PAUSED):
        raise ImportRefused(_("Only an import that has been checked can be applied."))
    if first := same_file(batch):
        raise ImportRefused(
            _("This file was imported already, as import %(number)s.") % {"number": first.pk}, import_id=first.pk
        )
    batch.state = State.APPLYING
    batch.job = start_job(kind=APPLY, actor=actor, input={"import": batch.pk})
    batch.save(update_fields=["state", "job"])
    return batch


@transaction.atomic
def start_undoing(*, import_id: int, actor: User) -> MemberImport:
    """Have an applied (or paused) import undone, as a job. A second call is refused."""
    batch = MemberImport.objects.select_for_update(no_key=True, of=("self",)).get(pk=import_id)
    if batch.state not in (State.APPLIED, State.PAUSED):
        raise ImportRefused(_("Only an import that has been applied can be undone, once."))
    batch.state = State.UNDOING
    batch.job = start_job(kind=UNDO, actor=actor, input={"import": batch.pk})
    batch.save(update_fields=["state", "job"])
    return batch


@transaction.atomic
def discard_import(*, import_id: int, actor: User | None) -> MemberImport:
    """Throw away an import that was not applied, with its file. A second call changes nothing."""
    batch = MemberImport.objects.select_for_update(no_key=True, of=("self",)).get(pk=import_id)
    if batch.state == State.DISCARDED:
        return batch
    if batch.state not in (State.UPLOADED, State.CHECKED):
        raise ImportRefused(_("Only an import that was not applied can be thrown away."))
    batch.state = State.DISCARDED
    batch.save(update_fields=["state"])
    forget_file(batch)
    staging.drop_staged(batch)
    record(actor, "members.import_discarded", batch, file=batch.file_name)
    return batch


def check(batch: MemberImport, report: Any = lambda done, total: None) -> MemberImport:
    """Read the file and judge every row; nothing is written but the verdicts."""
    with no_garbage_search():
        staging.stage_file(batch, lambda rows: report(rows, 0))
        judge_file(batch, lambda rows: report(rows, batch.rows))
    return batch


def forget_file(batch: MemberImport) -> None:
    """The file goes: it holds identity numbers in full."""
    if batch.file:
        batch.file.delete(save=False)
        MemberImport.objects.filter(pk=batch.pk).update(file="")


def keep_error_file(batch: MemberImport) -> None:
    """Make the file of rows that were not taken, beside the counts."""
    with NamedTemporaryFile(suffix=".csv") as made:
        if write_error_file(batch, Path(made.name)):
            batch.error_file.save("not-taken.csv", File(made.file), save=False)
            batch.save(update_fields=["error_file"])


def drop_old_rows() -> int:
    """Forget the staged rows and files of imports that ended a month ago, or were never applied. Nightly."""
    before = timezone.now() - timezone.timedelta(days=KEPT_DAYS)
    old = MemberImport.objects.filter(created_at__lt=before).exclude(state__in=[State.APPLYING, State.UNDOING])
    for batch in old:
        forget_file(batch)
        staging.drop_staged(batch)
    return len(old)


@register(CHECK, label=gettext_lazy("Check of a file of members"), result_template=RESULT)
def _check(job: Job) -> JobResult:
    batch = MemberImport.objects.select_related("created_by").get(pk=job.input["import"])
    try:
        check(batch, lambda done, total: progress(job, done, total))
        keep_error_file(batch)
    except BaseException:
        MemberImport.objects.filter(pk=batch.pk).update(state=State.UPLOADED)
        raise
    MemberImport.objects.filter(pk=batch.pk).update(state=State.CHECKED)
    return JobResult({"import": batch.pk, **batch.counts}, message=_("Checked. Nothing was written."))


@register(APPLY, label=gettext_lazy("Import of members"), result_template=RESULT)
def _apply(job: Job) -> JobResult:
    batch = MemberImport.objects.select_related("created_by").get(pk=job.input["import"])
    if not staging.is_staged(batch):
        check(batch)
    try:
        apply_import(batch, actor=job.created_by, report=lambda done, total: progress(job, done, total))
    except JobCancelled:
        MemberImport.objects.filter(pk=batch.pk).update(state=State.PAUSED)
        raise
    keep_error_file(batch)
    forget_file(batch)
    return JobResult({"import": batch.pk, **batch.results}, message=_("Applied."))


@register(UNDO, label=gettext_lazy("Undoing an import of members"), result_template=RESULT)
def _undo(job: Job) -> JobResult:
    batch = MemberImport.objects.get(pk=job.input["import"])
    undo_import(batch, actor=job.created_by, report=lambda done, total: progress(job, done, total))
    forget_file(batch)
    left = None
    with NamedTemporaryFile(suffix=".csv") as made:
        if write_left_file(batch, Path(made.name)):
            left = File(open(made.name, "rb"), "left-as-they-are.csv")  # noqa: SIM115 - the job saves and closes it
        return JobResult({"import": batch.pk, **batch.results}, message=_("Undone."), error_file=left)
