"""Long-running jobs: asked for in a page, run by a worker, watched, cancelled, undone.

    @register("members.import", label=_("Import members"), undo=undo_import)
    def import_members(job: Job) -> JobResult: ...

    job = start_job(kind="members.import", actor=user, input={"profile": 3}, input_file=file, store=store)

A handler may be started a second time after a worker died: it picks up where it was, or starts over without
doubling anything. It calls `progress(job, done, total)` often; that is also where a cancelled job stops.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.cache import cache
from django.core.files.base import File
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from kit.errors import Conflict, DomainError
from kit.nudge import nudge
from staff.audit import record
from staff.models import Job, Notice, User
from staff.tasks import run_job as run_job_task

logger = logging.getLogger(__name__)

HEARTBEAT = timedelta(seconds=5)
DEAD_AFTER = timedelta(seconds=30)
MAX_ATTEMPTS = 5


class JobCancelled(Exception):
    """Raised by `progress()` when somebody asked to stop."""


@dataclass
class JobResult:
    """What a handler hands back: figures for the page, a sentence, a file of refused rows, whether undo is open."""

    result: dict[str, object] = field(default_factory=dict)
    message: str = ""
    error_file: File | None = None
    can_undo: bool = False


Handler = Callable[[Job], JobResult | dict[str, object] | None]


@dataclass(frozen=True)
class Kind:
    name: str
    label: str | Promise
    handler: Handler
    undo: Handler | None
    result_template: str


_kinds: dict[str, Kind] = {}


def register(
    kind: str, *, label: str | Promise = "", undo: Handler | None = None, result_template: str = ""
) -> Callable[[Handler], Handler]:
    """Decorator: this callable does the jobs of a kind. `undo` takes the undoing Job (its `undo_of` is the first)."""

    def decorate(handler: Handler) -> Handler:
        _kinds[kind] = Kind(kind, label or kind, handler, undo, result_template)
        return handler

    return decorate


def kind_of(job: Job) -> Kind | None:
    return _kinds.get(job.kind)


def kinds() -> dict[str, Kind]:
    return dict(_kinds)


@transaction.atomic
def start_job(
    *,
    kind: str,
    actor: User | None,
    input: dict[str, object] | None = None,
    input_file: File | None = None,
    store: object = None,
) -> Job:
    """Write the job down and wake a worker after the commit. Each call is another job."""
    if kind not in _kinds:
        raise LookupError(f"No handler is registered for jobs of kind {kind!r}.")
    job = Job(kind=kind, input=input or {}, created_by=actor, store_id=getattr(store, "pk", store))
    if input_file is not None:
        job.input_file.save(input_file.name, input_file, save=False)
    job.save()
    record(actor, "staff.job_started", job, store=job.store_id, kind=kind)
    nudge(run_job_task, job.pk)
    return job


@transaction.atomic
def cancel_job(*, job_id: int, actor: User) -> Job:
    """Stop a job: at once when it waits, at its next sign of progress when it runs. Ended jobs refuse."""
    job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
    if not job.is_open:
        raise Conflict(_("This job has already ended."))
    job.cancel_asked_at = timezone.now()
    if job.state == Job.State.QUEUED:
        job.state, job.finished_at = Job.State.CANCELLED, job.cancel_asked_at
    job.save(update_fields=["state", "cancel_asked_at", "finished_at"])
    record(actor, "staff.job_cancelled", job, store=job.store_id)
    return job


@transaction.atomic
def undo_job(*, job_id: int, actor: User) -> Job:
    """Ask for a job to be undone. A second call returns the undoing job that is already there."""
    job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
    if undoing := Job.objects.filter(undo_of=job).first():
        return undoing
    kind = _kinds.get(job.kind)
    if kind is None or kind.undo is None or not job.can_undo or job.state != Job.State.DONE:
        raise Conflict(_("This job cannot be undone."))
    undoing = Job.objects.create(kind=job.kind, undo_of=job, created_by=actor, store=job.store)
    record(actor, "staff.job_undo_started", undoing, store=job.store_id, undo_of=job.pk)
    nudge(run_job_task, undoing.pk)
    return undoing


def _progress_key(job_id: int) -> str:
    return f"job-progress-{job_id}"


def progress(job: Job, done: int, total: int | None = None, message: str = "") -> None:
    """Say how far the job is; the page sees it even from inside a transaction. Raises JobCancelled when asked."""
    job.done, job.total = done, job.total if total is None else total
    cache.set(_progress_key(job.pk), (job.done, job.total, message), 3600)
    if not connection.in_atomic_block:
        Job.objects.filter(pk=job.pk).update(done=job.done, total=job.total, heartbeat_at=timezone.now())
    if Job.objects.filter(pk=job.pk, cancel_asked_at__isnull=False).exists():
        raise JobCancelled


def with_progress(job: Job) -> Job:
    """The job with the freshest figures for its page."""
    if job.state == Job.State.RUNNING and (seen := cache.get(_progress_key(job.pk))):
        job.done, job.total, job.message = seen[0], seen[1], seen[2] or job.message
    return job


def run_job(*, job_id: int) -> bool:
    """Claim a waiting job and do it. Returns False (and does nothing) when another worker has it or it has ended."""
    now = timezone.now()
    claimed = Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(
        state=Job.State.RUNNING, started_at=now, heartbeat_at=now, attempts=F("attempts") + 1
    )
    if claimed != 1:
        return False
    job = Job.objects.select_related("created_by", "undo_of").get(pk=job_id)
    language = job.created_by.language if job.created_by else "zh-hans"
    with _heartbeat(job.pk), override(language):
        state, outcome = _do(job)
        _finish(job, state, outcome)
    return True


def _do(job: Job) -> tuple[str, JobResult]:
    kind = _kinds.get(job.kind)
    handler = kind and (kind.undo if job.undo_of_id else kind.handler)
    if handler is None:
        return Job.State.FAILED, JobResult(message=_("This version no longer knows jobs of this kind."))
    try:
        outcome = handler(job)
    except JobCancelled:
        return Job.State.CANCELLED, JobResult(message=_("Stopped on request."))
    except DomainError as exc:
        error_file = getattr(exc, "error_file", None)
        return Job.State.FAILED, JobResult(message=str(exc), error_file=error_file)
    except Exception:  # whatever a handler's bug may be, the person who waits must be told
        logger.exception("job %s (%s) failed", job.pk, job.kind)
        return Job.State.FAILED, JobResult(message=_("Something broke; it has been written to the log."))
    if isinstance(outcome, JobResult):
        return Job.State.DONE, outcome
    return Job.State.DONE, JobResult(result=outcome or {})


@transaction.atomic
def _finish(job: Job, state: str, outcome: JobResult) -> None:
    job.state, job.finished_at = state, timezone.now()
    job.result, job.message, job.can_undo = outcome.result, outcome.message, outcome.can_undo
    if state == Job.State.DONE and job.total:
        job.done = job.total
    if outcome.error_file is not None:
        job.error_file.save(outcome.error_file.name, outcome.error_file, save=False)
    job.save(update_fields=["state", "finished_at", "result", "message", "can_undo", "done", "total", "error_file"])
    if job.undo_of_id and state == Job.State.DONE:
        Job.objects.filter(pk=job.undo_of_id).update(can_undo=False)
    if job.created_by_id:
        kind = _kinds.get(job.kind)
        text = f"{kind.label if kind else job.kind}: {job.get_state_display()}"
        Notice.objects.create(user_id=job.created_by_id, text=text, url=f"/jobs/{job.pk}/")
    cache.delete(_progress_key(job.pk))


class _heartbeat:
    """A thread that says every few seconds that this worker lives, while one long statement runs."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *exc: object) -> None:
        self.ended.set()
        self.thread.join()

    def _beat(self) -> None:
        while not self.ended.wait(HEARTBEAT.total_seconds()):
            try:
                Job.objects.filter(pk=self.job_id).update(heartbeat_at=timezone.now())
            except DatabaseError:
                logger.warning("heartbeat of job %s missed", self.job_id)
            finally:
                connection.close()


def sweep_jobs() -> int:
    """Queue again what a dead worker left, wake workers for what waits. Safe to run at any time."""
    dead = timezone.now() - DEAD_AFTER
    orphans = Job.objects.filter(state=Job.State.RUNNING).filter(Q(heartbeat_at__lt=dead) | Q(heartbeat_at=None))
    orphans.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=Job.State.FAILED, finished_at=timezone.now(), message="The worker died several times over this job."
    )
    requeued = orphans.update(state=Job.State.QUEUED, heartbeat_at=None)
    for job_id in Job.objects.filter(state=Job.State.QUEUED).order_by("pk").values_list("pk", flat=True)[:50]:
        nudge(run_job_task, job_id)
    return requeued
