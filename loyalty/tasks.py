"""Work of the night and of the minute; each may run twice."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from kit.partitions import ensure_months


@shared_task(time_limit=6 * 3600, soft_time_limit=5 * 3600, autoretry_for=(OSError,), max_retries=3, retry_backoff=60)
def run_night() -> None:
    """Activate, review stars, expire, in that order; make next months' partitions."""
    from loyalty.services.nightly import run_nightly

    today = timezone.localdate()
    ahead = [today + timedelta(days=31 * months) for months in range(3)]
    ensure_months(["loyalty_pointsentry", "loyalty_earnline"], ahead)
    run_nightly()


@shared_task(time_limit=300)
def lapse_holds() -> None:
    """Let go of the holds whose minutes are over."""
    from loyalty.services.holds import lapse_holds as lapse

    lapse(now=timezone.now())
