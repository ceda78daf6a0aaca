"""Handing messages over: the intent is written before the provider is called, and nothing is open while it is.

The call is made once. Whoever cannot say whether it went through says so (`Verdict.UNKNOWN`); nothing is repeated here.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from campaigns.models import Send
from campaigns.providers.protocol import Message, Outcome, Provider, Verdict
from campaigns.send_locks import insist_on_commit, lock_send
from campaigns.send_tasks import prepare_send
from campaigns.services.archive import keep_values
from campaigns.services.leasing import LEASE, Lease
from campaigns.services.sends import hold
from kit.nudge import nudge

logger = logging.getLogger(__name__)

_INTEND = """
WITH mine AS (
    SELECT r.member_id, w.parts FROM campaigns_sendrecipient r
    JOIN unnest(%(ids)s::bigint[], %(parts)s::smallint[]) AS w (member_id, parts) ON w.member_id = r.member_id
    WHERE r.send_id = %(send)s AND r.state = 3 AND r.lease_id = %(lease)s AND r.changed_at > %(alive)s
    ORDER BY r.member_id FOR UPDATE OF r)
UPDATE campaigns_sendrecipient r SET state = 4, attempt_id = nextval('campaigns_attempt_seq'), changed_at = %(now)s,
    tries = tries + 1, parts = mine.parts, not_before = NULL
FROM mine WHERE r.send_id = %(send)s AND r.member_id = mine.member_id
RETURNING r.member_id, r.attempt_id
"""


@transaction.atomic
def intend(lease: Lease, messages: Sequence[Message]) -> list[Message]:
    """Write down that these are about to be handed over, each with the number of the attempt. Returns those that may
    be: none when the send was paused meanwhile, or would cost more than its budget; not those whose lease is about to
    end, whom another worker may have by the time the call is over."""
    send = lock_send(lease.send.pk)
    if send.state != Send.State.RUNNING:
        return []
    cost = send.unit_price * sum(message.parts for message in messages)
    if send.budget is not None and send.spent + cost > send.budget:
        hold(send, Send.Held.BUDGET, None)
        nudge(prepare_send, send.pk)
        return []
    now = timezone.now()
    insist_on_commit()
    with connection.cursor() as cursor:
        cursor.execute(
            _INTEND,
            {
                "ids": [message.member_id for message in messages], "parts": [message.parts for message in messages],
                "send": send.pk, "lease": lease.number, "now": now,
                "alive": now - LEASE + timedelta(seconds=lease.provider.timeout_seconds),
            },
        )  # fmt: skip
        attempts = dict(cursor.fetchall())
    going = [
        replace(message, attempt_id=attempts[message.member_id])
        for message in messages if message.member_id in attempts
    ]  # fmt: skip
    keep_values(send_id=send.pk, signed=lease.provider, messages=going)
    send.spent += send.unit_price * sum(message.parts for message in going)
    send.save(update_fields=["spent"])
    return going


def call(provider: Provider, messages: Sequence[Message]) -> list[Outcome]:
    """Hand the messages over, once. Whatever goes wrong on the way leaves them unknown."""
    try:
        outcomes = provider.send(messages)
    except Exception as exc:  # a provider may fail in any way; what it did with the messages is then unknown
        logger.warning("provider %s: %s", provider, exc)
        return [Outcome(Verdict.UNKNOWN, note=type(exc).__name__)] * len(messages)
    if len(outcomes) != len(messages):
        return [Outcome(Verdict.UNKNOWN, note="incomplete answer")] * len(messages)
    return outcomes
