"""How many points a receipt line earns, and why.

Order of stacking: exclusions; base rate (a rule naming the store, else the programme's); the star's multiplier and,
in each group, the best rule that fits, multiplied together; the cap; one floor per line at the end.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal

from django.db import connection

from kit.money import ZERO, share, to_fen
from loyalty.exceptions import NoProgramme
from loyalty.models import EarningRule, Milestone, Programme, Tier, TierScheme
from sales.services.drafts import LineDraft, ReceiptDraft

RATE = Decimal("0.000001")
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Price:
    """What one line earns per yuan: all multipliers in one rate, the cap, the reasons as stored JSON, and the brand that
    pays for the points."""

    rate: Decimal
    cap: int | None
    why: str
    funded_by: int | None = None

    def points(self, amount: Decimal) -> int:
        """``min(cap, floor(amount × rate))``."""
        points = int((amount * self.rate).to_integral_value(rounding=ROUND_FLOOR))
        return points if self.cap is None else min(points, self.cap)


def points_for(amount: Decimal, rate: Decimal, cap: int | None) -> int:
    """Points a retained amount earns at a stored rate: ``min(cap, floor(amount × rate))``."""
    return Price(rate, cap, "").points(amount)


def retained_amount(amount: Decimal, quantity: Decimal, retained: Decimal) -> Decimal:
    """``amount × retained quantity / quantity``, half up to the fen: what a line is worth after returns."""
    return ZERO if retained == 0 else share(amount, retained, quantity)


class RuleBook:
    """All versions of programme, earning rules and tiers, read once and asked many times."""

    def __init__(self) -> None:
        self.programmes = list(Programme.objects.order_by("valid_from"))
        self.rules = list(EarningRule.objects.order_by("valid_from", "pk"))
        self.schemes = list(TierScheme.objects.order_by("valid_from").prefetch_related("tiers"))
        self.milestones = list(Milestone.objects.filter(is_active=True))
        self._tiers = {scheme.pk: list(scheme.tiers.all()) for scheme in self.schemes}
        self.looks_at_birthdays = any(rule.birthday_window_days is not None for rule in self.rules)
        self._for_audiences = [rule for rule in self.rules if rule.audience is not None]
        self._flat: dict[tuple[int, int, bool], Price] = {}

    def audiences_at(self, moments: Iterable[datetime]) -> set[int]:
        """The audiences that rules in force at any of these moments ask about; mostly none."""
        return {
            rule.audience
            for rule in self._for_audiences
            for moment in moments
            if rule.valid_from <= moment and (rule.valid_until is None or moment < rule.valid_until)
        }

    def programme_at(self, moment: datetime) -> Programme:
        """The programme version in force at a moment."""
        for programme in reversed(self.programmes):
            if programme.valid_from <= moment:
                return programme
        raise NoProgramme

    def scheme_at(self, moment: datetime) -> TierScheme:
        """The tier scheme in force at a moment; the first one before any was."""
        if not self.schemes:
            raise NoProgramme
        for scheme in reversed(self.schemes):
            if scheme.valid_from <= moment:
                return scheme
        return self.schemes[0]

    def tier(self, scheme: TierScheme, rank: int):
        """The tier of a scheme with this rank, or the highest below it."""
        return max((t for t in self._tiers[scheme.pk] if t.rank <= rank), key=lambda t: t.rank)

    def tiers(self, scheme: TierScheme) -> list[Tier]:
        """The tiers of a scheme, lowest first."""
        return self._tiers[scheme.pk]

    def price_receipt(
        self,
        receipt: ReceiptDraft,
        *,
        rank: int,
        birthday_near: int | None = None,
        audiences: frozenset[int] = frozenset(),
    ) -> tuple[Programme, list[tuple[LineDraft, Decimal, Price]]]:
        """The programme and, for each line, the amount that earns and its price.

        ``birthday_near`` is the distance in days to the member's nearest birthday, where known; ``audiences`` are
        those the member belongs to (`loyalty.services.audiences`).
        """
        programme = self.programme_at(receipt.sold_at)
        candidates = [
            rule
            for rule in self.rules
            if (rule.audience is None or rule.audience in audiences)
            and self._fits_receipt(rule, receipt, rank, birthday_near)
        ]
        earning_share = self._share_that_earns(receipt, candidates)
        candidates = [rule for rule in candidates if not rule.tenders]
        multiplier = self.tier(self.scheme_at(receipt.sold_at), rank).points_multiplier
        priced = []
        for line in receipt.lines:
            amount = line.net_amount
            if earning_share is not None:
                amount = to_fen(amount * earning_share)
            priced.append((line, amount, self._price(programme, candidates, line, rank, multiplier)))
        return programme, priced

    def _price(
        self, programme: Programme, rules: Sequence[EarningRule], line: LineDraft, rank: int, multiplier: Decimal
    ) -> Price:
        if line.is_service:
            return Price(NOTHING, None, '{"excluded": "service"}')
        fitting = [rule for rule in rules if _fits_line(rule, line)] if rules else ()
        if not fitting:
            key = (programme.pk, rank, multiplier)
            if key not in self._flat:
                self._flat[key] = _price(programme, (), multiplier, rank)
            return self._flat[key]
        return _price(programme, fitting, multiplier, rank)

    def _fits_receipt(self, rule: EarningRule, receipt: ReceiptDraft, rank: int, birthday_near: int | None) -> bool:
        return (
            rule.valid_from <= receipt.sold_at
            and (rule.valid_until is None or receipt.sold_at < rule.valid_until)
            and (not rule.stores or receipt.store_id in rule.stores)
            and (not rule.tiers or rank in rule.tiers)
            and (not rule.weekdays or receipt.sold_on.isoweekday() in rule.weekdays)
            and (rule.minimum_spend is None or receipt.net_amount >= rule.minimum_spend)
            and (
                rule.birthday_window_days is None
                or (birthday_near is not None and birthday_near <= rule.birthday_window_days)
            )
        )

    def _share_that_earns(self, receipt: ReceiptDraft, rules: Sequence[EarningRule]) -> Decimal | None:
        """The share of the receipt not paid by an excluded tender; None when all of it earns."""
        excluded = {tender for rule in rules if rule.kind == EarningRule.Kind.EXCLUDE for tender in rule.tenders}
        paid = sum((payment.amount for payment in receipt.payments), ZERO)
        without = sum((p.amount for p in receipt.payments if p.tender in excluded), ZERO)
        if not without or not paid:
            return None
        return max(paid - without, ZERO) / paid


_in_memory: tuple[object, RuleBook] | None = None


def current_rules() -> RuleBook:
    """The rule book, kept in memory as long as the stamp of the rules stays the same (one small query)."""
    global _in_memory
    with connection.cursor() as cursor:
        cursor.execute("SELECT stamp FROM loyalty_rulestamp")
        row = cursor.fetchone()
    if row is None:
        return RuleBook()
    if _in_memory is None or _in_memory[0] != row[0]:
        _in_memory = (row[0], RuleBook())
    return _in_memory[1]


def _fits_line(rule: EarningRule, line: LineDraft) -> bool:
    return (
        (not rule.brands or line.brand_id in rule.brands)
        and (not rule.counters or line.counter_id in rule.counters)
        and (not rule.categories or line.category_id in rule.categories)
        and (not rule.products or line.product_id in rule.products)
        and (not rule.discounted_only or line.discount_amount > 0)
    )


def _price(programme: Programme, rules: Sequence[EarningRule], multiplier: Decimal, rank: int) -> Price:
    excluding = next((rule for rule in rules if rule.kind == EarningRule.Kind.EXCLUDE), None)
    if excluding:
        return Price(NOTHING, None, json.dumps({"excluded": "rule", "rule": excluding.pk}))
    base = max(
        (rule for rule in rules if rule.kind == EarningRule.Kind.BASE),
        key=lambda rule: (bool(rule.stores), rule.valid_from, rule.pk),
        default=None,
    )
    rate = base.value if base else programme.points_per_yuan
    why: dict = {"base": str(rate.normalize() if rate else 0)}
    if base:
        why["base_rule"] = base.pk
    if multiplier != 1:
        why["tier"] = {"rank": rank, "times": f"{multiplier.normalize():f}"}
        rate *= multiplier
    groups: dict[str, list[EarningRule]] = defaultdict(list)
    for rule in rules:
        if rule.kind == EarningRule.Kind.MULTIPLY:
            groups[rule.group].append(rule)
    caps, funded = [], []
    for group in sorted(groups):
        best = max(groups[group], key=lambda rule: (rule.value, rule.pk))
        rate *= best.value
        why.setdefault("rules", []).append([best.pk, f"{best.value.normalize():f}"])
        if best.cap_per_line is not None:
            caps.append(best.cap_per_line)
        if best.funded_by_id is not None:
            funded.append(best)
    payer = max(funded, key=lambda rule: (rule.value, rule.pk), default=None)
    cap = min(caps) if caps else None
    if cap is not None:
        why["cap"] = cap
    if payer:
        why["funded_by"] = payer.funded_by_id
    rate = rate.quantize(RATE, rounding=ROUND_FLOOR)
    return Price(rate, cap, json.dumps(why), payer.funded_by_id if payer else None)


def expiry_of(programme: Programme, active_on: date) -> date | None:
    """The day from which points that became available on a day are no longer valid (exclusive end)."""
    match programme.expiry:
        case Programme.Expiry.NEVER:
            return None
        case Programme.Expiry.END_OF_NEXT_YEAR:
            return date(active_on.year + 2, 1, 1)
        case Programme.Expiry.END_OF_MONTH:
            return add_months(active_on.replace(day=1), programme.expiry_months + 1)
        case _:
            return add_months(active_on, programme.expiry_months)


def add_months(day: date, months: int) -> date:
    """The same day some months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - date(year, month + 1, 1)).days
    return date(year, month + 1, min(day.day, last))
