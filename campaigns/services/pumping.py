"""The way of a batch through a worker, and the turn of the sends: one batch each, so that a slow one blocks nobody."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Length

from campaigns.models import Send, SendRecipient
from campaigns.providers.protocol import Message, Outcome
from campaigns.providers.registry import open_provider
from campaigns.services.calling import call, intend
from campaigns.services.installation import may_send_here
from campaigns.services.leasing import BATCH, Lease, lease_batch
from campaigns.services.recording import record_outcomes
from campaigns.services.rendering import messages_of

State = SendRecipient.State
# Workers that send at the same time, over all hosts.
SLOTS = 4
# While the database is away, an answer is worth more than the worker's time: it is kept and written as soon as it can be.
PATIENCE = 30.0
_IDLE = 0.2
Answered = tuple[Sequence[Message], Sequence[Outcome]]


def pump(*, seconds: float, idle: float = _IDLE) -> int:
    """Work on running sends for so long, or until nothing can be done. Returns how many messages were handed over.

    Any number of workers may do so at once; whichever dies leaves nothing that the reconciler does not find.
    """
    if not may_send_here():
        return 0
    done, deadline = 0, time.monotonic() + seconds
    with _slot() as mine:
        while mine and time.monotonic() < deadline:
            went = work_round()
            if went is None:
                break
            done += went
            if went == 0:
                time.sleep(idle)
    return done


def work_round() -> int | None:
    """One batch of each running send, the longest not served going first. None when no send has anybody waiting."""
    turn = Send.objects.filter(state=Send.State.RUNNING).order_by(F("turn_at").asc(nulls_first=True), "pk")
    ids = list(turn.values_list("pk", flat=True))
    waiting = False
    went = 0
    for send_id in ids:
        lease = lease_batch(send_id=send_id, most=BATCH)
        if lease is not None:
            went += work_lease(lease)
            waiting = True
        elif _somebody_waits(send_id):
            waiting = True
    return went if waiting else None


def _somebody_waits(send_id: int) -> bool:
    """Whether somebody waits for their first turn. The length is what the index knows of a reason."""
    waiting = SendRecipient.objects.filter(send_id=send_id, state=State.READY).alias(letters=Length("reason"))
    return waiting.filter(letters=0).exists()


def work_lease(lease: Lease) -> int:
    """Hand over everybody in a lease, in calls as large as the provider takes. What may not go any more goes back."""
    provider = open_provider(lease.provider)
    went = 0
    answered: Answered | None = None
    for piece in _pieces(messages_of(lease), lease.provider.batch):
        going = _record_and_intend(lease, answered, piece)
        answered = None
        if not going:
            break
        answered = going, call(provider, going)
        went += len(going)
    if answered:
        _surely_record(lease, *answered)
    return went


def _record_and_intend(lease: Lease, answered: Answered | None, piece: Sequence[Message]) -> list[Message]:
    """The answers of the last call and the intent of the next one in one transaction: half the commits. Where that fails,
    the answers are still written down."""
    if answered is None:
        return intend(lease, piece)
    try:
        with transaction.atomic():
            _record(lease, *answered)
            going = intend(lease, piece)
    except DatabaseError:
        _surely_record(lease, *answered)
        return intend(lease, piece)
    return going


def _surely_record(lease: Lease, messages: Sequence[Message], outcomes: Sequence[Outcome]) -> None:
    """Write the answers down, with patience while the database is away. Without them the messages would be unknown."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            _record(lease, messages, outcomes)
            return
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(_IDLE)


def _record(lease: Lease, messages: Sequence[Message], outcomes: Sequence[Outcome]) -> None:
    record_outcomes(
        send_id=lease.send.pk, messages=messages, outcomes=outcomes, called_on=lease.taken_on, provider=lease.provider
    )


def _pieces(messages: Sequence[Message], size: int) -> Iterator[Sequence[Message]]:
    for start in range(0, len(messages), size):
        yield messages[start : start + size]


@contextmanager
def _slot() -> Iterator[bool]:
    """One of the places of workers that send; it is free again when the connection ends, however it ends."""
    with connection.cursor() as cursor:
        for number in range(SLOTS):
            cursor.execute("SELECT pg_try_advisory_lock(hashtext('campaigns.pump'), %s)", [number])
            if cursor.fetchone()[0]:
                break
        else:
            yield False
            return
    try:
        yield True
    finally:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('campaigns.pump'), %s)", [number])
        except DatabaseError:
            # The connection is gone, and the place with it.
            connection.close()
