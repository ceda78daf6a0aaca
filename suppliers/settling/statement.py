"""One settlement, from counted totals and terms: the order of calculation of docs/settlement.md, every line with its reason.

period split at effective dates → rate per line → sums per rate group → tiers → guarantee → true-up of the horizon
→ promotion compensation → fees by invoice date → deposit top-up → carried balance → VAT → payable
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from kit.money import ZERO, to_fen
from suppliers.settling.charges import Charge, charges_of, total
from suppliers.settling.fees import Deposit, Fee, FeeTax, without_tax
from suppliers.settling.horizon import Reckoning, Segment, due, segments_of
from suppliers.settling.spans import Span
from suppliers.settling.sums import Sums, rate_of, summed
from suppliers.settling.terms import Compensation, Excess, Guarantee, Horizon, Mode, Promotion, Sold, Terms

PAY_WITHIN = timedelta(days=14)


@dataclass(frozen=True)
class Adjustment:
    """A correction by hand: what it changes of the payable amount, and why."""

    amount: Decimal
    reason: str


@dataclass(frozen=True)
class Share:
    """What the supplier bears of points or coupons (`rule`), and what it was counted from."""

    rule: str
    amount: Decimal
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Account:
    """Everything a settlement is made of besides the sales."""

    versions: tuple[Terms, ...]
    promotions: tuple[Promotion, ...] = ()
    fees: tuple[Fee, ...] = ()
    deposit: Deposit = field(default_factory=Deposit)
    carried: Decimal = ZERO
    shares: tuple[Share, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    vat_rate: Decimal = Decimal("0.13")
    carries_negative: bool = False
    reckonings: Mapping[tuple[str, str], Reckoning] = field(default_factory=dict)
    extended: Mapping[tuple[str, str], Sums] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One line of a settlement. `amount` is signed as it changes the payable amount; `inputs` explain it."""

    section: str
    rule: str
    amount: Decimal
    inputs: dict[str, Any]


@dataclass(frozen=True)
class Statement:
    """What comes out: the lines, the sums, and what the next settlement must know."""

    first: date
    last: date
    sales: Decimal
    commission: Decimal
    compensation: Decimal
    shared: Decimal
    fees: Decimal
    top_up: Decimal
    carried: Decimal
    adjusted: Decimal
    vat_rate: Decimal
    lines: tuple[Line, ...]
    reckonings: dict[tuple[str, str], Reckoning]
    uncovered: Decimal
    carries_negative: bool

    @property
    def share(self) -> Decimal:
        """What the supplier invoices: sales less commission."""
        return self.sales - self.commission

    @property
    def vat(self) -> tuple[Decimal, Decimal]:
        return without_tax(self.share, self.vat_rate)

    @property
    def payable(self) -> Decimal:
        owed = self.fees + self.compensation + self.shared + self.top_up
        return self.share - owed + self.carried + self.adjusted

    @property
    def carries_on(self) -> Decimal:
        """A negative balance that goes to the next settlement, where the contract says so (R13)."""
        return min(ZERO, self.payable) if self.carries_negative else ZERO


def settle(account: Account, first: date, last: date, sold: Sequence[Sold]) -> Statement:
    """The settlement of the days from first to last. `sold` may hold late totals of earlier days."""
    lines: list[Line] = []
    reckonings = dict(account.reckonings)
    segments = segments_of(account.versions, first, last)
    shares, earlier, uncovered = _distributed(account.versions, segments, sold)
    commission = ZERO
    for number, segment in enumerate(segments):
        mine = shares.get(number, [])
        sums = summed(segment.terms, account.promotions, mine)
        before = reckonings.get(segment.key, Reckoning())
        charges = due(segment, account.promotions, sums, before, account.extended.get(segment.key))
        span = Span.of(segment.first, segment.last)
        if segment.terms.horizon != Horizon.MONTHLY:
            reckonings[segment.key] = Reckoning(before.sums + sums, before.span + span, before.billed + total(charges))
        days = {"first": segment.first, "last": segment.last, "version": segment.terms.key}
        lines += _lines(charges, days, _late(mine, first))
        commission += total(charges)
    for terms, late in earlier:
        charges = charges_of(_bare(terms), account.promotions, summed(terms, account.promotions, late), Span())
        days = {"first": min(one.on for one in late), "last": max(one.on for one in late), "version": terms.key}
        lines += _lines(charges, days, _late(late, first))
        commission += total(charges)
    compensation = _compensations(account, sold)
    fees = _fees(account.fees, first, last)
    closing = _closing(account)
    lines += compensation + _shares(account.shares) + fees + closing
    return Statement(
        first=first,
        last=last,
        sales=sum((one.amount for one in sold), ZERO) - uncovered,
        commission=commission,
        compensation=-_amount(compensation),
        shared=sum((one.amount for one in account.shares), ZERO),
        fees=-_amount(fees),
        top_up=account.deposit.top_up_due,
        carried=account.carried,
        adjusted=sum((one.amount for one in account.adjustments), ZERO),
        vat_rate=account.vat_rate,
        lines=tuple(lines),
        reckonings=reckonings,
        uncovered=uncovered,
        carries_negative=account.carries_negative,
    )


