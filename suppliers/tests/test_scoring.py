"""Scores of counters: a second, naive calculation agrees; no trade is no score; what is not connected gives its weight."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from kit.testing import counted_queries
from sales.models import CounterHour
from staff.models import Notice
from stores.tests.factories import make_category, make_counter
from suppliers.exceptions import MonthClosed, SchemeRefused
from suppliers.models import BottomNotice, ContractVersion, CounterScore, MonthTarget, ScoreLine, ScoreScheme
from suppliers.services.bottom import watch_bottom
from suppliers.services.schemes import (
    STANDARD_GRADES,
    Graded,
    Weighed,
    grade_troubles,
    save_scheme,
    standard_weights,
    troubles,
)
from suppliers.services.scoring import Bands, Part, calculate_month, close_month, score_of
from suppliers.tests.factories_contracts import make_contract
from suppliers.tests.factories_parties import make_party, make_person, make_signed, make_type

MONTH = date(2026, 9, 1)


@pytest.fixture
def role():
    return "manager"


@pytest.fixture
def scheme(store_a, ada):
    return save_scheme(
        store=store_a, valid_from=date(2026, 1, 1), weights=standard_weights(), grades=STANDARD_GRADES, actor=ada
    )


def sell(counter, amount, on=MONTH, back=0):
    CounterHour.objects.create(
        sold_on=on, hour=12, store=counter.store, counter=counter, brand=None, is_member=False, slot=0, lines=1,
        quantity=1, sales_amount=amount, return_amount=back, discount_amount=0,
    )  # fmt: skip


MONEY = st.decimals(Decimal(-1000), Decimal(1000), places=2)
BANDS = st.lists(MONEY, max_size=5, unique=True).flatmap(
    lambda bounds: st.lists(
        st.decimals(Decimal(0), Decimal(100), places=2), min_size=len(bounds) + 1, max_size=len(bounds) + 1
    ).map(lambda points: [(None, points[0]), *zip(sorted(bounds), points[1:], strict=True)])
)
METRICS = st.lists(
    st.tuples(st.integers(1, 100), BANDS, st.sampled_from(["value", "no_data", "not_connected"]), MONEY),
    min_size=1,
    max_size=9,
)


def naive(metrics):
    """Points by walking the bands from the top; weights shared out by plain fractions."""
    scored = []
    for weight, bands, state, raw in metrics:
        if state != "value":
            continue
        for lower, points in reversed(bands):
            if lower is None or raw >= lower:
                scored.append((weight, points))
                break
    if not scored:
        return None
    total = sum(weight for weight, _ in scored)
    exact = sum(Decimal(weight) * points for weight, points in scored) / total
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@given(METRICS, st.booleans())
def test_a_second_calculation_agrees(metrics, traded):
    raws = {"value": lambda raw: {7: raw}, "no_data": lambda raw: {}, "not_connected": lambda raw: None}
    parts = [
        Part(f"m{number}", Decimal(weight), Bands.of(bands), raws[state](raw))
        for number, (weight, bands, state, raw) in enumerate(metrics)
    ]
    scored = score_of(parts, 7, traded=traded)
    assert scored.score == (naive(metrics) if traded else None)
    assert len(scored.lines) == len(metrics)
    if scored.score is not None:
        assert 0 <= scored.score <= 100
        assert abs(sum(line.share for line in scored.lines) - 100) <= Decimal("0.001")


GRADES = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)).map(sorted), min_size=1, max_size=5)


@given(GRADES)
def test_the_linter_of_grades_agrees_with_looking_at_every_score(ranges):
    grades = [
        Graded(str(number), Decimal(low), Decimal(high), Decimal(0), Decimal(1), 1, 2)
        for number, (low, high) in enumerate(ranges)
    ]
    covered = all(sum(low <= score < high for low, high in ranges) == 1 for score in range(100))
    empty = any(low == high for low, high in ranges)
    assert (not grade_troubles(grades)) == (covered and not empty)


@pytest.mark.parametrize("change", [Decimal("0.01"), Decimal("-0.01")])
def test_weights_that_miss_100_by_a_hundredth_are_refused_with_the_sum(store_a, ada, change):
    weights = standard_weights()
    weights[0] = Weighed(weights[0].metric, weights[0].weight + change, weights[0].bands)
    with pytest.raises(SchemeRefused, match=str(100 + change)):
        save_scheme(store=store_a, valid_from=MONTH, weights=weights, grades=STANDARD_GRADES, actor=ada)
    assert not ScoreScheme.objects.exists()


def test_bands_that_do_not_rise_are_refused():
    weights = [Weighed("net_sales", Decimal(100), ((None, "0"), ("5", "10"), ("5", "20")))]
    assert troubles(weights, STANDARD_GRADES)
    assert troubles([Weighed("net_sales", Decimal(100), ((None, "101"),))], STANDARD_GRADES)
    assert troubles([Weighed("net_sales", Decimal(100), (("1", "50"),))], STANDARD_GRADES)


def lines_of(counter):
    return {line.metric: line for line in ScoreLine.objects.filter(score__counter=counter)}


def test_a_month_is_scored_with_every_line(store_a, scheme):
    counter = make_counter(store_a, area_sqm=50, category=make_category())
    party = make_party(store_a, status="supplier")
    make_signed(party, counter, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    make_type("HC", holder="person")
    make_person(party, counter)
    sell(counter, 100_000, back=10_000)
    sell(counter, 75_000, on=date(2025, 9, 10))
    calculate_month(store_id=store_a.pk, month=MONTH)
    score = CounterScore.objects.get()
    lines = lines_of(counter)
    assert (score.party, score.net_sales, score.place, score.places) == (party, Decimal(90_000), 1, 1)
    assert (lines["net_sales"].raw, lines["net_sales"].points) == (Decimal(90_000), 80)
    assert lines["per_sqm"].raw == 1800
    assert lines["growth"].raw == Decimal("0.2")
    assert lines["returns"].raw == Decimal("0.1")
    assert lines["returns"].points == 40
    assert lines["staff"].raw == 0
    assert lines["complaints"].state == "no_data"
    assert lines["promotions"].state == "no_data"
    assert lines["fees"].state == "no_data"
    # (25 × 80 + 15 × 80 + 15 × 90 + 10 × 40 + 10 × 0) / 75
    assert score.score == Decimal("66.00")
    assert score.grade == "B"
    assert sum(line.share for line in lines.values()) == pytest.approx(Decimal(100), abs=Decimal("0.001"))


def test_no_trade_is_not_rated_and_neither_0_nor_100(store_a, scheme):
    counter = make_counter(store_a)
    calculate_month(store_id=store_a.pk, month=MONTH)
    score = CounterScore.objects.get(counter=counter)
    assert (score.score, score.grade, score.place) == (None, "", None)


def test_calculating_again_replaces_and_a_closed_month_stays(store_a, ada, scheme):
    counter = make_counter(store_a)
    sell(counter, 1000)
    period = calculate_month(store_id=store_a.pk, month=MONTH)
    first = CounterScore.objects.get().score
    sell(counter, 90_000, on=date(2026, 9, 2))
    calculate_month(store_id=store_a.pk, month=MONTH)
    assert CounterScore.objects.get().score > first
    close_month(period_id=period.pk, actor=ada)
    with pytest.raises(MonthClosed):
        calculate_month(store_id=store_a.pk, month=MONTH)
    with pytest.raises(MonthClosed):
        close_month(period_id=period.pk, actor=ada)
    with pytest.raises(MonthClosed):
        save_scheme(store=store_a, valid_from=MONTH, weights=standard_weights(), grades=STANDARD_GRADES, actor=ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreLine.objects.update(points=1)


def test_a_store_without_a_scheme_says_so(store_a):
    with pytest.raises(SchemeRefused):
        calculate_month(store_id=store_a.pk, month=MONTH)


def test_a_month_takes_the_same_queries_for_3_counters_and_60(store_a, scheme):
    def run():
        with counted_queries() as queries:
            calculate_month(store_id=store_a.pk, month=MONTH)
        return len(queries)

    for _ in range(3):
        sell(make_counter(store_a, area_sqm=10), 100)
    run()
    few = run()
    for _ in range(57):
        sell(make_counter(store_a, area_sqm=10), 100)
    assert run() == few


def test_the_last_of_a_quarter_is_told_once(store_a, ada, scheme):
    category = make_category()
    buyer_party = make_party(store_a, status="supplier", buyer=ada)
    counters = [make_counter(store_a, category=category) for _ in range(5)]
    make_signed(buyer_party, counters[4], starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    for month in (date(2026, 7, 1), date(2026, 8, 1), MONTH):
        for number, counter in enumerate(counters):
            sell(counter, 1000 * (5 - number), on=month)
        calculate_month(store_id=store_a.pk, month=month)
    assert watch_bottom(store_id=store_a.pk, month=date(2026, 8, 1)) == 0
    assert watch_bottom(store_id=store_a.pk, month=MONTH) == 1
    assert watch_bottom(store_id=store_a.pk, month=MONTH) == 0
    notice = BottomNotice.objects.get()
    assert (notice.counter, notice.rule) == (counters[4], "last_of_quarter")
    assert Notice.objects.filter(user=ada).count() == 1


@pytest.mark.parametrize(
    ("agreed", "expected"),
    [
        ({}, [set(), {"may_move"}, {"may_end"}]),
        ({"move_after": 1, "end_after": 2}, [{"may_move"}, {"may_end"}, {"may_end"}]),
        ({"move_after": 3, "end_after": 4}, [set(), set(), {"may_move"}]),
    ],
)
def test_months_below_target_lead_to_moving_then_ending_as_agreed(store_a, scheme, agreed, expected):
    category = make_category()
    counters = [make_counter(store_a, category=category) for _ in range(5)]
    contract = make_contract(store_a, counters=[counters[4]], **agreed)
    rules = []
    for number in (4, 5, 7):
        month = date(2026, number, 1)
        MonthTarget.objects.create(contract=contract, month_on=month, sales=5000)
        for place, counter in enumerate(counters):
            sell(counter, 1000 * (5 - place), on=month)
        calculate_month(store_id=store_a.pk, month=month)
        watch_bottom(store_id=store_a.pk, month=month)
        rules.append(set(BottomNotice.objects.filter(month=month).values_list("rule", flat=True)))
    assert rules == expected


def test_an_amendment_counts_from_the_month_it_is_in_force(store_a, scheme):
    counter = make_counter(store_a, category=make_category())
    contract = make_contract(store_a, counters=[counter])
    ContractVersion.objects.filter(contract=contract).update(until_on=date(2026, 4, 30))
    ContractVersion.objects.create(
        contract=contract, number=2, kind="amendment", status="signed", signed_on=date(2026, 5, 1), base_rate="0.25",
        effective_on=date(2026, 5, 1), until_on=contract.ends_on, move_after=1, end_after=1,
    )  # fmt: skip
    for number, told in ((4, 0), (5, 1)):
        month = date(2026, number, 1)
        MonthTarget.objects.create(contract=contract, month_on=month, sales=5000)
        sell(counter, 100, on=month)
        calculate_month(store_id=store_a.pk, month=month)
        assert watch_bottom(store_id=store_a.pk, month=month) == told
