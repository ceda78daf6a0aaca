"""A merge taken back: points, stars, receipts and everything else of both are as they were, but for what happened since."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.errors import DomainError
from loyalty.models import EarnLine, PointsDebt, PointsHold, PointsLot, TierPeriod
from loyalty.services.holds import release_hold
from loyalty.services.points import redeem_points
from loyalty.services.verification import find_breaches
from loyalty.tests.factories import account_of, bring_back, make_programme, make_scheme, sell
from loyalty.tests.test_sound_ledger import Shop, steps
from members.models import Consent, Member, MemberCard, MemberNote, MemberPhone, MemberSearch, MergeOperation
from members.services.consent import record_consent
from members.services.merging import merge_members, unmerge_members
from members.services.notes import add_note
from members.tests.factories import make_member
from sales.models import MemberStat, Receipt, ReceiptLine
from sales.tests.factories import line_draft

pytestmark = pytest.mark.django_db

UNTOLD = {"updated_at", "as_of_on"}


def rows(queryset, *leave_out):
    """All columns of all rows, in the order of their keys."""
    return [
        {key: value for key, value in row.items() if key not in UNTOLD | set(leave_out)}
        for row in queryset.order_by("pk").values()
    ]


def state_of(member):
    """All a store would notice of one member."""
    account = account_of(member) if EarnLine.objects.filter(account__member=member).exists() else None
    periods = TierPeriod.objects.filter(account__member=member).order_by("from_on", "pk")
    return {
        "member": rows(Member.objects.filter(pk=member.pk)),
        "cards": rows(MemberCard.objects.filter(member=member)),
        "phones": rows(MemberPhone.objects.filter(member=member)),
        "notes": rows(MemberNote.objects.filter(member=member)),
        "search": rows(MemberSearch.objects.filter(pk=member.pk)),
        "stat": rows(MemberStat.objects.filter(pk=member.pk)),
        "receipts": rows(Receipt.objects.filter(member=member)),
        "lines": sorted(
            ReceiptLine.objects.filter(member=member).values_list("sold_on", "receipt_id", "line_no", "net_amount")
        ),
        "lots": sorted(
            PointsLot.objects.filter(account__member=member, remaining__gt=0).values_list(
                "remaining", "is_pending", "active_from", "receipt_id", "line_no"
            ),
            key=str,
        ),
        "expiry": sorted(
            PointsLot.objects.filter(account__member=member, remaining__gt=0).values_list("expires_at", "remaining"),
            key=str,
        ),
        "debts": sorted(
            PointsDebt.objects.filter(account__member=member, outstanding__gt=0).values_list("outstanding", flat=True)
        ),
        "earned": sorted(
            EarnLine.objects.filter(account__member=member).values_list("receipt_id", "line_no", "points_now")
        ),
        "balances": account
        and (
            account.available,
            account.pending,
            account.debt,
            account.earned_life,
            account.tier_rank,
            account.tier_until_on,
        ),
        "periods": list(periods.values_list("tier_id", "from_on", "until_on", "why")),
    }


@pytest.fixture
def pair(store_a):
    make_programme()
    make_scheme()
    winner = make_member(name="张晓敏", phone="+8613812344821", store=store_a)
    loser = make_member(name="张小敏", phone="+8613900004821", store=store_a, email="z@example.com", gender="female")
    return winner, loser


def there_and_back(pair, actor, **merge):
    operation = merge_members(winner_id=pair[0].pk, loser_id=pair[1].pk, actor=actor, **merge)
    return unmerge_members(operation_id=operation.pk, actor=actor)


def test_there_and_back_leaves_everything_as_it_was(store_a, ada, pair):
    winner, loser = pair
    sell(store_a, winner, line_draft(net="2500.00"))
    sell(store_a, loser, line_draft(net="900.00"), line_draft(net="40.00"))
    add_note(member_id=loser.pk, text="喜欢米色", actor=ada)
    before = [state_of(member) for member in pair]
    there_and_back(pair, ada, take=["name"])
    assert [state_of(member) for member in pair] == before
    assert list(find_breaches()) == []


def test_a_debt_the_merge_paid_is_open_again(store_a, ada, pair):
    winner, loser = pair
    bought = sell(store_a, loser, line_draft(net="500.00"))
    redeem_points(member_id=loser.pk, points=400, key="k1", reason="礼品", actor=ada)
    bring_back(bought)
    sell(store_a, winner, line_draft(net="1000.00"))
    assert account_of(loser).debt == 400
    before = [state_of(member) for member in pair]
    operation = merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    assert (account_of(winner).available, account_of(winner).debt) == (600, 0)
    unmerge_members(operation_id=operation.pk, actor=ada)
    assert [state_of(member) for member in pair] == before
    assert list(find_breaches()) == []


def test_points_used_since_stay_used_and_a_later_purchase_stays_with_the_winner(store_a, ada, pair):
    winner, loser = pair
    sell(store_a, loser, line_draft(net="500.00"))
    operation = merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    redeem_points(member_id=winner.pk, points=120, key="k2", reason="礼品", actor=ada)
    later = sell(store_a, winner, line_draft(net="70.00"))
    unmerge_members(operation_id=operation.pk, actor=ada)
    assert (account_of(winner).available, account_of(loser).available) == (70, 380)
    assert Receipt.objects.get(pk=later.receipt.id).member == winner
    assert list(find_breaches()) == []


def test_goods_bought_before_go_back_right_after_a_merge_was_taken_back(store_a, ada, pair):
    loser = pair[1]
    bought = sell(store_a, loser, line_draft(net="500.00"))
    there_and_back(pair, ada)
    assert bring_back(bought).outcome.taken_back == 500
    assert account_of(loser).available == 0
    assert list(find_breaches()) == []


@pytest.mark.parametrize(("ours", "theirs"), [(True, False), (None, True), (True, True), (False, True), (None, None)])
def test_what_was_said_before_counts_again(store_a, ada, pair, ours, theirs):
    for member, answer in zip(pair, (ours, theirs), strict=True):
        if answer is not None:
            record_consent(member_id=member.pk, channel="sms", granted=answer, actor=ada)
    there_and_back(pair, ada)
    for member, answer in zip(pair, (ours, theirs), strict=True):
        member.refresh_from_db()
        assert member.allows_sms is bool(answer)


def test_a_no_said_since_is_not_overruled(store_a, ada, pair):
    winner, loser = pair
    record_consent(member_id=loser.pk, channel="sms", granted=True, actor=ada)
    operation = merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    record_consent(member_id=winner.pk, channel="sms", granted=False, actor=ada)
    unmerge_members(operation_id=operation.pk, actor=ada)
    winner.refresh_from_db()
    assert not winner.allows_sms
    assert Consent.objects.filter(member=winner).latest("pk").granted is False


def test_what_was_corrected_since_stays_and_is_counted(store_a, ada, pair):
    winner, loser = pair
    operation = merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    Member.objects.filter(pk=winner.pk).update(email="new@example.com")
    operation = unmerge_members(operation_id=operation.pk, actor=ada)
    winner.refresh_from_db()
    assert (winner.email, winner.gender) == ("new@example.com", "")
    assert operation.stayed == {"members.Member": 1}


def test_a_second_undo_changes_nothing_and_the_pair_can_be_merged_again(store_a, ada, pair):
    sell(store_a, pair[1], line_draft(net="500.00"))
    operation = there_and_back(pair, ada)
    assert unmerge_members(operation_id=operation.pk, actor=ada).undone_at == operation.undone_at
    again = merge_members(winner_id=pair[1].pk, loser_id=pair[0].pk, actor=ada)
    assert again.pk != operation.pk
    assert MergeOperation.objects.filter(undone_at__isnull=True).count() == 1
    assert list(find_breaches()) == []


def test_a_merge_of_the_winner_is_taken_back_first(store_a, ada, pair):
    third = make_member(store=store_a)
    first = merge_members(winner_id=pair[0].pk, loser_id=pair[1].pk, actor=ada)
    second = merge_members(winner_id=third.pk, loser_id=pair[0].pk, actor=ada)
    with pytest.raises(DomainError):
        unmerge_members(operation_id=first.pk, actor=ada)
    unmerge_members(operation_id=second.pk, actor=ada)
    unmerge_members(operation_id=first.pk, actor=ada)
    assert not Member.objects.filter(merged_into__isnull=False).exists()


histories = st.lists(steps.filter(lambda step: step[0] not in ("merge", "unmerge")), max_size=10)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(played=histories, pending=st.sampled_from([0, 5]))
def test_after_any_history_there_and_back_is_as_if_nothing_had_happened(store_a, played, pending):
    with transaction.atomic():
        make_programme(pending_days=pending)
        make_scheme()
        shop = Shop(store_a)
        for name, *given_ in played:
            try:
                with transaction.atomic():
                    getattr(shop, name)(*given_)
            except DomainError:
                continue
        # A merge lets open holds of the loser go; that is a change of its own.
        for hold in PointsHold.objects.filter(state="open"):
            release_hold(hold_id=hold.pk, actor=None)
        before = [state_of(member) for member in shop.members]
        there_and_back(shop.members, shop.actor)
        for member, was in zip(shop.members, before, strict=True):
            now = state_of(member)
            for part, value in was.items():
                assert now[part] == value, part
        assert list(find_breaches()) == []
        transaction.set_rollback(True)