def _distributed(
    versions: Sequence[Terms], segments: Sequence[Segment], sold: Sequence[Sold]
) -> tuple[dict[int, list[Sold]], list[tuple[Terms, list[Sold]]], Decimal]:
    """Totals by segment; late ones join the segment of the same terms, or stand alone when those have ended.

    Returns also what no version of the contract covers.
    """
    shares: dict[int, list[Sold]] = defaultdict(list)
    earlier: dict[str, list[Sold]] = defaultdict(list)
    uncovered = ZERO
    for one in sold:
        terms = next((terms for terms in versions if terms.covers(one.on)), None)
        if terms is None:
            uncovered += one.amount
            continue
        numbers = [number for number, segment in enumerate(segments) if segment.terms is terms]
        inside = [number for number in numbers if segments[number].first <= one.on <= segments[number].last]
        if numbers:
            shares[(inside or numbers)[0]].append(one)
        else:
            earlier[terms.key].append(one)
    return shares, [(terms, earlier[terms.key]) for terms in versions if terms.key in earlier], uncovered


def _bare(terms: Terms) -> Terms:
    """The rates of terms that have ended, for what was sold under them and comes late."""
    return Terms(
        key=terms.key,
        from_on=terms.from_on,
        until_on=terms.until_on,
        base_rate=terms.base_rate,
        mode=Mode.RATE,
        guarantee=Guarantee.NONE,
        excess=Excess.NONE,
        rates=terms.rates,
    )


def _late(sold: Sequence[Sold], first: date) -> list[tuple[str, Decimal]]:
    """What of these totals was sold before the period, by its original day."""
    days: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for one in sold:
        if one.on < first:
            days[one.on] += one.amount
    return [(day.isoformat(), amount) for day, amount in sorted(days.items())]


def _lines(charges: Sequence[Charge], days: dict[str, Any], late: list[tuple[str, Decimal]]) -> list[Line]:
    found = [Line("commission", one.rule, -one.amount, {**one.inputs, **days}) for one in charges]
    if found and late:
        found.append(Line("note", "late", ZERO, {"late": late, **days}))
    return found


def _compensations(account: Account, sold: Sequence[Sold]) -> list[Line]:
    """Promotion compensation: share × (price − promotion price) × quantity, per promotion (R9)."""
    amounts: dict[str, Decimal] = defaultdict(lambda: ZERO)
    pieces: dict[str, Decimal] = defaultdict(lambda: ZERO)
    known = {one.key: one for one in account.promotions}
    for one in sold:
        terms = next((terms for terms in account.versions if terms.covers(one.on)), None)
        found = rate_of(terms, account.promotions, one) if terms else None
        if isinstance(found, Promotion) and one.product_id in found.prices:
            price, promoted = found.prices[one.product_id]
            amounts[found.key] += (price - promoted) * one.quantity
            pieces[found.key] += one.quantity
    lines = []
    for key, amount in amounts.items():
        promotion = known[key]
        owes = promotion.compensation
        if owes == Compensation.NONE:
            continue
        part = promotion.supplier_share if owes == Compensation.SUPPLIER else 1 - promotion.supplier_share
        owed = to_fen(amount * part)
        inputs = {"difference": amount, "part": part, "quantity": pieces[key], "key": key, "label": promotion.label}
        lines.append(
            Line("compensation", f"compensation.{owes}", -owed if owes == Compensation.SUPPLIER else owed, inputs)
        )
    return lines


def _shares(shares: Sequence[Share]) -> list[Line]:
    return [Line("shared", f"shared.{one.rule}", -one.amount, dict(one.inputs)) for one in shares]


def _fees(fees: Sequence[Fee], first: date, last: date) -> list[Line]:
    """Fees whose invoice date falls in the period; earlier ones that are still open come along."""
    lines = []
    for fee in fees:
        if fee.invoiced_on > last:
            continue
        net, tax = without_tax(fee.amount, fee.tax_rate)
        inputs = {
            "key": fee.key,
            "label": fee.label,
            "invoiced_on": fee.invoiced_on,
            "period": list(fee.period) if fee.period else None,
            "net": net,
            "vat": tax,
            "vat_rate": fee.tax_rate,
            "late": fee.invoiced_on < first,
        }
        lines.append(Line("fee", "fee.tied" if fee.tax == FeeTax.TIED else "fee.service", -fee.amount, inputs))
    return lines


def _closing(account: Account) -> list[Line]:
    lines = []
    deposit = account.deposit
    if deposit.top_up_due:
        inputs = {"required": deposit.required, "balance": deposit.balance}
        lines.append(Line("deposit", "deposit.top_up", -deposit.top_up_due, inputs))
    if account.carried:
        lines.append(Line("carried", "carried", account.carried, {"amount": account.carried}))
    lines += [Line("adjustment", "adjustment", one.amount, {"reason": one.reason}) for one in account.adjustments]
    return lines


def _amount(lines: Sequence[Line]) -> Decimal:
    return sum((line.amount for line in lines), ZERO)
