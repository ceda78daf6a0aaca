"""What a contract says about money, without a database: the input of the settlement.

All amounts are yuan per full calendar month, tax-inclusive; rates are shares (0.25 is 25 %). Days are inclusive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from kit.money import ZERO


class Mode(StrEnum):
    """How sales at the base rate are charged (R1, R5, R6)."""

    RATE = "rate"
    MARGINAL = "marginal"
    WHOLE = "whole"
    RENT = "rent"


class Guarantee(StrEnum):
    """What the supplier guarantees: deemed sales (R2) or a floor on the commission (R3)."""

    NONE = "none"
    SALES = "sales"
    MARGIN = "margin"


class Excess(StrEnum):
    """What another rate above the guarantee applies to (R4): the part above, or all sales."""

    NONE = "none"
    ABOVE = "above"
    ALL = "all"


class Horizon(StrEnum):
    """Over which time sales and guarantee are compared (R7)."""

    MONTHLY = "monthly"
    CUMULATIVE = "cumulative"
    YEAR_END = "year_end"
    YEAR_END_REFUND = "year_end_refund"


class Partial(StrEnum):
    """How a year shorter than twelve months is compared (R8)."""

    TRUE = "true"
    EXTENDED = "extended"


class Compensation(StrEnum):
    """Who owes whom for a promotion price (R9); the base of the commission decides, so never both."""

    NONE = "none"
    SUPPLIER = "supplier"
    STORE = "store"


@dataclass(frozen=True)
class Tier:
    """From this amount of sales on: a rate, and an amount due once when the tier is entered."""

    lower: Decimal
    rate: Decimal
    fixed: Decimal = ZERO


@dataclass(frozen=True)
class Rate:
    """Another rate for some goods, on some days. Empty sets mean all."""

    key: str
    rate: Decimal
    categories: frozenset[int] = frozenset()
    brands: frozenset[int] = frozenset()
    products: frozenset[int] = frozenset()
    from_on: date | None = None
    until_on: date | None = None
    label: str = ""

    def runs(self, day: date) -> bool:
        return (not self.from_on or self.from_on <= day) and (not self.until_on or day <= self.until_on)

    def fits(self, sold: "Sold") -> bool:
        """Whether these goods, sold on this day, have this rate: everything it names must fit."""
        return (
            self.runs(sold.on)
            and (not self.products or sold.product_id in self.products)
            and (not self.categories or sold.category_id in self.categories)
            and (not self.brands or sold.brand_id in self.brands)
        )


@dataclass(frozen=True)
class Promotion(Rate):
    """A promotion sheet in force: a temporary rate, and who bears the difference of the price (R9).

    Its goods are the products and the categories named; none named means all. `prices` gives per product the regular
    price and the promotion price.
    """

    compensation: Compensation = Compensation.NONE
    supplier_share: Decimal = ZERO
    prices: Mapping[int, tuple[Decimal, Decimal]] = field(default_factory=dict)

    def fits(self, sold: "Sold") -> bool:
        named = bool(self.products or self.categories)
        is_named = sold.product_id in self.products or sold.category_id in self.categories
        return self.runs(sold.on) and (not named or is_named)


@dataclass(frozen=True)
class Terms:
    """The terms of one version of a contract, in force from a day to a day."""

    key: str
    from_on: date
    until_on: date | None
    base_rate: Decimal
    mode: Mode = Mode.RATE
    tiers: tuple[Tier, ...] = ()
    rent: Decimal = ZERO
    breakpoint: Decimal | None = None
    guarantee: Guarantee = Guarantee.NONE
    guaranteed: Decimal = ZERO
    guaranteed_by_month: tuple[tuple[int, Decimal], ...] = ()
    cap: Decimal | None = None
    promotion_share: Decimal = Decimal(1)
    excess: Excess = Excess.NONE
    excess_rate: Decimal = ZERO
    horizon: Horizon = Horizon.MONTHLY
    year_month: int = 1
    partial: Partial = Partial.TRUE
    carries_credit: bool = False
    rates: tuple[Rate, ...] = ()

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)

    def guaranteed_in(self, month: int) -> Decimal:
        """The guarantee of a calendar month: its own, or the general one."""
        return dict(self.guaranteed_by_month).get(month, self.guaranteed)


@dataclass(frozen=True, slots=True)
class Sold:
    """What one counter sold of one kind of goods on one day, net of returns of that day.

    `product_id` is only told apart where a rate or a promotion names products.
    """

    counter_id: int
    on: date
    amount: Decimal
    category_id: int | None = None
    brand_id: int | None = None
    product_id: int | None = None
    quantity: Decimal = ZERO
