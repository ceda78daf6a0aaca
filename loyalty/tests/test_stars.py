"""Stars: reached at once, kept or lost at the review, granted by hand, replayed when the past changes."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from kit.errors import DomainError
from loyalty.models import Tier, TierPeriod
from loyalty.services.grants import end_grant, grant_tier
from loyalty.services.nightly import run_nightly
from loyalty.services.rules import RuleBook
from loyalty.services.tiers import Standing, standings_at
from loyalty.tests.factories import account_of, bring_back, make_programme, make_scheme, sell
from members.services.merging import merge_members
from members.tests.factories import make_member
from sales.tests.factories import line_draft
from staff.tests.factories import make_user

pytestmark = pytest.mark.django_db
ZONE = timezone.get_fixed_timezone(480)


def on(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=ZONE)


def buy(store, member, net: str, at: datetime):
    return sell(store, member, line_draft(net=net), at=at)


def night(year: int, month: int, day: int) -> None:
    run_nightly(now=datetime(year, month, day, 0, 10, tzinfo=ZONE))


def test_a_star_is_reached_at_once_and_holds_to_the_end_of_next_year(store_a, member):
    buy(store_a, member, "1999.99", on(2024, 3, 1))
    assert account_of(member).tier_rank == 0
    buy(store_a, member, "0.01", on(2024, 3, 2))
    account = account_of(member)
    assert (account.tier_rank, account.tier_until_on) == (1, date(2026, 1, 1))
    period = TierPeriod.objects.get()
    assert (period.why, period.amount, period.threshold) == ("reached", Decimal(2000), Decimal(2000))


def test_the_window_is_365_days_the_day_itself_included(store_a, member):
    buy(store_a, member, "1500.00", on(2023, 1, 10))
    buy(store_a, member, "500.00", on(2024, 1, 10))
    assert account_of(member).tier_rank == 0
    buy(store_a, member, "1500.00", on(2024, 1, 11))
    assert account_of(member).tier_rank == 1


def test_reaching_it_again_holds_anew(store_a, member):
    buy(store_a, member, "2000.00", on(2023, 3, 1))
    buy(store_a, member, "1.00", on(2024, 2, 1))
    assert account_of(member).tier_until_on == date(2026, 1, 1)
    assert list(TierPeriod.objects.order_by("pk").values_list("why", flat=True)) == ["reached", "renewed"]


def test_the_review_keeps_or_goes_one_level_down(store_a, member):
    buy(store_a, member, "10000.00", on(2022, 3, 1))
    buy(store_a, member, "1500.00", on(2023, 8, 1))
    night(2024, 1, 1)
    account = account_of(member)
    assert (account.tier_rank, account.tier_until_on) == (1, date(2025, 1, 1))
    night(2025, 1, 1)
    assert account_of(member).tier_rank == 0
    assert list(TierPeriod.objects.order_by("pk").values_list("why", flat=True)) == ["reached", "one_down", "one_down"]


def test_the_keep_threshold_may_be_lower(store_a, member):
    Tier.objects.filter(rank=1).update(keep_at=Decimal(1000))
    buy(store_a, member, "2000.00", on(2022, 3, 1))
    buy(store_a, member, "1000.00", on(2023, 8, 1))
    night(2024, 1, 1)
    account = account_of(member)
    assert (account.tier_rank, account.tier_until_on) == (1, date(2025, 1, 1))


def test_days_of_grace_count_purchases_made_in_them(store_a, programme):
    make_scheme(grace_days=20)
    member = make_member(store=store_a)
    buy(store_a, member, "2000.00", on(2022, 3, 1))
    night(2024, 1, 1)
    assert account_of(member).tier_rank == 1
    buy(store_a, member, "1900.00", on(2024, 1, 5))
    night(2024, 1, 25)
    assert account_of(member).tier_rank == 0


def test_a_star_that_is_never_taken_away(store_a, member):
    Tier.objects.filter(rank=1).update(never_down=True)
    buy(store_a, member, "2000.00", on(2020, 3, 1))
    night(2026, 1, 2)
    assert account_of(member).tier_rank == 1


def test_a_star_by_invitation_is_not_reached_by_spending(store_a, member):
    Tier.objects.filter(rank=2).update(by_invitation=True)
    buy(store_a, member, "50000.00", on(2024, 3, 1))
    assert account_of(member).tier_rank == 1


def test_a_return_counts_at_the_next_review_or_at_once(store_a, scheme):
    make_programme()
    kept = make_member(store=store_a)
    sale = sell(store_a, kept, line_draft(net="2000.00"))
    assert bring_back(sale).outcome.tier_after == 1
    make_programme(valid_from=timezone.now() - timedelta(days=1), tier_on_return="at_once", name="立即")
    lost = make_member(store=store_a)
    sale = sell(store_a, lost, line_draft(net="2000.00"))
    assert bring_back(sale).outcome.tier_after == 0


@pytest.mark.parametrize(("basis", "times"), [("visits", 3), ("points", 3)])
def test_visits_and_points_may_count_instead(store_a, programme, basis, times):
    make_scheme(basis=basis, reach=(3, 100) if basis == "visits" else (300, 9000))
    member = make_member(store=store_a)
    for number in range(times):
        if number:
            assert account_of(member).tier_rank == 0
        sell(store_a, member, line_draft(net="100.00"), days_ago=number)
    assert account_of(member).tier_rank == 1


def test_what_becomes_known_late_is_replayed(store_a, member):
    buy(store_a, member, "1000.00", on(2023, 6, 1))
    night(2026, 1, 2)
    buy(store_a, member, "1000.00", on(2023, 5, 1))
    rules = RuleBook()
    account = account_of(member)
    assert account.tier_rank == 0
    assert standings_at([account.pk], rules, on=date(2023, 5, 30)) == {}
    assert standings_at([account.pk], rules, on=date(2023, 6, 2)) == {account.pk: 1}
    assert standings_at([account.pk], rules, on=date(2024, 6, 2)) == {account.pk: 1}
    assert standings_at([account.pk], rules, on=date(2025, 1, 1)) == {}


def test_a_star_granted_by_hand_has_a_reason_and_an_end(store_a, member):
    manager = make_user("manager", [store_a])
    sell(store_a, member)
    five = Tier.objects.get(rank=2)
    until = timezone.localdate() + timedelta(days=90)
    period = grant_tier(member_id=member.pk, tier_id=five.pk, until_on=until, reason="贵宾", actor=manager)
    account = account_of(member)
    assert (account.tier_rank, account.tier_until_on) == (2, until)
    with pytest.raises(DomainError):
        grant_tier(member_id=member.pk, tier_id=five.pk, until_on=until, reason="贵宾", actor=manager)
    end_grant(period_id=period.pk, reason="有误", actor=manager)
    assert account_of(member).tier_rank == 0


def test_merged_members_keep_points_by_lot_and_the_star_of_both_their_purchases(store_a, member):
    other = make_member(store=store_a)
    sell(store_a, member, line_draft(net="1200.00"), days_ago=20)
    sale = sell(store_a, other, line_draft(net="900.00"), days_ago=10)
    merge_members(winner_id=member.pk, loser_id=other.pk, actor=make_user("manager", [store_a]), reason="同一人")
    account = account_of(member)
    assert (account.available, account.tier_rank) == (2100, 1)
    assert account_of(other).available == 0
    assert bring_back(sale).outcome.taken_back == 900
    assert account_of(member).available == 1200


def test_a_standing_without_purchases_reaches_nothing(store_a, member):
    standing = Standing()
    standing.test_sale(RuleBook(), date(2026, 1, 1))
    assert (standing.rank, standing.changes) == (0, [])
