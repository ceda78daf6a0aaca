"""The night's work about suppliers, each step re-runnable at any time."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from suppliers.models import ScorePeriod
from suppliers.services.bottom import watch_bottom
from suppliers.services.milestones import tell_milestones
from suppliers.services.scoring import calculate_missing, month_end
from suppliers.services.standing import review_all


@dataclass(frozen=True, slots=True)
class NightlyResult:
    """What one night did."""

    warnings_told: int
    standings_changed: int
    months_scored: int
    last_places_told: int


def run_nightly(*, on: date | None = None) -> NightlyResult:
    """Do the night's work as of a day. A second run tells nothing anew."""
    on = on or timezone.localdate()
    told = tell_milestones(on=on)
    changed = review_all(on=on)
    scored = calculate_missing(on=on)
    over = ScorePeriod.objects.filter(closed_at=None, month__lt=on.replace(day=1))
    last_places = sum(
        watch_bottom(store_id=store_id, month=month)
        for store_id, month in over.order_by("-month").values_list("store_id", "month")[:50]
        if month_end(month) < on
    )
    return NightlyResult(told, changed, scored, last_places)
