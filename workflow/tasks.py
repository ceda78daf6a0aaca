"""The minute's beat of approvals; may run twice."""

from celery import shared_task


@shared_task(ignore_result=True, time_limit=240)
def run_timers() -> None:
    from workflow.services.timers import run_timers as run

    run()
