"""The minute's beat of approvals and the morning of expenses; each may run twice."""

from celery import shared_task


@shared_task(ignore_result=True, time_limit=240)
def run_timers() -> None:
    from workflow.services.timers import run_timers as run

    run()


@shared_task(ignore_result=True, time_limit=600)
def raise_expenses() -> None:
    """Claims of fixed fees whose period has begun, and reminders of what is due."""
    from django.utils import timezone

    from workflow.services.terms import raise_due_claims, remind_due

    today = timezone.localdate()
    raise_due_claims(today=today)
    remind_due(today=today)


@shared_task(ignore_result=True, time_limit=600)
def drop_exports() -> None:
    """Files of large exports nobody fetched in time."""
    from workflow.services.export_files import drop_lapsed_files

    drop_lapsed_files()
