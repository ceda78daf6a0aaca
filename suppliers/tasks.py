"""Work of the night; it may run twice."""

from celery import shared_task


@shared_task(time_limit=3600, soft_time_limit=3300, autoretry_for=(OSError,), max_retries=3, retry_backoff=60)
def run_night() -> None:
    """Warn about papers that run out, look at who may sell, score the running month and the one before."""
    from suppliers.services.nightly import run_nightly

    run_nightly()


@shared_task(time_limit=3600, soft_time_limit=3300, autoretry_for=(OSError,), max_retries=3, retry_backoff=60)
def tend_contracts() -> None:
    """Charge the fees that are due, remind of contracts that end."""
    from django.utils import timezone

    from suppliers.services.charges import raise_all_charges
    from suppliers.services.reminders import remind_contracts

    raise_all_charges(until=timezone.localdate())
    remind_contracts()
