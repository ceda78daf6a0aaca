"""From a started send to its recipients: who belongs is found again first, so that nobody gets a message for what was true
yesterday, and nobody misses it."""

from django.db import transaction
from django.utils import timezone

from campaigns.models import Segment, Send
from campaigns.selectors.segment_rules import behind, in_order
from campaigns.send_locks import lock_send
from campaigns.services.freezing import freeze_send
from campaigns.services.segment_builds import rebuild_segment
from campaigns.services.sends import hold

State = Send.State


def draw_up_send(*, send_id: int) -> Send:
    """Bring the segment up to date, then draw up the recipients of a send that is being frozen.

    Where somebody else computes the segment at this moment nothing happens, and the next tick tries again. A segment that
    cannot be computed pauses the send. Recipients that were begun to be drawn up are finished from the same members.
    """
    send = Send.objects.select_related("segment__current").get(pk=send_id)
    if send.state != State.FREEZING:
        return send
    if send.segment is not None and send.freeze_cursor == 0 and not _is_fresh(send):
        return Send.objects.get(pk=send_id)
    return freeze_send(send_id=send_id)


def _is_fresh(send: Send) -> bool:
    """Compute the segment, and those its rule refers to, unless it was since the send was started. Whether all is well."""
    for segment in in_order(behind(send.segment)):
        if segment.state != Segment.State.ACTIVE:
            if segment.pk == send.segment_id:
                return _pause(send.pk)
            continue
        if segment.built_at is not None and segment.built_at >= (send.started_at or timezone.now()):
            continue
        build = rebuild_segment(segment_id=segment.pk)
        if build.error:
            return _pause(send.pk)
        if not build.ran:
            return False
    return _keep_version(send.pk)


@transaction.atomic
def _pause(send_id: int) -> bool:
    send = lock_send(send_id)
    if send.state == State.FREEZING:
        hold(send, Send.Held.SEGMENT, None)
    return False


@transaction.atomic
def _keep_version(send_id: int) -> bool:
    """The version of the rule the recipients are drawn up from."""
    send = lock_send(send_id)
    send.segment_version_id = Segment.objects.values_list("current_id", flat=True).get(pk=send.segment_id)
    send.save(update_fields=["segment_version"])
    return True
