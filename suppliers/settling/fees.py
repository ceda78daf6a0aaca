"""Fees: when they are invoiced (R11), which are banned, deposits (R12), leaving early (R14), VAT (R10)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from kit.money import ZERO, to_fen
from suppliers.settling.spans import DAY, add_months, month_end


class Recurrence(StrEnum):
    ONCE = "once"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class Payment(StrEnum):
    """When a period is invoiced: on its first day, on its last, or on the day after it."""

    BEFORE = "before"
    LAST_DAY = "last_day"
    AFTER = "after"


class FeeTax(StrEnum):
    """How a fee is taxed (R10): tied to sales it reduces input tax, untied it is a service."""

    TIED = "tied"
    SERVICE = "service"


MONTHS = {Recurrence.MONTHLY: 1, Recurrence.QUARTERLY: 3, Recurrence.YEARLY: 12}


@dataclass(frozen=True)
class FeeTerm:
    """A fee that comes by itself from a day on, to a day or for good."""

    key: str
    amount: Decimal
    recurrence: Recurrence
    payment: Payment
    from_on: date
    until_on: date | None = None
    label: str = ""


@dataclass(frozen=True)
class FeePeriod:
    """One period of a fee, trimmed to the term: what is due, and when it is invoiced."""

    first: date
    last: date
    amount: Decimal
    invoiced_on: date


@dataclass(frozen=True)
class Fee:
    """A fee that falls due: one period of a term, or an agreed single one."""

    key: str
    label: str
    amount: Decimal
    invoiced_on: date
    tax: FeeTax = FeeTax.SERVICE
    tax_rate: Decimal = Decimal("0.06")
    period: tuple[date, date] | None = None


def fee_periods(term: FeeTerm, until: date) -> Iterator[FeePeriod]:
    """Every period of a term invoiced up to a day, the first one first.

    Weeks run from the day the term begins; months, quarters and years are those of the calendar. The first and the last
    period are trimmed and paid by their days.
    """
    begin = term.from_on
    while term.until_on is None or begin <= term.until_on:
        first, whole_last = _whole_period(term, begin)
        last = whole_last if term.until_on is None else min(whole_last, term.until_on)
        invoiced_on = {Payment.BEFORE: begin, Payment.LAST_DAY: last, Payment.AFTER: last + DAY}[term.payment]
        if invoiced_on > until:
            return
        yield FeePeriod(begin, last, _part(term.amount, begin, last, first, whole_last), invoiced_on)
        if term.recurrence == Recurrence.ONCE:
            return
        begin = whole_last + DAY


def _whole_period(term: FeeTerm, begin: date) -> tuple[date, date]:
    if term.recurrence == Recurrence.ONCE:
        return begin, begin
    if term.recurrence == Recurrence.WEEKLY:
        return begin, begin + timedelta(days=6)
    months = MONTHS[term.recurrence]
    first = date(begin.year, (begin.month - 1) // months * months + 1, 1)
    return first, add_months(first, months) - DAY


def _part(amount: Decimal, begin: date, last: date, first: date, whole_last: date) -> Decimal:
    days, whole = (last - begin).days + 1, (whole_last - first).days + 1
    return amount if days == whole else to_fen(amount * days / whole)


class Nature(StrEnum):
    """What a fee is for; the regulation on fair trade between retailers and suppliers decides by it (R11)."""

    MANAGEMENT = "management"
    PROMOTION = "promotion"
    ADVERTISING = "advertising"
    DISPLAY = "display"
    UTILITIES = "utilities"
    STAFF = "staff"
    SIGNING = "signing"
    BARCODE = "barcode"
    RENOVATION = "renovation"
    FESTIVAL = "festival"
    CARD_HANDLING = "card_handling"
    COMPENSATION = "compensation"
    UNRELATED = "unrelated"


@dataclass(frozen=True)
class Service:
    """The promotion service a fee pays for, as agreed in the contract."""

    item: str
    content: str
    first: date | None
    last: date | None
    consented: bool

    @property
    def is_complete(self) -> bool:
        return bool(self.item and self.content and self.first and self.last and self.consented)


@dataclass(frozen=True)
class FeeClaim:
    """A fee somebody wants to charge, with what the ban depends on."""

    nature: Nature
    amount: Decimal
    service: Service | None = None
    has_national_barcode: bool = False
    cost: Decimal | None = None
    own_area: bool = False


def banned(claim: FeeClaim) -> str | None:
    """Why this fee may not be charged, as a code; None where it may (Art. 13 as mirrored in contracts)."""
    served = claim.service is not None and claim.service.is_complete
    match claim.nature:
        case Nature.SIGNING:
            return "signing"
        case Nature.CARD_HANDLING:
            return "card_handling"
        case Nature.UNRELATED:
            return "unrelated"
        case Nature.BARCODE if claim.has_national_barcode:
            return "barcode_needless"
        case Nature.BARCODE if claim.cost is None or claim.amount > claim.cost:
            return "barcode_above_cost"
        case Nature.RENOVATION if not claim.own_area:
            return "renovation_elsewhere"
        case Nature.FESTIVAL if not served:
            return "festival_without_service"
        case Nature.PROMOTION if not served:
            return "promotion_without_service"
    return None


def unperformed(amount: Decimal, agreed_days: int, performed_days: int) -> Decimal:
    """What goes back of a promotion fee whose service was performed only in part."""
    return amount - to_fen(amount * performed_days / agreed_days)


@dataclass(frozen=True)
class Deposit:
    """A deposit: what was required, paid, deducted and topped up (R12). It bears no interest."""

    required: Decimal = ZERO
    paid: Decimal = ZERO
    deducted: Decimal = ZERO
    topped_up: Decimal = ZERO

    @property
    def balance(self) -> Decimal:
        return self.paid - self.deducted + self.topped_up

    @property
    def top_up_due(self) -> Decimal:
        return max(ZERO, self.required - self.balance)


def deposit_refund(deposit: Deposit, left_on: date, months: int) -> tuple[Decimal, date]:
    """What goes back and when: so many months after leaving, if nobody claims."""
    return deposit.balance, add_months(left_on, months)


def exit_compensation(monthly: Sequence[Decimal], months: int) -> Decimal:
    """Leaving without consent: so many times the highest monthly turnover (or commission, where agreed; R14)."""
    return to_fen(max(monthly, default=ZERO) * months)


def without_tax(gross: Decimal, rate: Decimal) -> tuple[Decimal, Decimal]:
    """Net and VAT of an amount that includes it."""
    net = to_fen(gross / (1 + rate))
    return net, gross - net


def month_of(day: date) -> tuple[date, date]:
    return day.replace(day=1), month_end(day)
