"""Two tills, one account: one wins. Without the lock both would, and the ledger would show it."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from kit.errors import DomainError
from loyalty.models import Account, PointsEntry, Redemption, Reward
from loyalty.services.points import redeem_points
from loyalty.services.pooling import Held
from loyalty.services.rewards import redeem_reward
from loyalty.services.till import post
from loyalty.services.till_inputs import Place, ReturnedLine, return_draft
from loyalty.services.verification import find_breaches
from loyalty.tests.factories import account_of, make_programme, make_scheme, sell
from loyalty.tests.threads import at_the_same_time
from members.tests.factories import make_member
from sales.models import MemberStat, Receipt, StoreHour
from sales.tests.factories import line_draft, receipt_draft

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rich(store_a):
    """A member with exactly 100 points."""
    make_programme()
    make_scheme()
    member = make_member(store=store_a)
    sell(store_a, member, line_draft(net="100.00"))
    return member


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

    held = lambda member_ids, spending: Held(read_without_lock(member_ids), {})  # noqa: E731
    monkeypatch.setattr("loyalty.services.points.lock_with_households", held)
    at_the_same_time(redeeming(rich, 80, "a"), redeeming(rich, 80, "b"))
    assert spent(rich) == 160
    assert [breach.invariant for breach in find_breaches()] != []


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


def test_two_tills_take_the_same_goods_back_once(rich, store_a):
    sale = sell(store_a, rich, line_draft(net="50.00"))
    drafts = [_return_of(sale, document) for document in ("R1", "R2")]
    raised = at_the_same_time(*[lambda draft=draft: post([draft]) for draft in drafts])
    assert sorted(type(error).__name__ for error in raised) == ["NoneType", "ReturnExceedsSale"]
    assert account_of(rich).available == 100
    assert list(find_breaches()) == []


def _return_of(sale, document):
    return return_draft(
        document=document,
        sold_at=timezone.now(),
        original=Receipt.objects.get(pk=sale.receipt.id),
        lines=[ReturnedLine(1, Decimal(1))],
        place=Place(sale.receipt.store_id, sale.receipt.source, "till"),
    )


def test_the_same_receipt_from_two_tills_is_posted_once(rich, store_a):
    drafts = [receipt_draft(store_a, member=rich, document="SAME") for _till in range(2)]
    raised = at_the_same_time(*[lambda draft=draft: post([draft]) for draft in drafts])
    assert sorted(type(error).__name__ for error in raised) == ["IntegrityError", "NoneType"]
    assert account_of(rich).available == 200


def test_many_tills_post_for_one_member_and_nothing_is_lost(rich, store_a):
    drafts = [receipt_draft(store_a, line_draft(net="10.00"), member=rich) for _till in range(16)]
    assert at_the_same_time(*[lambda draft=draft: post([draft]) for draft in drafts]) == [None] * 16
    assert account_of(rich).available == 260
    assert MemberStat.objects.get(member=rich).receipts_life == 17
    assert sum(StoreHour.objects.values_list("receipts", flat=True)) == 17
    assert list(find_breaches()) == []


@pytest.fixture
def last_gift():
    return Reward.objects.create(code="UMBRELLA", name="雨伞", points=30, stock=1, valid_from=date(2020, 1, 1))


def taking(member, reward, store, key):
    return lambda: redeem_reward(member_id=member.pk, reward_id=reward.pk, store_id=store.pk, key=key, actor=None)


def test_the_last_gift_is_handed_out_once(rich, store_a, last_gift):
    other = make_member(store=store_a)
    sell(store_a, other)
    raised = at_the_same_time(taking(rich, last_gift, store_a, "a"), taking(other, last_gift, store_a, "b"))
    assert sorted(type(error).__name__ for error in raised) == ["NoneType", "OutOfStock"]
    last_gift.refresh_from_db()
    assert last_gift.stock == 0
    assert Redemption.objects.count() == 1


def test_without_the_lock_the_last_gift_is_handed_out_twice(rich, store_a, last_gift, monkeypatch):
    """The control: both read one left, both write none left."""
    both_have_read = threading.Barrier(2)
    other = make_member(store=store_a)
    sell(store_a, other)

    def read_without_lock(reward_id):
        reward = Reward.objects.get(pk=reward_id)
        both_have_read.wait(timeout=30)
        return reward

    monkeypatch.setattr("loyalty.services.rewards.lock_reward", read_without_lock)
    at_the_same_time(taking(rich, last_gift, store_a, "a"), taking(other, last_gift, store_a, "b"))
    assert Redemption.objects.count() == 2
