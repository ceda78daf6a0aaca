"""Differences and intervals, against plain formulas and against chance."""

import random
from statistics import fmean, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.statistics import Comparison, Sums, proportion, smallest_visible_share

numbers = st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 1000)), min_size=2, max_size=30)


def sums_of(pairs: list[tuple[float, float]]) -> Sums:
    return Sums(
        n=len(pairs),
        active=sum(1 for _x, y in pairs if y),
        y=sum(y for _x, y in pairs),
        yy=sum(y * y for _x, y in pairs),
        x=sum(x for x, _y in pairs),
        xx=sum(x * x for x, _y in pairs),
        xy=sum(x * y for x, y in pairs),
    )


@given(treated=numbers, control=numbers)
def test_the_adjusted_difference_is_that_of_the_adjusted_values(treated, control):
    comparison = Comparison(sums_of(treated), sums_of(control))
    theta = comparison.theta
    adjusted = [[y - theta * x for x, y in group] for group in (treated, control)]
    assert comparison.difference == pytest.approx(fmean(adjusted[0]) - fmean(adjusted[1]), abs=1e-3, rel=1e-6)
    plain = sum(variance(group) / len(group) for group in adjusted) ** 0.5
    assert comparison.error == pytest.approx(plain, abs=1e-2, rel=1e-3)


def test_without_a_covariate_it_is_the_plain_difference():
    comparison = Comparison(proportion(1000, 120), proportion(1000, 100))
    assert comparison.theta == 0
    assert comparison.difference == pytest.approx(0.02)
    assert comparison.error == pytest.approx((0.12 * 0.88 / 999 + 0.1 * 0.9 / 999) ** 0.5)
    assert not comparison.is_significant
    assert comparison.relative == pytest.approx(0.2)


def simulate(rng: random.Random, *, effect: float, n: int) -> Comparison:
    groups = []
    for size, extra in ((n, effect), (n // 4, 0.0)):
        pairs = []
        for _unit in range(size):
            taste = rng.expovariate(1 / 100)
            before = taste * rng.uniform(0.5, 1.5) if rng.random() < 0.6 else 0.0
            after = taste * rng.uniform(0.5, 1.5) if rng.random() < 0.4 else 0.0
            pairs.append((before, after + extra))
        groups.append(sums_of(pairs))
    return Comparison(*groups)


def test_no_effect_is_called_one_in_about_one_of_twenty_cases():
    rng = random.Random(20261130)
    false_alarms = sum(simulate(rng, effect=0.0, n=400).is_significant for _case in range(1000))
    # 1000 × 5 %: three standard deviations of the binomial are 21.
    assert 29 <= false_alarms <= 71


def test_an_effect_lies_within_its_interval_in_about_nineteen_of_twenty_cases():
    rng = random.Random(7)
    held = sum(one.low <= 12.0 <= one.high for one in (simulate(rng, effect=12.0, n=400) for _case in range(1000)))
    assert 929 <= held <= 971


def test_what_was_bought_before_narrows_the_interval():
    rng = random.Random(3)
    with_past = simulate(rng, effect=0.0, n=4000)
    without = Comparison(
        *(Sums(n=one.n, active=one.active, y=one.y, yy=one.yy) for one in (with_past.treated, with_past.control))
    )
    assert with_past.margin < without.margin


def test_small_groups_say_nothing():
    assert Comparison(proportion(99, 50), proportion(1000, 500)).is_too_small
    assert Comparison(proportion(1000, 50), proportion(1000, 9)).is_too_small
    assert not Comparison(proportion(1000, 50), proportion(1000, 50)).is_too_small


def test_empty_groups_do_not_break():
    nothing = Comparison(Sums(n=0), Sums(n=0))
    assert (nothing.difference, nothing.error, nothing.p_value, nothing.relative) == (0.0, 0.0, 1.0, None)
    assert smallest_visible_share(treated=0, control=10, rate=0.1) == 1.0


def test_what_could_be_seen_beforehand():
    assert smallest_visible_share(treated=95_000, control=5_000, rate=0.1) == pytest.approx(0.0122, abs=0.0002)
