"""What the multipliers of a campaign gave: counted by the clock, because it reads every earned line of its days."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from campaigns.models import Campaign
from loyalty.selectors.offers import points_beyond

AGE = timedelta(minutes=15)
# Returns still take points back some weeks after the end.
AFTER = timedelta(days=45)


def due_counts() -> list[Campaign]:
    """Running or lately ended campaigns with a multiplier, counted longer ago than a quarter of an hour."""
    now = timezone.now()
    stale = Q(points_counted_at=None) | Q(points_counted_at__lt=now - AGE)
    alive = Q(state=Campaign.State.RUNNING) | Q(
        state=Campaign.State.ENDED, until_on__gte=timezone.localdate() - AFTER
    )  # fmt: skip
    return list(Campaign.objects.filter(stale, alive, offers__rule__isnull=False).distinct().order_by("pk"))


def count_points(campaign: Campaign) -> int:
    """Count the points beyond the usual of each multiplier anew, returns taken off; running again counts the same."""
    offers = {offer.rule_id: offer for offer in campaign.offers.exclude(rule=None)}
    given = points_beyond(list(offers), campaign.from_on, campaign.until_on)
    for rule_id, offer in offers.items():
        points = given.get(rule_id, 0)
        if points != offer.points_given:
            offer.points_given = points
            offer.save(update_fields=["points_given"])
    campaign.points_counted_at = timezone.now()
    campaign.save(update_fields=["points_counted_at"])
    return sum(given.values())
