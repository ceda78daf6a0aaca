"""From counted totals to rate groups: per line the first match of promotion, rate of the goods, base (R9)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from kit.money import ZERO
from suppliers.settling.terms import Promotion, Rate, Sold, Terms


@dataclass(frozen=True)
class Sums:
    """Net sales per rate group: the base, each rate of goods, each promotion (by their keys)."""

    base: Decimal = ZERO
    rates: dict[str, Decimal] = field(default_factory=dict)
    promotions: dict[str, Decimal] = field(default_factory=dict)

    @property
    def regular(self) -> Decimal:
        return self.base + sum(self.rates.values(), ZERO)

    @property
    def promoted(self) -> Decimal:
        return sum(self.promotions.values(), ZERO)

    @property
    def total(self) -> Decimal:
        return self.regular + self.promoted

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.base + other.base, _added(self.rates, other.rates), _added(self.promotions, other.promotions))


def _added(one: dict[str, Decimal], other: dict[str, Decimal]) -> dict[str, Decimal]:
    return {key: one.get(key, ZERO) + other.get(key, ZERO) for key in [*one, *(key for key in other if key not in one)]}


def rate_of(terms: Terms, promotions: Sequence[Promotion], sold: Sold) -> Promotion | Rate | None:
    """What this total is charged by: a promotion, a rate of its goods, or None for the base. The first match counts."""
    for promotion in promotions:
        if promotion.fits(sold):
            return promotion
    for rate in terms.rates:
        if rate.fits(sold):
            return rate
    return None


def summed(terms: Terms, promotions: Sequence[Promotion], sold: Iterable[Sold]) -> Sums:
    """The totals summed per rate group."""
    base, rates, promoted = ZERO, {}, {}
    for one in sold:
        found = rate_of(terms, promotions, one)
        if found is None:
            base += one.amount
        else:
            group = promoted if isinstance(found, Promotion) else rates
            group[found.key] = group.get(found.key, ZERO) + one.amount
    return Sums(base, rates, promoted)
