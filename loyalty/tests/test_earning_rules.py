"""What a line earns: the stacking order by example, and against a second, naive implementation."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.models import EarningRule, Tier
from loyalty.services.rules import RuleBook, add_months, current_rules, expiry_of
from loyalty.tests.factories import LONG_AGO, make_programme, sell
from members.models import Member
from members.tests.factories import make_member
from sales.services.drafts import PaymentDraft
from sales.tests.factories import line_draft
from stores.tests.factories import make_brand, make_counter, make_product

pytestmark = pytest.mark.django_db


def rule(**fields):
    return EarningRule.objects.create(**{"kind": "multiply", "name": "规则", "valid_from": LONG_AGO, **fields})


def earned(store, member, *lines, **fields) -> int:
    return sell(store, member, *lines, **fields).outcome.earned


def test_the_base_rate_of_the_store_goes_before_the_programmes(store_a, store_b, member):
    rule(kind="base", value=Decimal("0.5"), stores=[store_b.pk])
    assert earned(store_a, member) == 100
    assert earned(store_b, member) == 50


def test_groups_multiply_and_within_a_group_the_best_counts(store_a, member):
    rule(value=2, group="day")
    rule(value=3, group="day")
    rule(value=Decimal("1.5"), group="brand")
    assert earned(store_a, member) == 450


def test_the_star_multiplies(store_a, scheme, programme):
    Tier.objects.filter(rank=1).update(points_multiplier=Decimal("1.5"))
    member = make_member(store=store_a)
    earned(store_a, member, line_draft(net="2000.00"))
    assert earned(store_a, member) == 150


def test_an_exclusion_wins_over_everything(store_a, member):
    gold = make_product()
    rule(value=5)
    rule(kind="exclude", products=[gold.pk])
    assert earned(store_a, member, line_draft(gold), line_draft(net="10.00")) == 50


def test_discounted_goods_and_brands_and_counters_and_minimum_spend(store_a, member):
    counter = make_counter(store_a, brand=make_brand())
    rule(kind="exclude", discounted_only=True)
    rule(value=2, brands=[counter.brand_id], minimum_spend=Decimal(150))
    assert earned(store_a, member, line_draft(net="100.00", discount="1.00")) == 0
    assert earned(store_a, member, line_draft(counter=counter)) == 100
    assert earned(store_a, member, line_draft(counter=counter), line_draft(net="50.00")) == 250


def test_what_an_excluded_tender_paid_does_not_earn(store_a, member):
    rule(kind="exclude", tenders=["points", "gift_card"])
    payments = (PaymentDraft("gift_card", Decimal(25)), PaymentDraft("cash", Decimal(75)))
    assert earned(store_a, member, payments=payments) == 75


def test_a_cap_per_line(store_a, member):
    rule(value=10, cap_per_line=300)
    assert earned(store_a, member) == 300


def test_the_birthday_window_solar_and_lunar(store_a, member):
    today = timezone.localdate()
    rule(value=2, birthday_window_days=3)
    assert earned(store_a, member) == 100
    near = today + timedelta(days=3)
    Member.objects.filter(pk=member.pk).update(birth_month=near.month, birth_day=near.day)
    assert earned(store_a, member) == 200
    far = today + timedelta(days=4)
    Member.objects.filter(pk=member.pk).update(birth_month=far.month, birth_day=far.day)
    assert earned(store_a, member) == 100


def test_weekdays_and_dates(store_a, member):
    day = datetime(2026, 3, 4, 4, tzinfo=UTC)
    rule(value=2, weekdays=[3], valid_from=day - timedelta(days=1), valid_until=day + timedelta(days=1))
    assert earned(store_a, member, at=day) == 200
    assert earned(store_a, member, at=day + timedelta(days=7)) == 100


def test_a_receipt_earns_by_the_version_of_its_day(store_a, member):
    now = timezone.now()
    make_programme(valid_from=now - timedelta(days=10), points_per_yuan=3, name="新计划")
    assert earned(store_a, member, days_ago=20) == 100
    assert earned(store_a, member) == 300


def test_a_changed_rule_is_seen_at_once_by_what_is_kept_in_memory(store_a, member):
    assert earned(store_a, member) == 100
    made = rule(value=4)
    assert earned(store_a, member) == 400
    EarningRule.objects.filter(pk=made.pk).delete()
    assert earned(store_a, member) == 100
    assert current_rules() is current_rules()


def test_points_expire_by_policy():
    from datetime import date

    from loyalty.models import Programme

    def end(policy, day, months=12):
        return expiry_of(Programme(expiry=policy, expiry_months=months), day)

    assert end("never", date(2026, 5, 5)) is None
    assert end("end_of_next_year", date(2026, 12, 31)) == date(2028, 1, 1)
    assert end("rolling_months", date(2024, 2, 29)) == date(2025, 2, 28)
    assert end("end_of_month", date(2026, 7, 6)) == date(2027, 8, 1)
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)


rules_strategy = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["exclude", "base", "multiply", "multiply", "multiply"]),
            "value": st.decimals(0, 5, places=2),
            "group": st.sampled_from(["a", "b"]),
            "here": st.booleans(),
            "this_brand": st.sampled_from([None, True, False]),
            "minimum": st.sampled_from([None, 50, 500]),
            "cap": st.sampled_from([None, 120]),
        }
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=rules_strategy, fen=st.integers(0, 100_000))
def test_the_engine_agrees_with_a_naive_one(store_a, store_b, programme, scheme, made, fen):
    from django.db import transaction

    from sales.tests.factories import receipt_draft

    with transaction.atomic():
        counter = make_counter(store_a, brand=make_brand())
        other = make_brand(name="他牌")
        rows = []
        for fields in made:
            brand = {None: [], True: [counter.brand_id], False: [other.pk]}[fields["this_brand"]]
            row = rule(
                kind=fields["kind"],
                value=fields["value"],
                group=fields["group"],
                stores=[store_a.pk] if fields["here"] else [],
                brands=brand,
                minimum_spend=fields["minimum"],
                cap_per_line=fields["cap"],
            )
            rows.append((row, fields))
        amount = Decimal(fen) / 100
        draft = receipt_draft(store_a, line_draft(net=str(amount), counter=counter))
        _programme, [(_line, base, price)] = RuleBook().price_receipt(draft, rank=0)
        assert price.points(base) == naive(rows, amount)
        transaction.set_rollback(True)


def naive(rows, amount: Decimal) -> int:
    """Read the stacking order aloud."""
    fitting = [
        (row, fields)
        for row, fields in rows
        if fields["this_brand"] is not False and (fields["minimum"] is None or amount >= fields["minimum"])
    ]
    if any(fields["kind"] == "exclude" for _row, fields in fitting):
        return 0
    bases = [(fields["here"], row.pk, fields["value"]) for row, fields in fitting if fields["kind"] == "base"]
    rate = max(bases)[2] if bases else Decimal(1)
    caps = []
    for group in ("a", "b"):
        best = max(
            ((f["value"], row.pk, f["cap"]) for row, f in fitting if f["kind"] == "multiply" and f["group"] == group),
            key=lambda found: found[:2],
            default=None,
        )
        if best:
            rate *= best[0]
            if best[2] is not None:
                caps.append(best[2])
    points = int(amount * rate)
    return min([points, *caps])
