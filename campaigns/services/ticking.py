"""The clock of the sends: whatever a lost message, a dead worker or an outage left undone is done at the next tick."""

import logging

from django.db import DatabaseError
from django.utils import timezone

from campaigns.models import Send
from campaigns.services.drawing_up import draw_up_send
from campaigns.services.inbox import find_places_of_strays
from campaigns.services.installation import may_send_here
from campaigns.services.reconciling import reconcile_send
from campaigns.services.sends import start_due_send
from campaigns.services.tallying import tally_send
from kit.errors import DomainError

logger = logging.getLogger(__name__)
State = Send.State


def tick() -> int:
    """Start what is due, draw up what is not drawn up, bring running sends in order. Returns how many run.

    One send that cannot be worked on does not stop the others.
    """
    if not may_send_here():
        return 0
    now = timezone.now()
    for send_id in Send.objects.filter(state=State.SCHEDULED, planned_at__lte=now).values_list("pk", flat=True):
        _each(start_due_send, send_id)
    for send_id in Send.objects.filter(state=State.FREEZING).values_list("pk", flat=True):
        _each(draw_up_send, send_id)
    running = list(
        Send.objects.filter(state__in=(State.RUNNING, State.PAUSED))
        .exclude(frozen_at=None)
        .values_list("pk", flat=True)
    )
    for send_id in running:
        _each(reconcile_send, send_id)
        tally_send(send_id)
    find_places_of_strays()
    return Send.objects.filter(state=State.RUNNING).count()


def prepare(*, send_id: int) -> None:
    """What a send needs right after somebody touched it: drawing up, or leaving out who is called off."""
    if not may_send_here():
        return
    state = Send.objects.filter(pk=send_id).values_list("state", flat=True).first()
    if state == State.FREEZING:
        draw_up_send(send_id=send_id)
    elif state == State.CANCELLED:
        reconcile_send(send_id=send_id)
        tally_send(send_id)


def _each(deed: object, send_id: int) -> None:
    try:
        deed(send_id=send_id)
    except (DomainError, DatabaseError):
        logger.exception("send %s: %s failed", send_id, deed.__name__)
