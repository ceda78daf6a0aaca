"""Nudges and sweeps; each may run twice."""

from datetime import timedelta

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

HEARTBEAT_KEY = "worker-heartbeat"
HEARTBEAT_SECONDS = 60


@shared_task(ignore_result=True)
def beat() -> None:
    """Say that a worker lives: /readyz looks at this."""
    cache.set(HEARTBEAT_KEY, 1, HEARTBEAT_SECONDS)


@shared_task(ignore_result=True)
def run_job(job_id: int) -> None:
    from staff.services.jobs import run_job as run

    run(job_id=job_id)


@shared_task(ignore_result=True)
def sweep_jobs() -> None:
    from staff.services.jobs import sweep_jobs as sweep

    sweep()


@shared_task(ignore_result=True, time_limit=240)
def sweep_outbox() -> None:
    from staff.services.outbox import send_due

    send_due()


@shared_task(ignore_result=True)
def clear_old_rows() -> None:
    """Forget what nobody asks for again: sessions that ended, API answers after 35 days, read notices after 90."""
    from django.contrib.sessions.models import Session

    from staff.models import ApiCall, Notice

    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    ApiCall.objects.filter(created_at__lt=now - timedelta(days=35)).delete()
    Notice.objects.filter(read_at__lt=now - timedelta(days=90)).delete()
