"""Contracts as the settlement understands them: terms, promotions, goods told apart; and back from JSON when frozen."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Prefetch

from stores.models import Brand, Category
from suppliers.models import Contract, ContractCounter, ContractVersion, PromotionSheet, RateRule
from suppliers.settling.terms import (
    Compensation,
    Excess,
    Guarantee,
    Horizon,
    Mode,
    Partial,
    Promotion,
    Rate,
    Terms,
    Tier,
)


@dataclass(frozen=True)
class Agreed:
    """One contract, ready to be settled."""

    contract: Contract
    versions: tuple[Terms, ...]
    promotions: tuple[Promotion, ...]
    counters: dict[int, tuple[date, date]]
    latest: ContractVersion

    def has(self, counter_id: int, day: date) -> bool:
        """Whether the counter belongs to the contract on that day."""
        first, last = self.counters[counter_id]
        return first <= day <= last

    @property
    def items(self) -> list[tuple[int, int]]:
        """Pairs of counter and product that some rate names."""
        named = {product for promotion in self.promotions for product in promotion.products}
        named |= {product for terms in self.versions for rate in terms.rates for product in rate.products}
        return [(counter, product) for counter in self.counters for product in named]


class Dictionary:
    """Names of brands and categories, and the branches of the tree of categories; read when first asked, once."""

    @cached_property
    def categories(self) -> dict[int, Category]:
        return Category.objects.in_bulk()

    @cached_property
    def children(self) -> dict[int | None, list[int]]:
        found: dict[int | None, list[int]] = defaultdict(list)
        for row in self.categories.values():
            found[row.parent_id].append(row.pk)
        return found

    @cached_property
    def brands(self) -> dict[int, Brand]:
        return Brand.objects.in_bulk()

    def branch(self, category_id: int) -> frozenset[int]:
        """A category and everything below it."""
        found, waiting = set(), [category_id]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += self.children[one]
        return frozenset(found)


def terms_of(version: ContractVersion, dictionary: Dictionary) -> Terms:
    """One version of a contract as the settlement understands it."""
    return Terms(
        key=str(version.pk),
        from_on=version.effective_on,
        until_on=version.until_on,
        base_rate=version.base_rate,
        mode=Mode(version.mode),
        tiers=tuple(Tier(row.lower, row.rate, row.fixed) for row in version.tiers.all()),
        rent=version.rent,
        breakpoint=version.breakpoint,
        guarantee=Guarantee(version.guarantee),
        guaranteed=version.guaranteed,
        guaranteed_by_month=tuple((row.month, row.guaranteed) for row in version.months.all()),
        cap=version.cap,
        promotion_share=version.promotion_share,
        excess=Excess(version.excess),
        excess_rate=version.excess_rate,
        horizon=Horizon(version.horizon),
        year_month=version.year_month,
        partial=Partial(version.partial),
        carries_credit=version.carries_credit,
        rates=tuple(_rate(rule, dictionary) for rule in version.rates.all()),
    )


def _rate(rule: RateRule, dictionary: Dictionary) -> Rate:
    names = [dictionary.categories[rule.category_id].name] if rule.category_id else []
    names += [dictionary.brands[rule.brand_id].name] if rule.brand_id else []
    return Rate(
        key=f"r{rule.pk}",
        rate=rule.rate,
        categories=dictionary.branch(rule.category_id) if rule.category_id else frozenset(),
        brands=frozenset([rule.brand_id]) if rule.brand_id else frozenset(),
        products=frozenset(rule.products),
        from_on=rule.from_on,
        until_on=rule.until_on,
        label=" · ".join(names),
    )


def promotion_of(sheet: PromotionSheet, dictionary: Dictionary) -> Promotion:
    """A promotion sheet as the settlement understands it."""
    items = list(sheet.items.all())
    categories: set[int] = set()
    for item in items:
        if item.category_id:
            categories |= dictionary.branch(item.category_id)
    return Promotion(
        key=f"p{sheet.pk}",
        rate=sheet.rate,
        products=frozenset(item.product_id for item in items if item.product_id),
        categories=frozenset(categories),
        from_on=sheet.from_on,
        until_on=sheet.until_on,
        label=f"{sheet.number} {sheet.name}",
        compensation=Compensation(sheet.compensation),
        supplier_share=sheet.supplier_share,
        prices={
            item.product_id: (item.price, item.promotion_price)
            for item in items
            if item.product_id and item.price is not None and item.promotion_price is not None
        },
    )


SIGNED = Prefetch(
    "versions",
    ContractVersion.objects.filter(status=ContractVersion.Status.SIGNED)
    .order_by("effective_on", "number")
    .prefetch_related("tiers", "months", "rates"),
    to_attr="signed",
)
IN_FORCE = Prefetch(
    "promotions",
    PromotionSheet.objects.filter(status=PromotionSheet.Status.APPROVED).order_by("pk").prefetch_related("items"),
    to_attr="in_force",
)


def agreed(contract_ids: Iterable[int]) -> dict[int, Agreed]:
    """These contracts with everything a settlement asks; those without signed terms are left out."""
    contracts = Contract.objects.filter(pk__in=list(contract_ids)).select_related("party", "store").order_by("pk")
    places = Prefetch("counters", ContractCounter.objects.filter(is_signed=True), to_attr="places")
    dictionary = Dictionary()
    found = {}
    for contract in contracts.prefetch_related(SIGNED, IN_FORCE, places):
        if not contract.signed:
            continue
        versions = tuple(terms_of(row, dictionary) for row in contract.signed if row.until_on >= row.effective_on)
        promotions = tuple(promotion_of(sheet, dictionary) for sheet in contract.in_force)
        counters = {row.counter_id: (row.from_on, row.until_on) for row in contract.places}
        found[contract.pk] = Agreed(contract, versions, promotions, counters, contract.signed[-1])
    return found


def frozen(versions: Sequence[Terms], promotions: Sequence[Promotion]) -> dict[str, Any]:
    """The terms as they are kept with a confirmed settlement."""
    return {
        "versions": [_plain(vars(terms)) for terms in versions],
        "promotions": [_plain(vars(promotion)) for promotion in promotions],
    }


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case Rate() | Tier():
            return _plain(vars(value))
        case frozenset():
            return sorted(_plain(item) for item in value)
        case tuple() | list():
            return [_plain(item) for item in value]
        case None | bool() | int():
            return value
    return str(value)
