"""What the clock does with calls: those whose hang-up never came end, old lines of the log go."""

from datetime import timedelta

from django.utils import timezone

from callcenter.models import Call, CallEvent
from callcenter.services.call_settling import settle_all_missed
from callcenter.services.calls import give_up_call

RINGS_AT_MOST = timedelta(minutes=5)
TALKS_AT_MOST = timedelta(hours=4)
KEPT_FOR = timedelta(days=91)


def end_forgotten_calls() -> int:
    """End what has rung or talked too long, and settle missed calls that two legs left open. May run twice."""
    now = timezone.now()
    active = Call.objects.filter(state__in=Call.ACTIVE)
    ringing = active.filter(state=Call.State.RINGING, heard_at__lt=now - RINGS_AT_MOST)
    talking = active.filter(state=Call.State.ANSWERED, heard_at__lt=now - TALKS_AT_MOST)
    forgotten = [*ringing.values_list("pk", flat=True)[:500], *talking.values_list("pk", flat=True)[:500]]
    for call_id in forgotten:
        give_up_call(call_id=call_id)
    settle_all_missed()
    return len(forgotten)


def clear_old_events() -> int:
    """Delete lines of the log older than 91 days: numbers in them are masked, but nobody needs them any more."""
    deleted, _kinds = CallEvent.objects.filter(received_at__lt=timezone.now() - KEPT_FOR).delete()
    return deleted
