"""Two calculations that know nothing of each other agree on random contracts; the identities of the reference hold."""

from datetime import date, timedelta
from decimal import Decimal as D
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from suppliers.settling.charges import charges_of, total
from suppliers.settling.spans import Span, months_between
from suppliers.settling.statement import Account, settle
from suppliers.settling.sums import Sums
from suppliers.settling.terms import Excess, Guarantee, Horizon, Mode, Promotion, Rate, Sold, Terms, Tier
from suppliers.tests.oracle import Oracle

YEAR = date(2026, 1, 1), date(2026, 12, 31)
rates = st.decimals("0", "0.6", places=4)
amounts = st.decimals("-20000", "90000", places=2)
days = st.integers(0, 364).map(lambda number: YEAR[0] + timedelta(days=number))


@st.composite
def tiers(draw):
    lowers = [D(0), *sorted(draw(st.sets(st.decimals("1", "80000", places=2), max_size=3)))]
    return tuple(Tier(lower, draw(rates), draw(st.decimals("0", "500", places=2))) for lower in lowers)


@st.composite
def terms(draw, key, from_on, until_on):
    mode = draw(st.sampled_from(Mode))
    guarantee = draw(st.sampled_from(Guarantee)) if mode != Mode.RENT else Guarantee.NONE
    wants_excess = mode == Mode.RATE and guarantee == Guarantee.SALES
    return Terms(
        key=key,
        from_on=from_on,
        until_on=until_on,
        base_rate=draw(rates),
        mode=mode,
        tiers=draw(tiers()) if mode in (Mode.MARGINAL, Mode.WHOLE) else (),
        rent=draw(st.decimals("0", "30000", places=2)) if mode == Mode.RENT else D(0),
        breakpoint=draw(st.none() | st.decimals("0", "90000", places=2)),
        guarantee=guarantee,
        guaranteed=draw(st.decimals("0", "60000", places=2)),
        guaranteed_by_month=((draw(st.integers(1, 12)), draw(st.decimals("0", "90000", places=2))),),
        cap=draw(st.none() | st.decimals("100", "50000", places=2)),
        promotion_share=draw(st.sampled_from([D(0), D("0.3"), D(1)])),
        excess=draw(st.sampled_from(Excess)) if wants_excess else Excess.NONE,
        excess_rate=draw(rates),
        horizon=draw(st.sampled_from(Horizon)),
        year_month=draw(st.sampled_from([1, 4, 9])),
        rates=tuple(
            Rate(f"{key}-r{number}", draw(rates), categories=frozenset({number}), from_on=draw(st.none() | days))
            for number in range(draw(st.integers(0, 2)))
        ),
    )


@st.composite
def contracts(draw):
    """One to three versions, changed on any day, mid-month too; promotions; sales and returns on any day."""
    changes = sorted(draw(st.sets(st.integers(2, 360), max_size=2)))
    starts = [YEAR[0] + timedelta(days=draw(st.integers(0, 40))), *(YEAR[0] + timedelta(days=n + 41) for n in changes)]
    starts = [one for one in starts if one <= YEAR[1]]
    ends = [one - timedelta(days=1) for one in starts[1:]] + [draw(st.sampled_from([None, YEAR[1]]))]
    versions = tuple(draw(terms(f"v{n}", a, b)) for n, (a, b) in enumerate(zip(starts, ends, strict=True)))
    promotions = tuple(
        Promotion(
            key=f"p{number}",
            rate=draw(rates),
            products=frozenset({number}),
            from_on=(begin := draw(days)),
            until_on=begin + timedelta(days=draw(st.integers(0, 40))),
        )
        for number in range(draw(st.integers(0, 2)))
    )
    sold = draw(
        st.lists(
            st.builds(
                Sold,
                counter_id=st.just(1),
                on=days,
                amount=amounts,
                category_id=st.sampled_from([0, 1, 5]),
                product_id=st.sampled_from([None, 0, 1]),
            ),
            max_size=40,
        )
    )
    return versions, promotions, sold


def billed(versions, promotions, sold, periods):
    """The commissions of settlements one after the other."""
    reckonings, found = {}, []
    for first, last in periods:
        mine = [one for one in sold if first <= one.on <= last and any(terms.covers(one.on) for terms in versions)]
        one = settle(Account(versions=versions, promotions=promotions, reckonings=reckonings), first, last, mine)
        reckonings = one.reckonings
        found.append(one.commission)
        assert one.commission == -sum((line.amount for line in one.lines if line.section == "commission"), D(0))
    return found


@settings(max_examples=400, deadline=None)
@given(contracts())
def test_a_second_calculation_agrees_month_by_month(contract):
    versions, promotions, sold = contract
    months = list(months_between(*YEAR))
    oracle = Oracle(versions, promotions)
    assert billed(versions, promotions, sold, months) == [oracle.bill(first, last, sold) for first, last in months]


@settings(max_examples=200, deadline=None)
@given(contracts(), st.sets(st.integers(1, 364), max_size=9), st.sampled_from([Horizon.CUMULATIVE, Horizon.YEAR_END]))
def test_any_split_of_a_year_sums_up_to_the_year(contract, cuts, horizon):
    versions, promotions, sold = contract
    versions = tuple(Terms(**{**vars(terms), "horizon": horizon}) for terms in versions)
    begins = [YEAR[0], *(YEAR[0] + timedelta(days=cut) for cut in sorted(cuts))]
    periods = [(a, b - timedelta(days=1)) for a, b in pairwise(begins)] + [(begins[-1], YEAR[1])]
    versions = tuple(
        Terms(**{**vars(terms), "until_on": min(terms.until_on or YEAR[1], YEAR[1])}) for terms in versions
    )
    assert sum(billed(versions, promotions, sold, periods)) == sum(billed(versions, promotions, sold, [YEAR]))


MARCH = Span.of(date(2026, 3, 1), date(2026, 3, 31))


def plain(rate, **fields):
    return Terms(key="v", from_on=YEAR[0], until_on=None, base_rate=rate, **fields)


def due(terms, sales):
    return total(charges_of(terms, (), Sums(sales), MARCH))


@given(st.decimals("0", "50000", places=2), st.decimals("0.01", "0.6", places=2), st.decimals("0", "900000", places=2))
def test_the_natural_breakpoint_takes_the_higher_of_rent_and_rate(rent, rate, sales):
    expected = max(rent, (sales * rate).quantize(D("0.01"), "ROUND_HALF_UP"))
    assert due(plain(rate, mode=Mode.RENT, rent=rent), sales) == expected


@given(st.integers(0, 60000), st.integers(0, 60), st.integers(0, 90000))
def test_for_a_single_rate_both_guarantees_are_the_same(guaranteed, percent, sales):
    rate = D(percent) / 100
    deemed = plain(rate, guarantee=Guarantee.SALES, guaranteed=D(guaranteed))
    floor = plain(rate, guarantee=Guarantee.MARGIN, guaranteed=D(guaranteed) * rate)
    assert due(deemed, D(sales)) == due(floor, D(sales))


@given(st.decimals("0", "90000", places=2), st.decimals("0", "90000", places=2), rates)
def test_selling_more_never_costs_less_below_a_guarantee(one, other, rate):
    terms = plain(rate, guarantee=Guarantee.SALES, guaranteed=D(50000))
    assert due(terms, min(one, other)) <= due(terms, max(one, other)) + D("0.01")
