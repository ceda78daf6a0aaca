"""Work of journeys that waits for nobody."""

from celery import shared_task


@shared_task(time_limit=1800)
def run_journeys() -> None:
    """Let members in and bring on who is due."""
    from campaigns.services.journey_running import run_journeys as run

    run()


@shared_task(time_limit=3 * 3600)
def measure_results() -> None:
    """Every night: open result sheets; at the beginning of a month the picture of the pyramid; old sends of journeys."""
    from django.utils import timezone

    from campaigns.services.journey_running import close_old_sends
    from campaigns.services.pyramid_jobs import take_month_end
    from campaigns.services.results import measure_open_sheets

    today = timezone.localdate()
    close_old_sends(today=today)
    take_month_end(today=today)
    measure_open_sheets(today=today)
