"""Two tills, one account: one wins. Without the lock both would, and the ledger would show it."""

import threading

import pytest
from django.db import connection, connections

from kit.errors import DomainError
from loyalty import locks
from loyalty.models import Account, PointsEntry
from loyalty.services.points import redeem_points
from loyalty.services.verification import find_breaches
from loyalty.tests.factories import account_of, make_programme, make_scheme, sell
from members.tests.factories import make_member
from sales.tests.factories import line_draft

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rich(store_a):
    """A member with exactly 100 points."""
    make_programme()
    make_scheme()
    member = make_member(store=store_a)
    sell(store_a, member, line_draft(net="100.00"))
    return member


def at_the_same_time(*works) -> list[BaseException | None]:
    """Run each in a thread and a connection of its own, all released together; returns what each raised."""
    barrier = threading.Barrier(len(works))
    raised: list[BaseException | None] = [None] * len(works)

    def run(number, work):
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            work()
        except BaseException as error:
            raised[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return raised


def redeeming(member, points, key):
    return lambda: redeem_points(member_id=member.pk, points=points, key=key, reason="礼品", actor=None)


def spent(member) -> int:
    return sum(PointsEntry.objects.filter(bucket="redeemed").values_list("amount", flat=True))


def test_of_two_tills_redeeming_80_of_100_points_one_wins(rich):
    raised = at_the_same_time(redeeming(rich, 80, "a"), redeeming(rich, 80, "b"))
    assert sorted(type(error).__name__ for error in raised) == ["NoneType", "NotEnoughPoints"]
    assert account_of(rich).available == 20
    assert spent(rich) == 80


def test_without_the_lock_both_tills_win_and_points_are_lost(rich, monkeypatch):
    """The control: take the lock away, let both read before either writes, and 160 of 100 points are spent."""
    both_have_read = threading.Barrier(2)

    def read_without_lock(member_ids):
        accounts = {a.member_id: a for a in Account.objects.filter(member_id__in=list(member_ids))}
        both_have_read.wait(timeout=30)
        return accounts

    monkeypatch.setattr("loyalty.services.points.lock_account", lambda pk: read_without_lock([pk])[pk])
    at_the_same_time(redeeming(rich, 80, "a"), redeeming(rich, 80, "b"))
    assert spent(rich) == 160
    assert [breach.invariant for breach in find_breaches()] != []
    assert locks.lock_account is not None


def test_the_same_key_at_two_tills_spends_once(rich):
    raised = at_the_same_time(redeeming(rich, 80, "same"), redeeming(rich, 80, "same"))
    assert raised == [None, None]
    assert spent(rich) == 80


def test_64_clients_on_one_account_never_go_below_zero(rich):
    raised = at_the_same_time(*[redeeming(rich, 7, f"k{number}") for number in range(64)])
    won = [error for error in raised if error is None]
    assert len(won) == 14
    assert all(isinstance(error, DomainError) for error in raised if error is not None)
    assert account_of(rich).available == 2
    assert list(find_breaches()) == []
