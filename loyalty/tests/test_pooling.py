"""Points of a household: what is missing comes from the others, within the limit, with its own expiry."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.errors import DomainError
from loyalty.exceptions import NotEnoughPoints, OverMonthlyLimit
from loyalty.locks import lock_accounts
from loyalty.models import Account, PointsEntry, PointsLot, PointsTxn
from loyalty.selectors.pooled import drawn_by, moves_within, shared_points, shares_of
from loyalty.services.expiry import expire_due
from loyalty.services.goodwill import give_points
from loyalty.services.holds import capture_hold, hold_points, release_hold
from loyalty.services.points import redeem_points, undo_redemption
from loyalty.services.pooling import Held
from loyalty.services.rewards import redeem_reward
from loyalty.services.till import post
from loyalty.services.verification import find_breaches
from loyalty.tests.factories import account_of, bring_back, make_programme, make_scheme, sell
from loyalty.tests.threads import at_the_same_time
from members.models import HouseholdMember
from members.selectors.households import places_of
from members.services.households import (
    change_household,
    change_spending,
    found_household,
    join_household,
    leave_household,
)
from members.tests.factories import make_member
from sales.services.drafts import PaymentDraft
from sales.tests.factories import line_draft, receipt_draft
from staff.tests.factories import make_user


def make_family(store, *, points=(100, 300), limit=None, may_spend=True):
    """A head and a child of a household, with so many points each; the child spends within a limit."""
    head, child = make_member(store=store, name="张父"), make_member(store=store, name="张子")
    household = found_household(member_id=head.pk, name="张家", agreed="表单 1", actor=None)
    join_household(
        household_id=household.pk, member_id=child.pk, role="child", may_spend=may_spend, monthly_limit=limit,
        agreed="", actor=None,
    )  # fmt: skip
    for member, amount in zip((child, head), points, strict=True):
        if amount:
            sell(store, member, line_draft(net=f"{amount}.00"))
    return child, head


def redeem(member, points, key="k"):
    return redeem_points(member_id=member.pk, points=points, key=key, reason="礼品", actor=None)


def available(*members) -> list[int]:
    accounts = dict(Account.objects.values_list("member_id", "available"))
    return [accounts.get(member.pk, 0) for member in members]


@pytest.fixture
def family(store_a, programme, scheme):
    return make_family(store_a)


def place_of(member) -> HouseholdMember:
    return HouseholdMember.objects.get(member=member, left_on__isnull=True)


def test_own_points_go_first_and_the_missing_ones_come_from_the_household(family):
    child, head = family
    redeem(child, 80)
    assert available(child, head) == [20, 300]
    redeem(child, 120, key="k2")
    assert available(child, head) == [0, 200]
    assert drawn_by([account_of(child).pk], timezone.now()) == {account_of(child).pk: 100}
    assert list(find_breaches()) == []


def test_the_same_key_takes_from_the_household_once(family):
    child, head = family
    assert redeem(child, 150).pk == redeem(child, 150).pk
    assert available(child, head) == [0, 250]


def test_what_expires_first_goes_first_and_keeps_its_expiry_and_its_brand(store_a, family):
    child, head = family
    give_points(member_id=head.pk, points=40, source="t", document="1", reason="", actor=None, store_id=None)
    soon = timezone.now() + timedelta(days=3)
    PointsLot.objects.filter(account__member=head, granted=40).update(expires_at=soon, brand_id=None)
    redeem(child, 130)
    assert PointsLot.objects.get(account__member=head, granted=40).remaining == 10
    assert PointsLot.objects.get(account__member=child, granted=30).expires_at == soon


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"may_spend": False, "monthly_limit": None}, NotEnoughPoints),
        ({"may_spend": True, "monthly_limit": 49}, OverMonthlyLimit),
        ({"may_spend": True, "monthly_limit": 0}, OverMonthlyLimit),
    ],
)
def test_the_rule_of_the_household_is_kept(family, rule, error):
    child, head = family
    change_spending(place_id=place_of(child).pk, actor=None, **rule)
    with pytest.raises(error) as caught:
        redeem(child, 150)
    assert str(100 + (rule["monthly_limit"] or 0)) in str(caught.value)
    assert available(child, head) == [100, 300]


def test_the_limit_is_of_the_month(family):
    child, _head = family
    change_spending(place_id=place_of(child).pk, may_spend=True, monthly_limit=60, actor=None)
    redeem(child, 150)
    assert shared_points(child).left == 10
    with pytest.raises(OverMonthlyLimit):
        redeem(child, 11, key="k2")
    redeem(child, 10, key="k3")


def test_all_together_too_few_is_said_with_what_there_is(family):
    with pytest.raises(NotEnoughPoints, match="400"):
        redeem(family[0], 401)


def test_nothing_is_shared_where_the_household_does_not_pool_or_somebody_has_left(family):
    child, head = family
    household = place_of(child).household
    change_household(household_id=household.pk, name="", pools_points=False, actor=None)
    assert shared_points(child) is None
    with pytest.raises(NotEnoughPoints):
        redeem(child, 150)
    change_household(household_id=household.pk, name="", pools_points=True, actor=None)
    leave_household(place_id=place_of(head).pk, actor=None)
    with pytest.raises(NotEnoughPoints):
        redeem(child, 150)


def test_who_owes_points_gets_none_from_the_household(store_a, programme, scheme):
    child, head = make_family(store_a, points=(0, 300))
    sale = sell(store_a, child, line_draft(net="50.00"))
    redeem(child, 50)
    bring_back(sale)
    assert account_of(child).debt == 50
    assert shared_points(child).points == 0
    with pytest.raises(NotEnoughPoints):
        redeem(child, 10, key="k2")
    assert available(head) == [300]


def test_a_redemption_undone_gives_the_points_to_the_spender(family):
    child, head = family
    txn = redeem(child, 150)
    undo_redemption(txn_id=txn.pk, actor=None, reason="退回")
    assert available(child, head) == [150, 250]
    assert list(find_breaches()) == []


def test_goods_paid_with_the_household_come_back_as_points_of_the_spender(store_a, family):
    child, head = family
    payments = (PaymentDraft("points", Decimal("1.50")), PaymentDraft("cash", Decimal("98.50")))
    (sale,) = post([receipt_draft(store_a, line_draft(net="100.00"), member=child, payments=payments)])
    assert available(head) == [250]
    before = available(child)[0]
    bring_back(sale)
    assert available(child, head) == [before - 100 + 150, 250]
    assert list(find_breaches()) == []


def test_a_hold_takes_from_the_household_and_lets_go_to_the_spender(family, store_a):
    child, head = family
    hold = hold_points(member_id=child.pk, points=150, source="till", document="h1", store_id=store_a.pk, actor=None)
    assert (available(child, head), account_of(child).held) == ([0, 250], 150)
    release_hold(hold_id=hold.pk, actor=None)
    assert available(child, head) == [150, 250]
    hold = hold_points(member_id=child.pk, points=200, source="till", document="h2", store_id=store_a.pk, actor=None)
    capture_hold(hold_id=hold.pk, actor=None)
    assert available(child, head) == [0, 200]
    assert list(find_breaches()) == []


def test_a_gift_may_be_paid_by_the_household(family, store_a):
    from loyalty.models import Reward

    child, head = family
    reward = Reward.objects.create(code="G", name="杯", points=350, stock=1, valid_from=timezone.localdate())
    redeem_reward(member_id=child.pk, reward_id=reward.pk, store_id=store_a.pk, key="g", actor=None)
    assert available(child, head) == [0, 50]


def test_giving_changes_no_star_and_a_return_takes_back_from_the_giver(store_a, programme, scheme):
    child, head = make_family(store_a, points=(0, 0))
    sale = sell(store_a, head, line_draft(net="3000.00"))
    redeem(child, 1000)
    assert (account_of(head).tier_rank, account_of(child).tier_rank) == (1, 0)
    bring_back(sale)
    assert (account_of(head).available, account_of(head).debt) == (0, 1000)
    assert list(find_breaches()) == []


def test_who_used_what_is_told(family, store_a):
    child, head = family
    redeem(child, 150)
    user = make_user("manager", [store_a])
    household = place_of(child).household
    (move,) = moves_within(places_of(user, household))
    assert (move.who.pk, move.points, [(who.pk, n) for who, n in move.givers]) == (child.pk, 50, [(head.pk, 50)])
    assert {one.who.pk: (one.available, one.drawn) for one in shares_of(places_of(user, household))} == {
        child.pk: (0, 50), head.pk: (250, 0),
    }  # fmt: skip
    other = make_user("associate", [store_a])
    assert {one.available for one in shares_of(places_of(other, household))} == {None}


# Two at once -------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("limit", "left"), [(None, 20), (80, 20)])
def test_two_members_at_once_never_take_more_than_there_is(store_a, limit, left):
    make_programme()
    make_scheme()
    child, head = make_family(store_a, points=(0, 100), limit=limit)
    raised = at_the_same_time(lambda: redeem(child, 80, "a"), lambda: redeem(head, 80, "b"))
    assert sorted(type(error).__name__ for error in raised) == ["NoneType", "NotEnoughPoints"]
    assert sum(available(child, head)) == left
    assert list(find_breaches()) == []


@pytest.mark.django_db(transaction=True)
def test_one_member_at_two_tills_stays_within_the_limit(store_a):
    make_programme()
    make_scheme()
    child, head = make_family(store_a, points=(0, 500), limit=100)
    works = [lambda n=n: redeem(child, 30, f"k{n}") for n in range(8)]
    raised = at_the_same_time(*works)
    assert sorted(type(error).__name__ for error in raised) == ["NoneType"] * 3 + ["OverMonthlyLimit"] * 5
    assert available(child, head) == [0, 410]


@pytest.mark.django_db(transaction=True)
def test_crossing_spendings_do_not_wait_for_each_other_in_a_ring(store_a):
    make_programme()
    make_scheme()
    child, head = make_family(store_a, points=(50, 50))
    works = [lambda n=n: redeem((child, head)[n % 2], 9, f"k{n}") for n in range(16)]
    raised = at_the_same_time(*works)
    assert all(error is None or isinstance(error, DomainError) for error in raised), raised
    assert sum(available(child, head)) == 100 - 9 * raised.count(None)
    assert raised.count(None) == 11
    assert list(find_breaches()) == []


@pytest.mark.django_db(transaction=True)
def test_without_the_locks_points_are_spent_twice(store_a, monkeypatch):
    """The control: the household read without a lock, and both take the same points."""
    import threading

    from loyalty.services import points, pooling

    make_programme()
    make_scheme()
    child, head = make_family(store_a, points=(0, 100))
    both_have_read = threading.Barrier(2)
    lock = points.lock_with_households

    def read_without_lock(member_ids, spending):
        monkeypatch.setattr(pooling, "share_households", lambda ids: [1])
        monkeypatch.setattr(
            pooling, "lock_accounts", lambda ids: {a.member_id: a for a in Account.objects.filter(member_id__in=ids)}
        )
        held: Held = lock(member_ids, spending)
        both_have_read.wait(timeout=30)
        return held

    lock_accounts([child.pk])
    monkeypatch.setattr(points, "lock_with_households", read_without_lock)
    at_the_same_time(lambda: redeem(child, 80, "a"), lambda: redeem(head, 80, "b"))
    assert sum(PointsEntry.objects.filter(bucket="redeemed").values_list("amount", flat=True)) == 160
    assert list(find_breaches()) != []


# Whatever happens --------------------------------------------------------------------------------

people = st.integers(0, 2)
steps = st.one_of(
    st.tuples(st.just("earn"), people, st.integers(1, 300)),
    st.tuples(st.just("spend"), people, st.integers(1, 400)),
    st.tuples(st.just("hold"), people, st.integers(1, 300)),
    st.tuples(st.just("let_go"), people, st.just(0)),
    st.tuples(st.just("undo"), people, st.just(0)),
    st.tuples(st.just("rule"), people, st.integers(-1, 300)),
    st.tuples(st.just("expire"), st.just(0), st.integers(0, 800)),
)


class Family:
    """Three members of one household; beside them a naive count of what came in and went out."""

    def __init__(self, store) -> None:
        self.store, self.keys = store, 0
        self.members = [*make_family(store, points=(0, 0)), make_member(store=store)]
        household = place_of(self.members[0]).household
        join_household(
            household_id=household.pk, member_id=self.members[2].pk, role="adult", may_spend=True, monthly_limit=None,
            agreed="x", actor=None,
        )  # fmt: skip
        self.expected, self.limits, self.taken = 0, [None, None, None], [0, 0, 0]

    def earn(self, who, points) -> None:
        sell(self.store, self.members[who], line_draft(net=f"{points}.00"))
        self.expected += points

    def spend(self, who, points) -> None:
        self.keys += 1
        own = available(self.members[who])[0]
        redeem(self.members[who], points, f"k{self.keys}")
        self.expected -= points
        self.taken[who] += max(points - own, 0)

    def hold(self, who, points) -> None:
        self.keys += 1
        own = available(self.members[who])[0]
        member_id = self.members[who].pk
        hold_points(
            member_id=member_id, points=points, source="till", document=f"h{self.keys}", store_id=self.store.pk,
            actor=None,
        )  # fmt: skip
        self.taken[who] += max(points - own, 0)

    def let_go(self, who, _points) -> None:
        for hold in account_of(self.members[who]).holds.filter(state="open"):
            release_hold(hold_id=hold.pk, actor=None)

    def undo(self, who, _points) -> None:
        last = PointsTxn.objects.filter(account__member=self.members[who], kind="redeem").order_by("-pk").first()
        before = PointsTxn.objects.count()
        if last:
            undo_redemption(txn_id=last.pk, actor=None, reason="退回")
        if last and PointsTxn.objects.count() > before:
            self.expected += sum(use.amount for use in last.allocations.filter(kind="redeem"))

    def rule(self, who, limit) -> None:
        self.limits[who] = None if limit < 0 else limit
        change_spending(
            place_id=place_of(self.members[who]).pk, may_spend=True, monthly_limit=self.limits[who], actor=None
        )

    def expire(self, _who, days) -> None:
        before = self.total()
        expire_due(now=timezone.now() + timedelta(days=days))
        lost = before - self.total()
        assert lost == sum(PointsEntry.objects.filter(bucket="expired").values_list("amount", flat=True)) - self.lapsed
        self.expected -= lost
        self.lapsed += lost

    lapsed = 0

    def total(self) -> int:
        return sum(account.available + account.held for account in Account.objects.all())


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(played=st.lists(steps, min_size=1, max_size=14))
def test_the_sum_of_a_household_changes_only_by_what_is_earned_spent_and_expired(store_a, programme, scheme, played):
    with transaction.atomic():
        family = Family(store_a)
        for name, who, number in played:
            limit, taken = family.limits[who], family.taken[who]
            try:
                with transaction.atomic():
                    getattr(family, name)(who, number)
            except (DomainError, Account.DoesNotExist):
                continue
            if name in ("spend", "hold") and limit is not None and family.taken[who] > taken:
                assert family.taken[who] <= limit
            assert family.total() == family.expected
            assert all(points >= 0 for points in available(*family.members))
        assert list(find_breaches()) == []
        transaction.set_rollback(True)
