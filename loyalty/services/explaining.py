"""Why these points, why this star: said from the facts stored with each, in the language of the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from kit.money import format_yuan
from loyalty.models import EarningRule, EarnLine, PointsEntry, PointsTxn, Tier, TierPeriod
from loyalty.services.rules import RuleBook
from loyalty.services.standing import say_amount
from sales.models import Receipt, ReceiptLine

MINE = ("available", "pending", "held", "debt")


@dataclass(frozen=True, slots=True)
class LineReason:
    """What one line earned, step by step."""

    line: ReceiptLine
    earned: EarnLine
    steps: list[str]
    sum_text: str

    @property
    def taken_back(self) -> int:
        return self.earned.points_earned - self.earned.points_now - self.earned.points_forgiven


@dataclass(frozen=True, slots=True)
class ReceiptReason:
    """What a receipt did to its member's points, and why."""

    lines: list[LineReason]
    txns: list[PointsTxn]
    effects: dict[int, dict[str, int]] = field(default_factory=dict)

    @property
    def earned(self) -> int:
        return sum(one.earned.points_earned for one in self.lines)

    @property
    def now(self) -> int:
        return sum(one.earned.points_now for one in self.lines)

    @property
    def net(self) -> int:
        """What the receipt adds to (or takes from) what the member may use, now or later, less what is owed."""
        return sum(sum(legs.values()) for legs in self.effects.values())


def effects_of(txns: Sequence[PointsTxn]) -> dict[int, dict[str, int]]:
    """What each transaction did to the member's buckets, in one query over the days in question."""
    effects: dict[int, dict[str, int]] = {txn.pk: {} for txn in txns}
    days = {timezone.localtime(txn.business_at).date() for txn in txns}
    rows = PointsEntry.objects.filter(txn_id__in=list(effects), business_on__in=days, bucket__in=MINE)
    for txn_id, bucket, amount in rows.values_list("txn_id", "bucket", "amount"):
        effects[txn_id][bucket] = effects[txn_id].get(bucket, 0) + amount
    return effects


def why_points(receipt: Receipt, rules: RuleBook) -> ReceiptReason:
    """Per line: base amount, rate, multipliers by name, cap, what came back since. Four queries."""
    earned = list(EarnLine.objects.filter(sold_on=receipt.sold_on, receipt_id=receipt.pk).order_by("line_no"))
    lines = {
        line.line_no: line
        for line in ReceiptLine.objects.filter(sold_on=receipt.sold_on, receipt_id=receipt.pk).select_related("product")
    }
    named = _rules_named(earned)
    tiers = {tier.rank: tier for scheme in rules.schemes for tier in rules.tiers(scheme)}
    reasons = [
        LineReason(lines[one.line_no], one, _steps(one, named, tiers), _sum_text(one))
        for one in earned
        if one.line_no in lines
    ]
    txns = list(PointsTxn.objects.filter(receipt=receipt).order_by("pk"))
    effects = effects_of(txns) if txns else {}
    for txn in txns:
        txn.effect = sum(effects[txn.pk].values())
    return ReceiptReason(reasons, txns, effects)


def why_star(period: TierPeriod, basis: str) -> str:
    """The evidence of a star in one sentence."""
    amount = say_amount(basis, period.amount) if period.amount is not None else ""
    threshold = say_amount(basis, period.threshold) if period.threshold is not None else ""
    facts = {"amount": amount, "threshold": threshold, "star": period.tier.label}
    match period.why:
        case TierPeriod.Why.REACHED:
            return _("%(amount)s in the window reached the %(threshold)s of %(star)s.") % facts
        case TierPeriod.Why.RENEWED:
            return _("%(amount)s in the window reached the %(threshold)s of %(star)s again.") % facts
        case TierPeriod.Why.KEPT if threshold:
            return _("At the review %(amount)s met the keep-threshold of %(threshold)s.") % facts
        case TierPeriod.Why.KEPT:
            return _("This star is never taken away.")
        case TierPeriod.Why.ONE_DOWN:
            return _("At the review %(amount)s fell short of %(threshold)s: one level down to %(star)s.") % facts
        case TierPeriod.Why.RETURNED:
            return _("After a return %(amount)s no longer reached %(threshold)s: %(star)s.") % facts
        case _:
            who = str(period.decided_by) if period.decided_by_id else ""
            return _("Granted by %(who)s: %(reason)s") % {"who": who, "reason": period.reason}


def _rules_named(earned: Iterable[EarnLine]) -> dict[int, EarningRule]:
    ids: set[int] = set()
    for one in earned:
        why = one.why
        ids |= {pk for pk in (why.get("rule"), why.get("base_rule")) if pk}
        ids |= {pk for pk, _times in why.get("rules", ())}
    return EarningRule.objects.in_bulk(ids) if ids else {}


def _steps(one: EarnLine, named: dict[int, EarningRule], tiers: dict[int, Tier]) -> list[str]:
    why = one.why

    def name(pk: int) -> str:
        return named[pk].label if pk in named else f"#{pk}"

    if why.get("excluded") == "service":
        return [_("A service line earns nothing.")]
    if why.get("excluded"):
        return [_("Earns nothing by the rule “%(rule)s”.") % {"rule": name(why["rule"])}]
    base = Decimal(why.get("base", "0"))
    steps = []
    if why.get("base_rule"):
        steps.append(_("Base rate %(rate)s per ¥1 (%(rule)s)") % {"rate": f"{base:f}", "rule": name(why["base_rule"])})
    else:
        steps.append(_("Base rate %(rate)s per ¥1") % {"rate": f"{base:f}"})
    if tier := why.get("tier"):
        star = tiers[tier["rank"]].label if tier["rank"] in tiers else str(tier["rank"])
        steps.append(_("%(star)s × %(times)s") % {"star": star, "times": tier["times"]})
    steps += [_("%(rule)s × %(times)s") % {"rule": name(pk), "times": times} for pk, times in why.get("rules", ())]
    if one.cap is not None:
        steps.append(_("At most %(cap)s points a line") % {"cap": f"{one.cap:,}"})
    return steps


def _sum_text(one: EarnLine) -> str:
    """¥280.00 × 1.8 = 504"""
    if not one.rate:
        return ""
    return f"{format_yuan(one.base_amount)} × {one.rate.normalize():f} = {one.points_earned:,}"
