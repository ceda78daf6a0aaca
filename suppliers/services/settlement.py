"""Calculating settlements: the counted totals of all contracts in one pass, each contract by the pure settlement."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.copy import copy_rows
from kit.money import ZERO
from sales.selectors.counted import CountedTotal, counted_totals, day_sums
from staff.audit import record
from staff.models import User
from stores.models import Chain
from suppliers.exceptions import WrongState
from suppliers.locks import lock_contracts
from suppliers.models import Contract, FeeCharge, SettledTotal, Settlement, SettlementLine
from suppliers.selectors.extended import sold_of, twelve_months
from suppliers.selectors.funding import funded_shares
from suppliers.selectors.terms import Agreed, agreed, frozen
from suppliers.services.charges import raise_charges
from suppliers.services.deposits import open_top_ups
from suppliers.settling.fees import Deposit, Fee, FeeTax
from suppliers.settling.horizon import Reckoning
from suppliers.settling.spans import Span, add_months, month_end
from suppliers.settling.statement import Account, Share, Statement, settle
from suppliers.settling.sums import Sums
from suppliers.settling.words import plain

LOOK_BACK_SETTING: Final = "settlement_look_back_months"
LOOK_BACK: Final = 3
AT_ONCE: Final = 100
DRAFT = Settlement.State.DRAFT


@dataclass
class Outcome:
    """What a run did: how many it calculated, and which contracts it left alone and why."""

    calculated: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class _Inputs:
    """What the contracts of a run need, read set-wise."""

    agreed: dict[int, Agreed]
    sold: dict[int, list[CountedTotal]]
    previous: dict[int, Settlement]
    charges: dict[int, list[FeeCharge]]
    deposits: dict[int, Deposit]
    shares: dict[int, tuple[Share, ...]]
    extended: dict[int, dict[tuple[str, str], Sums]]


def settleable(first: date, last: date) -> Any:
    """Signed contracts with something to settle in these days, or that ended shortly before."""
    back = _looks_back_to(first)
    states = [Contract.State.ACTIVE, Contract.State.TERMINATED]
    return Contract.objects.filter(state__in=states, starts_on__lte=last, settled_from_on__lte=last, ends_on__gte=back)


def run_month(
    *, month_on: date, actor: User | None, store_ids: Iterable[int], say: Callable[[int, int], None] | None = None
) -> Outcome:
    """Calculate the month's settlements of every contract of these stores; what is confirmed stays as it is.

    A second run calculates the drafts anew.
    """
    first, last = month_on.replace(day=1), month_end(month_on)
    ids = list(settleable(first, last).filter(store__in=list(store_ids)).order_by("pk").values_list("pk", flat=True))
    return calculate(contract_ids=ids, first=first, last=last, actor=actor, say=say)


def recalculate(*, settlement: Settlement, actor: User) -> Outcome:
    """Calculate one draft anew."""
    if settlement.state != DRAFT:
        raise WrongState(_("A confirmed settlement is corrected by adjustments."))
    first, last = settlement.first_on.replace(day=1), month_end(settlement.last_on)
    outcome = calculate(contract_ids=[settlement.contract_id], first=first, last=last, actor=actor)
    if outcome.skipped:
        raise WrongState(outcome.skipped[0][1])
    return outcome


def calculate(
    *,
    contract_ids: Sequence[int],
    first: date,
    last: date,
    actor: User | None,
    say: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Calculate the settlements of these contracts for a month. Reads once for all, writes in pieces."""
    if last > month_end(timezone.localdate()):
        raise WrongState(_("A month that has not begun cannot be settled."))
    outcome = Outcome()
    inputs = _read(list(contract_ids), first, last)
    ids = list(inputs.agreed)
    for start in range(0, len(ids), AT_ONCE):
        _write(ids[start : start + AT_ONCE], inputs, first, last, actor, outcome)
        if say is not None:
            say(min(start + AT_ONCE, len(ids)), len(ids))
    return outcome


def _read(ids: list[int], first: date, last: date) -> _Inputs:
    with transaction.atomic():
        lock_contracts(ids)
        raise_charges(contract_ids=ids, until=last)
    found = agreed(ids)
    owners: dict[int, list[Agreed]] = defaultdict(list)
    for one in found.values():
        for counter in one.counters:
            owners[counter].append(one)
    items = sorted({pair for one in found.values() for pair in one.items})
    totals = counted_totals(owners, first, last, items) if owners else []
    totals += _late_totals(found, owners, items, first)
    sold: dict[int, list[CountedTotal]] = defaultdict(list)
    for total in totals:
        for one in owners[total.counter_id]:
            if one.has(total.counter_id, total.sold_on) and total.sold_on >= one.contract.settled_from_on:
                sold[one.contract.pk].append(total)
    charges: dict[int, list[FeeCharge]] = defaultdict(list)
    for charge in (
        FeeCharge.objects.filter(contract__in=ids, state=FeeCharge.State.OPEN, invoiced_on__lte=last)
        .select_related("fee_type")
        .order_by("invoiced_on", "pk")
    ):
        charges[charge.contract_id].append(charge)
    deposits = open_top_ups((pk, one.latest.deposit_required) for pk, one in found.items())
    shares = funded_shares(found, _looks_back_to(first), first, last)
    extended = twelve_months(found, first, last)
    return _Inputs(found, sold, _previous(ids, first), charges, deposits, shares, extended)


