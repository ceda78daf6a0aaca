"""What moves with the calendar."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from kit.partitions import ensure_months

MONTHS_AHEAD = 3


@shared_task(time_limit=4 * 3600)
def roll_figures() -> None:
    """Move the windows of the members' figures to today and make next months' partitions."""
    from sales.services.figures import roll_member_stats

    today = timezone.localdate()
    ahead = [today + timedelta(days=31 * months) for months in range(MONTHS_AHEAD)]
    ensure_months(["sales_receiptline"], ahead)
    roll_member_stats(as_of_on=today)
