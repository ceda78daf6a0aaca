"""Whatever happens in whatever order, the ledger's invariants hold: checked by the product's own verification and by a
naive book of points kept beside it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.errors import DomainError
from loyalty.models import Account, PointsHold, PointsTxn
from loyalty.services.expiry import expire_due
from loyalty.services.holds import capture_hold, hold_points, lapse_holds, release_hold
from loyalty.services.nightly import run_nightly
from loyalty.services.points import ask_adjustment, redeem_points, undo_redemption
from loyalty.services.till import post
from loyalty.services.verification import find_breaches
from loyalty.tests.factories import bring_back, sell
from members.models import HouseholdMember
from members.services.households import found_household, join_household, leave_household
from members.services.merging import merge_members, unmerge_members
from members.tests.factories import make_member
from sales.services.drafts import PaymentDraft
from sales.tests.factories import line_draft, receipt_draft
from staff.tests.factories import make_user

amounts = st.integers(1, 30_000).map(lambda fen: Decimal(fen) / 100)
steps = st.one_of(
    st.tuples(
        st.just("sell"), st.integers(0, 1), st.lists(st.tuples(amounts, st.integers(1, 5)), min_size=1, max_size=3)
    ),
    st.tuples(st.just("sell_long_ago"), st.integers(0, 1), st.integers(1, 900)),
    st.tuples(st.just("pay_with_points"), st.integers(0, 1), st.integers(1, 200)),
    st.tuples(st.just("bring_back"), st.integers(0, 9), st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.just("redeem"), st.integers(0, 1), st.integers(1, 300)),
    st.tuples(st.just("undo_redemption"), st.integers(0, 9)),
    st.tuples(st.just("hold"), st.integers(0, 1), st.integers(1, 200)),
    st.tuples(st.just("end_hold"), st.integers(0, 9), st.integers(0, 200)),
    st.tuples(st.just("adjust"), st.integers(0, 1), st.integers(-200, 200).filter(bool)),
    st.tuples(st.just("night"), st.integers(0, 800)),
    st.tuples(st.just("expire"), st.integers(0, 800)),
    st.tuples(st.just("share"), st.integers(0, 1), st.none() | st.integers(0, 300)),
    st.tuples(st.just("part"), st.integers(0, 1)),
    st.tuples(st.just("merge"), st.just(0)),
    st.tuples(st.just("unmerge"), st.just(0)),
)


class Shop:
    """A little store in which steps happen; refusals are part of the game."""

    def __init__(self, store) -> None:
        self.store = store
        self.members = [make_member(store=store), make_member(store=store)]
        self.actor = make_user("manager", [store])
        self.sales = []
        self.keys = 0
        self.merged = None

    def sell(self, who, lines) -> None:
        drafts = [line_draft(net=str(amount), quantity=str(quantity)) for amount, quantity in lines]
        self.sales.append(sell(self.store, self.members[who], *drafts))

    def sell_long_ago(self, who, days) -> None:
        self.sales.append(sell(self.store, self.members[who], line_draft(net="500.00"), days_ago=days))

    def pay_with_points(self, who, points) -> None:
        amount = Decimal(points) / 100
        draft = receipt_draft(
            self.store,
            line_draft(net=str(amount + 100)),
            member=self.members[who],
            payments=(PaymentDraft("points", amount), PaymentDraft("cash", Decimal(100))),
        )
        (posted,) = post([draft])
        self.sales.append(posted)

    def bring_back(self, which, line, quantity) -> None:
        if self.sales:
            bring_back(self.sales[which % len(self.sales)], line, str(quantity))

    def redeem(self, who, points) -> None:
        self.keys += 1
        for _again in range(2):
            redeem_points(
                member_id=self.members[who].pk, points=points, key=str(self.keys), reason="礼品", actor=self.actor
            )

    def undo_redemption(self, which) -> None:
        txns = list(PointsTxn.objects.filter(source="desk", kind="redeem"))
        if txns:
            undo_redemption(txn_id=txns[which % len(txns)].pk, actor=self.actor, reason="退回")

    def hold(self, who, points) -> None:
        self.keys += 1
        hold_points(
            member_id=self.members[who].pk,
            points=points,
            source="till",
            document=f"h{self.keys}",
            store_id=self.store.pk,
            actor=None,
        )

    def end_hold(self, which, points) -> None:
        holds = list(PointsHold.objects.order_by("pk"))
        if holds and points:
            capture_hold(hold_id=holds[which % len(holds)].pk, points=points, actor=None)
        elif holds:
            release_hold(hold_id=holds[which % len(holds)].pk, actor=None)

    def adjust(self, who, points) -> None:
        ask_adjustment(member_id=self.members[who].pk, points=points, reason="更正", actor=self.actor)

    def night(self, days) -> None:
        run_nightly(now=timezone.now() + timedelta(days=days))

    def expire(self, days) -> None:
        lapse_holds(now=timezone.now() + timedelta(days=days))
        expire_due(now=timezone.now() + timedelta(days=days))

    def share(self, who, limit) -> None:
        """Both in one household; the other one may spend within a limit."""
        head, other = self.members[who], self.members[1 - who]
        household = found_household(member_id=head.pk, name="家", agreed="表单", actor=self.actor)
        join_household(
            household_id=household.pk, member_id=other.pk, role="adult", may_spend=True, monthly_limit=limit,
            agreed="表单", actor=self.actor,
        )  # fmt: skip

    def part(self, who) -> None:
        for place in HouseholdMember.objects.filter(member=self.members[who], left_on__isnull=True):
            leave_household(place_id=place.pk, actor=self.actor)

    def merge(self, _which) -> None:
        winner, loser = self.members
        if winner != loser:
            self.merged = merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=self.actor, reason="同一人")
            self.members = [winner, winner]

    def unmerge(self, _which) -> None:
        winner, loser = self.members
        if winner == loser:
            unmerge_members(operation_id=self.merged.pk, actor=self.actor)
            self.members = [winner, self.merged.loser]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "rules",
    [{}, {"pending_days": 5}, {"claw_back": "within_balance"}, {"claw_back": "only_pending", "pending_days": 3}],
    ids=["default", "pending", "forgiving", "pending-only"],
)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(played=st.lists(steps, min_size=1, max_size=12))
def test_no_order_of_events_breaks_an_invariant(store_a, scheme, rules, played):
    from django.db import transaction

    from loyalty.tests.factories import make_programme

    with transaction.atomic():
        make_programme(**rules)
        shop = Shop(store_a)
        for name, *arguments in played:
            try:
                with transaction.atomic():
                    getattr(shop, name)(*arguments)
            except DomainError:
                continue
        assert list(find_breaches()) == []
        for account in Account.objects.all():
            entries = _entries_of(account)
            assert entries.get("available", 0) == account.available
            assert -entries.get("debt", 0) == account.debt
        transaction.set_rollback(True)


def _entries_of(account: Account) -> dict[str, int]:
    """The naive book: add every leg up in Python."""
    from loyalty.models import PointsEntry

    sums: dict[str, int] = {}
    for bucket, amount in PointsEntry.objects.filter(account_id=account.pk).values_list("bucket", "amount"):
        sums[bucket] = sums.get(bucket, 0) + amount
    return sums


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amount=st.integers(1, 99_999), parts=st.lists(st.integers(1, 9), min_size=2, max_size=10))
def test_partial_returns_take_exactly_what_one_full_return_takes(store_a, programme, scheme, amount, parts):
    from django.db import transaction

    with transaction.atomic():
        quantity = sum(parts)
        net = str(Decimal(amount) / 100)
        at_once, bit_by_bit = make_member(store=store_a), make_member(store=store_a)
        whole = sell(store_a, at_once, line_draft(net=net, quantity=str(quantity)))
        piecewise = sell(store_a, bit_by_bit, line_draft(net=net, quantity=str(quantity)))
        full = bring_back(whole, quantity=str(quantity))
        partial = [bring_back(piecewise, quantity=str(part)) for part in parts]
        assert sum(one.outcome.taken_back for one in partial) == full.outcome.taken_back == whole.outcome.earned
        assert sum(one.receipt.net_amount for one in partial) == full.receipt.net_amount
        assert Account.objects.get(member=bit_by_bit).available == 0
        transaction.set_rollback(True)
