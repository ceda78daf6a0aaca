"""What the clock does with campaigns: begin, end, give coupons out, count points."""

import logging

from django.utils import timezone

from campaigns.models import Campaign
from campaigns.services.issuing import due_issues, issue_campaign
from campaigns.services.points_cost import count_points, due_counts
from campaigns.services.projects import begin_campaign, end_campaign
from kit.errors import DomainError

logger = logging.getLogger(__name__)


def move_campaigns() -> int:
    """Begin what is approved and has its first day, end what has had its last; returns how many moved. May run twice."""
    today = timezone.localdate()
    moved = 0
    approved = Campaign.objects.filter(state=Campaign.State.APPROVED, from_on__lte=today)
    over = Campaign.objects.filter(state=Campaign.State.RUNNING, until_on__lt=today)
    for rows, deed in ((approved, begin_campaign), (over, end_campaign)):
        for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
            try:
                deed(campaign_id=pk)
                moved += 1
            except DomainError:
                # One that cannot be moved must not hold up the others.
                logger.exception("campaign %s could not be moved", pk)
    for pk in due_issues():
        issue_campaign(campaign_id=pk)
    for campaign in due_counts():
        count_points(campaign)
    return moved
