"""Whatever order the steps of a send come in, and wherever a worker dies: nobody twice, nobody without a state that says
why."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from campaigns.models import Send, SendRecipient
from campaigns.providers.protocol import Verdict
from campaigns.services.calling import call, intend
from campaigns.services.leasing import LEASE, lease_batch
from campaigns.services.reconciling import reconcile_send
from campaigns.services.recording import record_outcomes
from campaigns.services.rendering import messages_of
from campaigns.tests.send_factories import keep_book, make_people, make_sending, open_always

State = SendRecipient.State
WORKERS = st.integers(0, 2)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(("lease", "intend", "call", "record", "die")), WORKERS),
        st.tuples(st.just("time"), st.sampled_from((1, 3, 60))),
        st.tuples(st.just("reconcile"), WORKERS),
        st.tuples(
            st.just("says"), st.sampled_from((Verdict.ACCEPTED, Verdict.REFUSED, Verdict.LATER, Verdict.UNKNOWN))
        ),
    ),
    max_size=30,
)

# A worker that comes back after its lease ended and another has handed its recipients over.
LATE = [
    ("lease", 0), ("lease", 1), ("time", 3), ("reconcile", 0), ("lease", 2), ("intend", 2), ("call", 2),
    ("intend", 0), ("call", 0), ("intend", 1), ("call", 1),
]  # fmt: skip


class Worker:
    """What one worker holds in its hands; dying empties them."""

    def __init__(self) -> None:
        self.lease, self.going, self.outcomes = None, [], None


def take_step(send: Send, book, workers: list[Worker], step: str, what) -> None:
    match step:
        case "time":
            for one in SendRecipient.objects.filter(send_id=send.pk):
                SendRecipient.objects.filter(send_id=send.pk, member_id=one.member_id).update(
                    changed_at=one.changed_at - timedelta(minutes=what)
                )
            return
        case "reconcile":
            reconcile_send(send_id=send.pk)
            return
        case "says":
            book.says = lambda _message: what
            return
    mine = workers[what]
    if step == "die":
        workers[what] = Worker()
    elif step == "lease" and mine.lease is None:
        mine.lease = lease_batch(send_id=send.pk, most=2)
    elif step == "intend" and mine.lease and not mine.going:
        mine.going = intend(mine.lease, messages_of(mine.lease))
        if not mine.going:
            mine.lease = None
    elif step == "call" and mine.going and mine.outcomes is None:
        mine.outcomes = call(book, mine.going)
    elif step == "record" and mine.outcomes is not None:
        record_outcomes(
            send_id=send.pk, messages=mine.going, outcomes=mine.outcomes, called_on=mine.lease.taken_on,
            provider=mine.lease.provider,
        )  # fmt: skip
        workers[what] = Worker()


@pytest.mark.django_db
def test_no_order_of_steps_sends_twice_or_leaves_anybody_unexplained(monkeypatch):
    book = keep_book(monkeypatch, open_always(can_be_asked=False))

    @settings(max_examples=25, deadline=None)
    @given(STEPS)
    @example(LATE)
    def holds(steps) -> None:
        with transaction.atomic():
            book.taken.clear()
            book.says = lambda _message: Verdict.ACCEPTED
            people = make_people(4)
            send = make_sending(people)
            workers = [Worker() for _number in range(3)]
            for step, what in steps:
                take_step(send, book, workers, step, what)
            rows = {one.member_id: one for one in SendRecipient.objects.filter(send_id=send.pk)}
            assert set(rows) == {one.pk for one in people}
            assert max(book.times.values(), default=0) <= 1
            # Once every worker is dead and time has passed, nobody is left in a worker's hands.
            take_step(send, book, workers, "time", 60 + LEASE.seconds)
            reconcile_send(send_id=send.pk)
            for row in SendRecipient.objects.filter(send_id=send.pk):
                assert row.state not in (State.LEASED, State.CALLING)
                if row.state in (State.FAILED, State.UNKNOWN, State.SKIPPED):
                    assert row.reason
                if book.times[row.member_id]:
                    assert row.state in (State.ACCEPTED, State.DELIVERED, State.UNKNOWN)
            transaction.set_rollback(True)

    holds()