def _looks_back_to(first: date) -> date:
    """The first day whose figures are compared with what was settled."""
    return add_months(first, -int(Chain.get().setting(LOOK_BACK_SETTING, LOOK_BACK)))


def _previous(ids: list[int], first: date) -> dict[int, Settlement]:
    """The settlement before, per contract."""
    rows = Settlement.objects.filter(contract__in=ids, first_on__lt=first).order_by("contract_id", "-first_on")
    return {row.contract_id: row for row in rows.distinct("contract_id")}


def _late_totals(
    found: dict[int, Agreed], owners: dict[int, list[Agreed]], items: list[tuple[int, int]], first: date
) -> list[CountedTotal]:
    """What was sold before the month and no settlement has counted: days whose figures differ from what was settled.

    Differences are found in the figures every posting keeps; only their days are read line by line.
    """
    if not found:
        return []
    since = max(_looks_back_to(first), min(one.contract.settled_from_on for one in found.values()))
    if since >= first:
        return []
    yesterday = date.fromordinal(first.toordinal() - 1)
    settled: dict[tuple[int, date], Decimal] = defaultdict(lambda: ZERO)
    groups: dict[tuple, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    rows = SettledTotal.objects.filter(counter_id__in=list(owners), sold_on__range=(since, yesterday))
    columns = ("counter_id", "sold_on", "category_id", "brand_id", "product_id", "amount", "quantity")
    for counter, day, category, brand, product, amount, quantity in rows.exclude(
        settlement__first_on__gte=first
    ).values_list(*columns):
        settled[counter, day] += amount
        kept = groups[counter, day, category, brand, product]
        kept[0] += amount
        kept[1] += quantity
    sums = day_sums(owners, since, yesterday)
    changed = {key for key in {*sums, *settled} if sums.get(key, ZERO) != settled.get(key, ZERO)}
    changed = {
        (counter, day)
        for counter, day in changed
        if any(one.has(counter, day) and day >= one.contract.settled_from_on for one in owners[counter])
    }
    if not changed:
        return []
    days = [day for _counter, day in changed]
    now = counted_totals({counter for counter, _day in changed}, min(days), max(days), items)
    for total in now:
        if (total.counter_id, total.sold_on) in changed:
            kept = groups[total[:5]]
            groups[total[:5]] = [total.amount - kept[0], total.quantity - kept[1]]
    seen = {total[:5] for total in now}
    late = []
    for key, (amount, quantity) in groups.items():
        if key[:2] in changed:
            sign = 1 if key in seen else -1
            if amount or quantity:
                late.append(CountedTotal(*key, sign * amount, sign * quantity))
    return late


@transaction.atomic
def _write(ids: list[int], inputs: _Inputs, first: date, last: date, actor: User | None, outcome: Outcome) -> None:
    lock_contracts(ids)
    standing = {
        row.contract_id: row for row in Settlement.objects.filter(contract__in=ids, first_on__range=(first, last))
    }
    results: list[tuple[Settlement, Statement, list[CountedTotal]]] = []
    for pk in ids:
        one = inputs.agreed[pk]
        settlement = standing.get(pk)
        if reason := _obstacle(one, settlement, inputs.previous.get(pk)):
            outcome.skipped.append((one.contract.number, reason))
            continue
        begin, end = max(first, one.contract.settled_from_on, one.contract.starts_on), last
        if one.contract.last_on < last:
            end = max(begin, one.contract.last_on)
        statement = settle(_account(one, inputs), begin, end, [sold_of(total) for total in inputs.sold[pk]])
        if not statement.lines and not inputs.sold[pk] and one.contract.last_on < first:
            continue
        settlement = settlement or Settlement(contract=one.contract, first_on=begin, last_on=end)
        _fill(settlement, one, statement)
        results.append((settlement, statement, inputs.sold[pk]))
    _save(results, actor)
    outcome.calculated += len(results)


def _obstacle(one: Agreed, settlement: Settlement | None, previous: Settlement | None) -> str:
    if settlement is not None and settlement.state != DRAFT:
        return _("%(number)s is confirmed already.") % {"number": settlement.number}
    if previous is not None and previous.state == DRAFT:
        return _("%(number)s, the settlement before, is not confirmed yet.") % {"number": previous.number}
    return ""


def _account(one: Agreed, inputs: _Inputs) -> Account:
    pk, latest = one.contract.pk, one.latest
    previous = inputs.previous.get(pk)
    carried = ZERO
    if previous is not None and previous.after.get("carries_negative"):
        carried = min(ZERO, previous.payable)
    return Account(
        versions=one.versions,
        promotions=one.promotions,
        fees=tuple(_fee(charge) for charge in inputs.charges[pk]),
        deposit=inputs.deposits[pk],
        carried=carried,
        shares=inputs.shares.get(pk, ()),
        vat_rate=latest.vat_rate,
        carries_negative=latest.carries_negative,
        reckonings=_reckonings(previous),
        extended=inputs.extended.get(pk, {}),
    )


def _fee(charge: FeeCharge) -> Fee:
    kind = charge.fee_type
    return Fee(
        key=str(charge.pk),
        label=f"{kind.name}:{charge.reason}" if charge.reason else kind.name,
        amount=charge.amount,
        invoiced_on=charge.invoiced_on,
        tax=FeeTax(kind.tax),
        tax_rate=kind.vat_rate,
        period=(charge.period_first, charge.period_last) if charge.term_id else None,
    )


def _reckonings(previous: Settlement | None) -> dict[tuple[str, str], Reckoning]:
    if previous is None:
        return {}
    found = {}
    for row in previous.after.get("reckonings", []):
        sums = Sums(
            Decimal(row["base"]),
            {key: Decimal(amount) for key, amount in row["rates"].items()},
            {key: Decimal(amount) for key, amount in row["promotions"].items()},
        )
        span = Span(tuple((year, month, Fraction(part)) for year, month, part in row["months"]))
        found[row["version"], row["year"]] = Reckoning(sums, span, Decimal(row["billed"]))
    return found


def _after(statement: Statement) -> dict[str, Any]:
    rows = [
        {
            "version": version,
            "year": year,
            "base": one.sums.base,
            "rates": one.sums.rates,
            "promotions": one.sums.promotions,
            "months": one.span.months,
            "billed": one.billed,
        }
        for (version, year), one in statement.reckonings.items()
    ]
    return {"reckonings": plain(rows), "carries_negative": statement.carries_negative}


def _fill(settlement: Settlement, one: Agreed, statement: Statement) -> None:
    settlement.store, settlement.party = one.contract.store, one.contract.party
    settlement.last_on = statement.last
    for name in ("sales", "commission", "share", "compensation", "shared", "fees", "top_up", "carried", "payable"):
        setattr(settlement, name, getattr(statement, name))
    settlement.adjusted = statement.adjusted
    settlement.vat_rate = statement.vat_rate
    settlement.net_amount, settlement.vat_amount = statement.vat
    settlement.uncovered = statement.uncovered
    settlement.terms = frozen(one.versions, one.promotions)
    settlement.after = _after(statement)
    settlement.calculated_at = timezone.now()


COLUMNS = (
    "sales", "commission", "share", "compensation", "shared", "fees", "top_up", "carried", "payable", "adjusted",
    "vat_rate", "net_amount", "vat_amount", "uncovered", "terms", "after", "calculated_at", "last_on", "party",
)  # fmt: skip
TOTAL_COLUMNS = (
    "settlement_id", "counter_id", "sold_on", "category_id", "brand_id", "product_id", "amount", "quantity",
)  # fmt: skip


def _save(results: list[tuple[Settlement, Statement, list[CountedTotal]]], actor: User | None) -> None:
    if not results:
        return
    fresh = [row for row, _statement, _totals in results if row.pk is None]
    known = [row for row, _statement, _totals in results if row.pk is not None]
    for row, number in zip(fresh, _numbers(len(fresh)), strict=True):
        row.number = f"JS{row.first_on:%Y%m}-{number:05d}"
    SettlementLine.objects.filter(settlement__in=known).delete()
    SettledTotal.objects.filter(settlement__in=known).delete()
    Settlement.objects.bulk_update(known, COLUMNS, batch_size=100)
    Settlement.objects.bulk_create(fresh)
    lines, totals = [], []
    for settlement, statement, counted in results:
        for position, line in enumerate(statement.lines, 1):
            lines.append(
                SettlementLine(
                    settlement=settlement,
                    position=position,
                    section=line.section,
                    rule=line.rule,
                    inputs=plain(line.inputs),
                    amount=line.amount,
                )
            )
        totals += [(settlement.pk, *total) for total in counted]
    SettlementLine.objects.bulk_create(lines, batch_size=1000)
    if totals:
        copy_rows("suppliers_settledtotal", TOTAL_COLUMNS, totals)
    if len(results) == 1:
        settlement = results[0][0]
        record(
            actor, "suppliers.settlement_calculated", settlement, store=settlement.store_id, payable=settlement.payable
        )


def _numbers(count: int) -> list[int]:
    """As many settlement numbers, from the sequence."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('suppliers_settlement_no') FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]
