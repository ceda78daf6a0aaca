"""How journeys are locked."""

from django.utils.translation import gettext as _

from campaigns.models import Journey
from kit.errors import NotFound


def lock_journey(journey_id: int) -> Journey:
    """The journey with its current version, locked until the transaction ends."""
    journey = (
        Journey.objects.select_for_update(no_key=True, of=("self",))
        .select_related("current")
        .filter(pk=journey_id)
        .first()
    )
    if journey is None:
        raise NotFound(_("There is no such journey."))
    return journey
