"""The clock of campaigns; everything here may run twice."""

from celery import shared_task


@shared_task(time_limit=900, soft_time_limit=840)
def move_campaigns() -> None:
    """Campaigns begin and end by their days, coupons are given out, points counted."""
    from campaigns.services.campaign_moves import move_campaigns as move

    move()


@shared_task(time_limit=900, soft_time_limit=840)
def issue_campaign(campaign_id: int) -> None:
    """Give the coupons of one campaign out."""
    from campaigns.services.issuing import issue_campaign as issue

    issue(campaign_id=campaign_id)
