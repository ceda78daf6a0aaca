"""What terms mean in sales: last year under old and new terms, and how this month stands against the guarantee.

Both read the figures every posting keeps, by counter and month; goods count as the counter's own category and brand.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.utils import timezone

from kit.money import ZERO, to_fen
from sales.selectors.counted import month_sums
from stores.models import Counter
from suppliers.models import Contract, ContractCounter, ContractVersion
from suppliers.selectors.terms import Dictionary, terms_of
from suppliers.settling.charges import guaranteed_over
from suppliers.settling.spans import Span, add_months, month_end
from suppliers.settling.statement import Account, settle
from suppliers.settling.terms import Guarantee, Sold, Terms


@dataclass(frozen=True)
class MonthUnderTerms:
    month_on: date
    sales: Decimal
    old: Decimal | None
    new: Decimal


@dataclass(frozen=True)
class Comparison:
    """Last year's sales of a contract's counters under the terms before and the proposed ones."""

    months: list[MonthUnderTerms]
    has_old: bool

    @property
    def sales(self) -> Decimal:
        return sum((one.sales for one in self.months), ZERO)

    @property
    def old(self) -> Decimal | None:
        return sum((one.old for one in self.months), ZERO) if self.has_old else None

    @property
    def new(self) -> Decimal:
        return sum((one.new for one in self.months), ZERO)

    @property
    def difference(self) -> Decimal | None:
        return self.new - self.old if self.has_old else None


def compared(
    version: ContractVersion,
    *,
    today: date | None = None,
    old: ContractVersion | None = None,
    counters: dict[int, Counter] | None = None,
) -> Comparison:
    """The twelve whole months before today, settled under the terms in force now and under this version. What the
    caller has read already, it may give: the terms before, the counters."""
    today = today or timezone.localdate()
    last = date.fromordinal(today.replace(day=1).toordinal() - 1)
    first = add_months(last.replace(day=1), -11)
    counters = counters if counters is not None else _counters(version.contract)
    sold = _sold(counters, first, last)
    dictionary = Dictionary()
    old = old or _version_before(version, list(counters))
    new_months = _by_month(terms_of(version, dictionary), sold, first, last)
    old_months = _by_month(terms_of(old, dictionary), sold, first, last) if old else {}
    months = []
    for number in range(12):
        month = add_months(first, number)
        sales = sum((one.amount for one in sold if one.on == month), ZERO)
        months.append(MonthUnderTerms(month, sales, old_months.get(month), new_months[month]))
    return Comparison(months, old is not None)


def _counters(contract: Contract) -> dict[int, Counter]:
    return {row.counter_id: row.counter for row in contract.counters.select_related("counter")}


def _sold(counters: dict[int, Counter], first: date, last: date) -> list[Sold]:
    return [
        Sold(pk, month, amount, counters[pk].category_id, counters[pk].brand_id)
        for (pk, month), amount in sorted(month_sums(counters, first, last).items())
    ]


def _version_before(version: ContractVersion, counters: Sequence[int]) -> ContractVersion | None:
    """The signed terms before these: of the same contract, else of the contract that has the counters now."""
    signed = ContractVersion.objects.filter(status=ContractVersion.Status.SIGNED).exclude(pk=version.pk)
    same = signed.filter(contract=version.contract_id).order_by("-effective_on").first()
    if same is not None:
        return same
    places = ContractCounter.objects.filter(counter__in=counters, is_signed=True).order_by("-until_on")
    other = places.exclude(contract=version.contract_id).values_list("contract", flat=True).first()
    return signed.filter(contract=other).order_by("-effective_on").first() if other else None


def _by_month(terms: Terms, sold: Sequence[Sold], first: date, last: date) -> dict[date, Decimal]:
    """Commission by month, as if the terms had been in force all the time."""
    rates = tuple(replace(rate, from_on=None, until_on=None) for rate in terms.rates)
    terms = replace(terms, from_on=first, until_on=last, year_month=first.month, rates=rates)
    found, reckonings, month = {}, {}, first
    while month <= last:
        mine = [one for one in sold if one.on == month]
        statement = settle(Account(versions=(terms,), reckonings=reckonings), month, month_end(month), mine)
        reckonings, found[month] = statement.reckonings, statement.commission
        month = add_months(month, 1)
    return found


@dataclass(frozen=True)
class BurnDown:
    """How a month stands against its guarantee, and how many of the last months missed theirs.

    `measured` is in the guarantee's own unit: sales, or commission at the contract's rate.
    """

    kind: str
    month_on: date
    guaranteed: Decimal
    measured: Decimal
    projected: Decimal
    days_gone: int
    days: int
    missed: int
    looked_at: int
    move_after: int
    end_after: int
    target: Decimal | None
    sales: Decimal

    @property
    def projected_shortfall(self) -> Decimal:
        return max(ZERO, self.guaranteed - self.projected)

    @property
    def percent(self) -> int:
        return min(100, int(self.measured * 100 / self.guaranteed)) if self.guaranteed > 0 and self.measured > 0 else 0

    @property
    def elapsed_percent(self) -> int:
        return self.days_gone * 100 // self.days

    @property
    def may_move(self) -> bool:
        return self.missed >= self.move_after

    @property
    def may_end(self) -> bool:
        return self.missed >= self.end_after


def burn_down(
    contract: Contract,
    version: ContractVersion | None,
    today: date | None = None,
    *,
    counters: Iterable[int] | None = None,
    targets: dict[date, Decimal] | None = None,
) -> BurnDown | None:
    """This month against the guarantee, or against the target where nothing is guaranteed; None without either."""
    if version is None:
        return None
    today = today or timezone.localdate()
    terms, month = terms_of(version, Dictionary()), today.replace(day=1)
    if targets is None:
        targets = dict(contract.targets.values_list("month_on", "sales"))
    if terms.guarantee == Guarantee.NONE and month not in targets:
        return None
    since = max(add_months(month, -version.end_after), contract.settled_from_on.replace(day=1))
    if counters is None:
        counters = contract.counters.values_list("counter_id", flat=True)
    sales: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for (_counter, on), amount in month_sums(counters, since, today).items():
        sales[on] += amount
    rate = terms.base_rate if terms.guarantee == Guarantee.MARGIN else Decimal(1)
    days, gone = month_end(month).day, today.day
    measured = to_fen(sales[month] * rate)
    closed = _months(since, month)
    missed = sum(1 for one in closed if sales[one] * rate < _wanted(terms, targets, one))
    return BurnDown(
        kind=terms.guarantee.value,
        month_on=month,
        guaranteed=_wanted(terms, targets, month),
        measured=measured,
        projected=to_fen(measured * days / gone),
        days_gone=gone,
        days=days,
        missed=missed,
        looked_at=len(closed),
        move_after=version.move_after,
        end_after=version.end_after,
        target=targets.get(month),
        sales=sales[month],
    )


def _months(since: date, until: date) -> list[date]:
    found = []
    while since < until:
        found.append(since)
        since = add_months(since, 1)
    return found


def _wanted(terms: Terms, targets: dict[date, Decimal], month: date) -> Decimal:
    """What a month must reach: the guarantee of its days in force, else the target."""
    if terms.guarantee == Guarantee.NONE:
        return targets.get(month, ZERO)
    first, last = max(month, terms.from_on), min(month_end(month), terms.until_on or date.max)
    return guaranteed_over(terms, Span.of(first, last))
