"""What a return takes back, and where the rest goes."""

import pytest

from loyalty.models import PointsDebt, PointsLot
from loyalty.services.points import redeem_points
from loyalty.services.verification import find_breaches
from loyalty.tests.factories import account_of, bring_back, make_programme, sell
from members.tests.factories import make_member
from sales.tests.factories import line_draft

pytestmark = pytest.mark.django_db


def spend(member, points, key="k"):
    redeem_points(member_id=member.pk, points=points, key=key, reason="礼品", actor=None)


def test_a_return_takes_back_what_the_line_earned(store_a, member):
    sale = sell(store_a, member, line_draft(net="120.50"), line_draft(net="80.00"))
    back = bring_back(sale, line=1)
    assert (back.outcome.taken_back, account_of(member).available) == (120, 80)


def test_ten_small_returns_of_a_yuan_and_a_half_take_fifteen_points(store_a, member):
    sale = sell(store_a, member, line_draft(net="15.00", quantity="10"))
    taken = [bring_back(sale, quantity="1").outcome.taken_back for _ in range(10)]
    assert sum(taken) == 15
    assert account_of(member).available == 0


def test_points_already_spent_become_a_debt_by_default(store_a, member):
    sale = sell(store_a, member)
    spend(member, 70)
    back = bring_back(sale)
    account = account_of(member)
    assert (back.outcome.taken_back, back.outcome.owed) == (30, 70)
    assert (account.available, account.debt) == (0, 70)


def test_new_points_pay_the_debt_first(store_a, member):
    sale = sell(store_a, member)
    spend(member, 100)
    bring_back(sale)
    sell(store_a, member, line_draft(net="130.00"))
    account = account_of(member)
    assert (account.available, account.debt) == (30, 0)
    assert PointsDebt.objects.get().outstanding == 0
    assert list(find_breaches()) == []


@pytest.mark.parametrize(
    ("policy", "taken", "forgiven", "owed", "left"),
    [("unlimited", 100, 0, 0, 30), ("within_balance", 100, 0, 0, 30), ("only_pending", 0, 100, 0, 130)],
)
def test_the_policy_says_whether_other_lots_are_touched(store_a, scheme, policy, taken, forgiven, owed, left):
    make_programme(claw_back=policy)
    member = make_member(store=store_a)
    sale = sell(store_a, member, line_draft(net="100.00"))
    sell(store_a, member, line_draft(net="100.00"))
    spend(member, 70)
    outcome = bring_back(sale).outcome
    assert (outcome.taken_back, outcome.forgiven, outcome.owed) == (taken, forgiven, owed)
    assert account_of(member).available == left
    assert list(find_breaches()) == []


def test_within_balance_never_goes_below_zero(store_a, scheme):
    make_programme(claw_back="within_balance")
    member = make_member(store=store_a)
    sale = sell(store_a, member)
    spend(member, 60)
    outcome = bring_back(sale).outcome
    account = account_of(member)
    assert (outcome.taken_back, outcome.forgiven, account.available, account.debt) == (40, 60, 0, 0)


def test_pending_points_of_the_line_go_first(store_a, scheme):
    make_programme(pending_days=7, claw_back="only_pending")
    member = make_member(store=store_a)
    sale = sell(store_a, member)
    assert account_of(member).pending == 100
    bring_back(sale)
    account = account_of(member)
    assert (account.pending, account.available) == (0, 0)


def test_points_that_paid_come_back_into_their_own_lot(store_a, member):
    from decimal import Decimal

    from sales.services.drafts import PaymentDraft

    sell(store_a, member, line_draft(net="500.00"), days_ago=30)
    lot = PointsLot.objects.get()
    paid = sell(
        store_a,
        member,
        line_draft(net="50.00", quantity="2"),
        payments=(PaymentDraft("points", Decimal("4.00")), PaymentDraft("cash", Decimal("46.00"))),
    )
    lot.refresh_from_db()
    assert lot.remaining == 100
    half = bring_back(paid, quantity="1")
    assert half.outcome.restored == 200
    bring_back(paid, quantity="1")
    lot.refresh_from_db()
    assert lot.remaining == 500
    assert list(find_breaches()) == []


def test_more_than_was_sold_cannot_come_back(store_a, member):
    from sales.exceptions import ReturnExceedsSale

    sale = sell(store_a, member)
    bring_back(sale)
    with pytest.raises(ReturnExceedsSale):
        bring_back(sale)
