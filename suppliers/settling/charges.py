"""What is due for the sales of a span under one version of the terms: rates, tiers, rent, guarantee (R1–R6, R9).

Each rate group is rounded once, half up. Bounds, rent, guarantees and caps are per month and grow with the span.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from kit.money import ZERO, to_fen
from suppliers.settling.spans import Span, times
from suppliers.settling.sums import Sums
from suppliers.settling.terms import Excess, Guarantee, Mode, Promotion, Terms


@dataclass(frozen=True)
class Charge:
    """One amount due to the store, by which rule, and every number it was made of."""

    rule: str
    amount: Decimal
    inputs: dict[str, Any]


def total(charges: Sequence[Charge]) -> Decimal:
    return sum((charge.amount for charge in charges), ZERO)


def charges_of(terms: Terms, promotions: Sequence[Promotion], sums: Sums, span: Span) -> list[Charge]:
    """Everything due for these sums over this span, guarantee and cap included."""
    found = _groups(terms, promotions, sums) + _base(terms, sums, span)
    if terms.guarantee == Guarantee.SALES:
        found += _sales_guarantee(terms, sums, span)
    elif terms.guarantee == Guarantee.MARGIN:
        found += _margin_guarantee(terms, found, span)
    return found + _cap(terms, found, span)


def actual_charges(terms: Terms, promotions: Sequence[Promotion], sums: Sums, span: Span) -> list[Charge]:
    """What is due for the sales alone, as if nothing were guaranteed and nothing capped."""
    bare = replace(terms, guarantee=Guarantee.NONE, cap=None, excess=Excess.NONE)
    return charges_of(bare, promotions, sums, span)


def guaranteed_over(terms: Terms, span: Span) -> Decimal:
    """The guarantee of a span: each month by its own amount and its part of the days, rounded once (R8)."""
    months = (times(terms.guaranteed_in(month), part) for _year, month, part in span.months)
    return to_fen(sum(months, ZERO))


def _groups(terms: Terms, promotions: Sequence[Promotion], sums: Sums) -> list[Charge]:
    found = []
    for kind, group, known in (
        ("rate.promotion", sums.promotions, {one.key: one for one in promotions}),
        ("rate.goods", sums.rates, {one.key: one for one in terms.rates}),
    ):
        for key, amount in group.items():
            rate = known[key]
            inputs = {"sales": amount, "rate": rate.rate, "key": key, "label": rate.label}
            found.append(Charge(kind, to_fen(amount * rate.rate), inputs))
    return found


def _base(terms: Terms, sums: Sums, span: Span) -> list[Charge]:
    match terms.mode:
        case Mode.RENT:
            return _rent(terms, sums.base, span)
        case Mode.MARGINAL | Mode.WHOLE:
            return [Charge(f"tiers.{terms.mode}", *_tiers(terms, sums.base, span))]
    if terms.excess != Excess.NONE:
        return _excess(terms, sums, span)
    return [_at_rate("rate.base", sums.base, terms.base_rate)]


def _at_rate(rule: str, sales: Decimal, rate: Decimal, **inputs: Any) -> Charge:
    return Charge(rule, to_fen(sales * rate), {"sales": sales, "rate": rate, **inputs})


def _rent(terms: Terms, sales: Decimal, span: Span) -> list[Charge]:
    """Base rent, and a rate on sales above the breakpoint; the natural one is rent / rate (R6)."""
    rent = to_fen(span.of_monthly(terms.rent))
    if terms.breakpoint is None:
        point = rent / terms.base_rate if terms.base_rate else ZERO
        over = max(ZERO, to_fen(sales * terms.base_rate) - rent)
    else:
        point = span.of_monthly(terms.breakpoint)
        over = to_fen(max(ZERO, sales - point) * terms.base_rate)
    inputs = {"sales": sales, "breakpoint": to_fen(point), "rate": terms.base_rate, "natural": terms.breakpoint is None}
    return [
        Charge("rent.base", rent, {"rent": terms.rent, "months": span.length}),
        Charge("rent.overage", over, inputs),
    ]


def _tiers(terms: Terms, sales: Decimal, span: Span) -> tuple[Decimal, dict[str, Any]]:
    bounds = [(span.of_monthly(tier.lower), tier) for tier in terms.tiers]
    slices = _whole(bounds, sales) if terms.mode == Mode.WHOLE else _marginal(bounds, sales)
    amount = to_fen(sum((part * tier.rate + fixed for part, tier, fixed in slices), ZERO))
    told = [{"sales": to_fen(part), "rate": tier.rate, "fixed": fixed} for part, tier, fixed in slices]
    return amount, {"sales": sales, "slices": told}


def _whole(bounds: list[tuple[Decimal, Any]], sales: Decimal) -> list[tuple[Decimal, Any, Decimal]]:
    """All sales at the rate of the tier reached; a tier is reached at its lower bound."""
    reached = [tier for lower, tier in bounds if sales >= lower]
    tier = reached[-1] if reached else bounds[0][1]
    return [(sales, tier, tier.fixed if reached else ZERO)]


def _marginal(bounds: list[tuple[Decimal, Any]], sales: Decimal) -> list[tuple[Decimal, Any, Decimal]]:
    """Each slice (lower, upper] at its own rate; a fixed amount falls due above the lower bound."""
    if sales <= bounds[0][0]:
        return [(sales, bounds[0][1], ZERO)]
    edges = [lower for lower, _tier in bounds[1:]] + [sales]
    slices = []
    for (lower, tier), upper in zip(bounds, edges, strict=True):
        if sales > lower:
            slices.append((min(sales, upper) - lower, tier, tier.fixed))
    return slices


def _counted(terms: Terms, sums: Sums, guaranteed: Decimal) -> Decimal:
    """Sales that count to the guarantee: promotion sales up to a share of it (R9)."""
    return sums.regular + min(sums.promoted, to_fen(terms.promotion_share * guaranteed))


def _excess(terms: Terms, sums: Sums, span: Span) -> list[Charge]:
    """Above the guarantee another rate, for the part above or for all (R4)."""
    guaranteed = guaranteed_over(terms, span)
    over = min(max(ZERO, _counted(terms, sums, guaranteed) - guaranteed), max(ZERO, sums.base))
    if not over:
        return [_at_rate("rate.base", sums.base, terms.base_rate)]
    if terms.excess == Excess.ALL:
        return [_at_rate("excess.all", sums.base, terms.excess_rate, guaranteed=guaranteed)]
    return [
        _at_rate("rate.base", sums.base - over, terms.base_rate),
        _at_rate("excess.above", over, terms.excess_rate, guaranteed=guaranteed),
    ]


def _sales_guarantee(terms: Terms, sums: Sums, span: Span) -> list[Charge]:
    guaranteed = guaranteed_over(terms, span)
    shortfall = max(ZERO, guaranteed - _counted(terms, sums, guaranteed))
    if not shortfall:
        return []
    inputs = {
        "guaranteed": guaranteed,
        "regular": sums.regular,
        "promoted": sums.promoted,
        "promotion_counted": min(sums.promoted, to_fen(terms.promotion_share * guaranteed)),
        "promotion_share": terms.promotion_share,
        "shortfall": shortfall,
        "rate": terms.base_rate,
    }
    if terms.mode in (Mode.MARGINAL, Mode.WHOLE):
        deemed = _tiers(terms, sums.base + shortfall, span)[0] - _tiers(terms, sums.base, span)[0]
        return [Charge("guarantee.sales_tiers", deemed, inputs)]
    return [Charge("guarantee.sales", to_fen(shortfall * terms.base_rate), inputs)]


def _margin_guarantee(terms: Terms, found: Sequence[Charge], span: Span) -> list[Charge]:
    guaranteed, earned = guaranteed_over(terms, span), total(found)
    if earned >= guaranteed:
        return []
    return [Charge("guarantee.margin", guaranteed - earned, {"guaranteed": guaranteed, "earned": earned})]


def _cap(terms: Terms, found: Sequence[Charge], span: Span) -> list[Charge]:
    if terms.cap is None:
        return []
    cap, earned = to_fen(span.of_monthly(terms.cap)), total(found)
    return [Charge("cap", cap - earned, {"cap": cap, "earned": earned})] if earned > cap else []


def warnings_of(terms: Terms) -> list[str]:
    """What a contract's author should look at again, as codes: `tiers.cliff` is a whole-mode table in which selling
    more may cost less, at a bound where the rate falls (T5c)."""
    found = []
    if terms.mode == Mode.WHOLE and any(after.rate < before.rate for before, after in pairwise(terms.tiers)):
        found.append("tiers.cliff")
    if terms.tiers and terms.tiers[0].lower:
        found.append("tiers.first_bound")
    if terms.mode == Mode.RENT and terms.guarantee != Guarantee.NONE:
        found.append("rent.with_guarantee")
    if terms.excess != Excess.NONE and (terms.guarantee != Guarantee.SALES or terms.mode != Mode.RATE):
        found.append("excess.without_guarantee")
    return found
