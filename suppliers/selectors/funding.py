"""What a contract's brands owe for points and coupons given at their cost, store by store.

A day's amount goes to the contract that has a counter of the brand in the store on that day; of several the oldest.
Every line keeps its months: the next settlement takes what changed since in the months it looks back on, and nothing
twice. What was charged for a brand that no counter of the contract carries any more stays.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from kit.money import ZERO, to_fen
from loyalty.selectors.funding import funded_coupons, funded_points, points_per_yuan
from stores.models import Brand, Counter
from suppliers.models import Contract, ContractCounter, SettlementLine
from suppliers.selectors.terms import Agreed
from suppliers.settling.spans import month_end
from suppliers.settling.statement import Share

POINTS: Final = "points"
COUPONS: Final = "coupons"


class _Key(NamedTuple):
    """What is added up: points or coupons of a brand in a month, for one contract."""

    contract_id: int
    rule: str
    brand_id: int
    month_on: date


@dataclass
class _Counted:
    """Points, or coupons, and the yuan they come to."""

    units: int = 0
    amount: Decimal = ZERO


def funded_shares(found: dict[int, Agreed], since: date, first: date, last: date) -> dict[int, tuple[Share, ...]]:
    """The shares of these contracts in the month from first to last, with what changed since a day."""
    counters = {pk for one in found.values() for pk in one.counters}
    branded = Counter.objects.filter(pk__in=counters, brand__isnull=False).values_list("store_id", "brand_id")
    places = set(branded.distinct().order_by())
    if not places:
        return {}
    since = since.replace(day=1)
    now = _counted(found, places, since, last)
    before = _settled(found, since, first)
    deltas: dict[tuple[int, str, int], dict[date, _Counted]] = defaultdict(dict)
    for key in sorted({*now, *before}):
        if (found[key.contract_id].contract.store_id, key.brand_id) not in places:
            continue
        one, old = now.get(key, _Counted()), before.get(key, _Counted())
        change = _Counted(one.units - old.units, one.amount - old.amount)
        if change.amount:
            deltas[key[:3]][key.month_on] = change
    labels = Brand.objects.in_bulk({brand for _contract, _rule, brand in deltas}) if deltas else {}
    shares: dict[int, list[Share]] = defaultdict(list)
    for (contract, rule, brand), months in deltas.items():
        shares[contract].append(_share(rule, labels[brand], months))
    return {contract: tuple(rows) for contract, rows in shares.items()}


def _share(rule: str, brand: Brand, months: dict[date, _Counted]) -> Share:
    told = [(month, one.units, one.amount) for month, one in sorted(months.items())]
    amount = sum((one.amount for one in months.values()), ZERO)
    return Share(rule, amount, {"brand": brand.pk, "label": brand.name, "months": told})


def _counted(
    found: dict[int, Agreed], places: Collection[tuple[int, int]], since: date, last: date
) -> dict[_Key, _Counted]:
    stores, brands = {store for store, _brand in places}, {brand for _store, brand in places}
    points = funded_points(since, last, stores=stores, brands=brands)
    coupons = funded_coupons(since, last, stores=stores, brands=brands)
    if not points and not coupons:
        return {}
    owners = _owners(stores, brands, since)
    sums: dict[_Key, _Counted] = defaultdict(_Counted)
    for day in points:
        if owner := _owner(owners, found, day.store_id, day.brand_id, day.on):
            sums[_Key(owner, POINTS, day.brand_id, day.on.replace(day=1))].units += day.points
    worth = points_per_yuan({month_end(key.month_on) for key in sums})
    for key, one in sums.items():
        one.amount = to_fen(Decimal(one.units) / worth[month_end(key.month_on)])
    for taken in coupons:
        if owner := _owner(owners, found, taken.store_id, taken.brand_id, taken.on):
            one = sums[_Key(owner, COUPONS, taken.brand_id, taken.on.replace(day=1))]
            one.units += taken.count
            one.amount += taken.amount
    return sums


def _owners(
    stores: Collection[int], brands: Collection[int], since: date
) -> dict[tuple[int, int], list[tuple[int, date, date]]]:
    """Signed contracts that have a counter of a brand in a store, the oldest first, with the days they have it."""
    rows = ContractCounter.objects.filter(
        is_signed=True, until_on__gte=since, counter__store__in=stores, counter__brand__in=brands
    )
    states = [Contract.State.ACTIVE, Contract.State.TERMINATED]
    owners: dict[tuple[int, int], list[tuple[int, date, date]]] = defaultdict(list)
    for store, brand, contract, begins, settled_from, until in (
        rows.filter(contract__state__in=states)
        .order_by("contract_id", "from_on")
        .values_list("counter__store", "counter__brand", "contract", "from_on", "contract__settled_from_on", "until_on")
    ):
        owners[store, brand].append((contract, max(begins, settled_from), until))
    return owners


def _owner(
    owners: dict[tuple[int, int], list[tuple[int, date, date]]],
    found: dict[int, Agreed],
    store: int,
    brand: int,
    day: date,
) -> int | None:
    """The contract a day's amount belongs to; None where nobody's, or not of these contracts."""
    holders = (contract for contract, begins, until in owners[store, brand] if begins <= day <= until)
    owner = next(holders, None)
    return owner if owner in found else None


def _settled(found: dict[int, Agreed], since: date, first: date) -> dict[_Key, _Counted]:
    """What earlier settlements have charged already, by month, from the lines they keep."""
    lines = SettlementLine.objects.filter(
        section=SettlementLine.Section.SHARED,
        settlement__contract__in=list(found),
        settlement__first_on__gte=since,
        settlement__first_on__lt=first,
    )
    sums: dict[_Key, _Counted] = defaultdict(_Counted)
    for contract, rule, inputs in lines.values_list("settlement__contract", "rule", "inputs"):
        for month, units, amount in inputs["months"]:
            month_on = date.fromisoformat(month)
            if month_on >= since:
                kept = sums[_Key(contract, rule.removeprefix("shared."), inputs["brand"], month_on)]
                kept.units += units
                kept.amount += Decimal(amount)
    return sums
