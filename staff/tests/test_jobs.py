"""Jobs: claimed once, watched, cancelled, undone, taken up again after a worker died."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from kit.errors import Conflict, DomainError
from staff.models import AuditEntry, Job, Notice
from staff.services.jobs import (
    MAX_ATTEMPTS,
    JobResult,
    cancel_job,
    progress,
    register,
    run_job,
    start_job,
    sweep_jobs,
    undo_job,
    with_progress,
)

calls: list[str] = []


def undo_counting(job: Job) -> None:
    calls.append(f"undo {job.undo_of_id}")


@register("test.count", label="Count", undo=undo_counting)
def count_up(job: Job) -> JobResult:
    calls.append("run")
    for done in range(3):
        progress(job, done, 3, "counting")
    errors = ContentFile(b"line,reason\n2,no date\n", name="errors.csv")
    return JobResult({"imported": 2}, message="2 imported, 1 refused.", error_file=errors, can_undo=True)


@register("test.refuse", label="Refuse")
def refuse(job: Job) -> None:
    raise DomainError("The file has no column “Phone”.")


@register("test.break", label="Break")
def break_down(job: Job) -> None:
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def _fresh(settings, tmp_path):
    calls.clear()
    settings.MEDIA_ROOT = tmp_path


def started(actor, kind: str = "test.count", **fields: object) -> Job:
    return start_job(kind=kind, actor=actor, **fields)


def test_it_runs_and_leaves_result_error_file_and_notice(ada, store_a):
    job = started(ada, store=store_a)
    assert run_job(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.result) == ("done", 3, 3, {"imported": 2})
    with job.error_file.open() as file:
        assert file.read() == b"line,reason\n2,no date\n"
    assert Notice.objects.get(user=ada).url == f"/jobs/{job.pk}/"
    assert AuditEntry.objects.filter(action="staff.job_started", actor=ada, store=store_a).exists()


def test_a_second_worker_finds_nothing_to_do(ada):
    job = started(ada)
    assert run_job(job_id=job.pk)
    assert not run_job(job_id=job.pk)
    assert calls == ["run"]


def test_a_refusal_is_told_in_its_own_words(ada):
    job = started(ada, "test.refuse")
    run_job(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", "The file has no column “Phone”.")


def test_a_broken_handler_is_told_without_its_inside(ada):
    job = started(ada, "test.break")
    run_job(job_id=job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "ZeroDivision" not in job.message


def test_an_unknown_kind_is_refused_at_once(ada):
    with pytest.raises(LookupError):
        started(ada, "test.unknown")


def test_a_job_whose_worker_died_is_queued_again_and_runs(ada):
    job = started(ada)
    long_ago = timezone.now() - timedelta(minutes=2)
    Job.objects.update(state="running", heartbeat_at=long_ago, attempts=1)
    assert sweep_jobs() == 1
    assert run_job(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)


def test_a_job_with_a_living_worker_is_left_alone(ada):
    started(ada)
    Job.objects.update(state="running", heartbeat_at=timezone.now())
    assert sweep_jobs() == 0


def test_a_job_that_kills_its_workers_is_given_up(ada):
    job = started(ada)
    Job.objects.update(state="running", heartbeat_at=None, attempts=MAX_ATTEMPTS)
    sweep_jobs()
    job.refresh_from_db()
    assert job.state == "failed"


def test_a_waiting_job_is_cancelled_at_once(ada):
    job = cancel_job(job_id=started(ada).pk, actor=ada)
    assert job.state == "cancelled"
    assert not run_job(job_id=job.pk)


def test_a_running_job_stops_at_its_next_sign_of_progress(ada):
    @register("test.stop")
    def stop(job: Job) -> None:
        cancel_job(job_id=job.pk, actor=ada)
        progress(job, 1, 2)
        calls.append("went on")

    job = started(ada, "test.stop")
    run_job(job_id=job.pk)
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert calls == []


def test_an_ended_job_cannot_be_cancelled(ada):
    job = started(ada)
    run_job(job_id=job.pk)
    with pytest.raises(Conflict):
        cancel_job(job_id=job.pk, actor=ada)


def test_undo_runs_once_and_is_offered_once(ada):
    job = started(ada)
    run_job(job_id=job.pk)
    undoing = undo_job(job_id=job.pk, actor=ada)
    assert undo_job(job_id=job.pk, actor=ada) == undoing
    run_job(job_id=undoing.pk)
    assert calls == ["run", f"undo {job.pk}"]
    job.refresh_from_db()
    assert not job.can_undo


def test_a_failed_job_has_nothing_to_undo(ada):
    job = started(ada, "test.refuse")
    run_job(job_id=job.pk)
    with pytest.raises(Conflict):
        undo_job(job_id=job.pk, actor=ada)


def test_the_page_sees_progress_from_inside_a_transaction(ada):
    job = started(ada)
    Job.objects.update(state="running")
    job.refresh_from_db()
    progress(job, 40, 100, "reading")
    seen = with_progress(Job.objects.get(pk=job.pk))
    assert (seen.done, seen.percent, seen.message) == (40, 40, "reading")


def test_the_pages_show_a_person_the_own_jobs(client: Client, ada):
    client.cookies["atrium_language"] = "en"
    job = started(ada)
    client.force_login(ada)
    assert 'role="progressbar"' in client.get(f"/jobs/{job.pk}/").content.decode()
    run_job(job_id=job.pk)
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert "2 imported, 1 refused." in page
    assert b"".join(client.get(f"/jobs/{job.pk}/errors/").streaming_content) == b"line,reason\n2,no date\n"
    assert "Count" in client.get("/jobs/").content.decode()
    response = client.post(f"/jobs/{job.pk}/undo/")
    assert response.url == f"/jobs/{Job.objects.get(undo_of=job).pk}/"
    part = client.get(f"/jobs/{job.pk}/", headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part


def test_cancelling_from_the_page_says_so(client: Client, ada):
    client.cookies["atrium_language"] = "en"
    job = started(ada)
    client.force_login(ada)
    assert "The job is being stopped." in client.post(f"/jobs/{job.pk}/cancel/", follow=True).content.decode()
    assert "already ended" in client.post(f"/jobs/{job.pk}/cancel/", follow=True).content.decode()


@pytest.mark.parametrize("who", ["ben", "cho"])
@pytest.mark.parametrize(("method", "path"), [("get", ""), ("get", "errors/"), ("post", "cancel/"), ("post", "undo/")])
def test_jobs_of_others_are_not_there(client: Client, ada, request, who, method, path):
    job = started(ada)
    client.force_login(request.getfixturevalue(who))
    assert getattr(client, method)(f"/jobs/{job.pk}/{path}").status_code == 404
