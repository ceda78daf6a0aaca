"""The rules in words, for those who plan with them: what is in force at a moment, in the language of the page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kit.money import format_yuan
from loyalty.models import EarningRule, Milestone, Programme, Tier, TierScheme
from loyalty.services.rules import RuleBook
from loyalty.services.standing import say_amount
from sales.models import Payment
from stores.models import Brand, Category, Counter, Product, Store

NAMED = {"stores": Store, "brands": Brand, "counters": Counter, "categories": Category, "products": Product}


@dataclass(frozen=True, slots=True)
class RuleWords:
    """An earning rule, what it does and when it fits."""

    rule: EarningRule
    effect: str
    conditions: list[str]
    last_on: datetime | None


@dataclass(frozen=True, slots=True)
class TierWords:
    """A star and what it asks and brings."""

    tier: Tier
    reach: str
    keep: str
    benefits: list[str]


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """Everything the page of rules says."""

    programme: Programme | None
    points: list[str]
    scheme: TierScheme | None
    stars: list[str]
    tiers: list[TierWords]
    rules: list[RuleWords]
    coming: list[RuleWords]
    milestones: list[Milestone]


def rules_in_words(book: RuleBook, at: datetime) -> RulesInForce:
    """What is in force at a moment, and rules that begin later."""
    programme = next((one for one in reversed(book.programmes) if one.valid_from <= at), None)
    scheme = book.scheme_at(at) if book.schemes else None
    names = _names(book.rules)
    tiers = {tier.rank: tier.label for tier in book.tiers(scheme)} if scheme else {}
    alive = [rule for rule in book.rules if rule.valid_until is None or rule.valid_until > at]
    order = list(EarningRule.Kind.values)
    alive.sort(key=lambda rule: (order.index(rule.kind), rule.group, rule.valid_from, rule.pk))
    words = [_rule_words(rule, names, tiers) for rule in alive]
    return RulesInForce(
        programme=programme,
        points=_programme_words(programme) if programme else [],
        scheme=scheme,
        stars=_scheme_words(scheme) if scheme else [],
        tiers=[_tier_words(tier, scheme.basis) for tier in book.tiers(scheme)] if scheme else [],
        rules=[one for one in words if one.rule.valid_from <= at],
        coming=[one for one in words if one.rule.valid_from > at],
        milestones=book.milestones,
    )


def _programme_words(programme: Programme) -> list[str]:
    pending = programme.pending_days
    months = programme.expiry_months
    return [
        _("%(points)s points for every ¥1 of a line, rounded down once per line.")
        % {"points": f"{programme.points_per_yuan.normalize():f}"},
        ngettext("Points become available after %(days)s day.", "Points become available after %(days)s days.", pending)
        % {"days": pending}
        if pending
        else _("Points are available at once."),
        {
            Programme.Expiry.NEVER: _("Points never expire."),
            Programme.Expiry.END_OF_NEXT_YEAR: _("Points expire at the end of the next calendar year."),
            Programme.Expiry.END_OF_MONTH: _("Points expire at the end of the month, %(months)s months later.")
            % {"months": months},
            Programme.Expiry.ROLLING_MONTHS: _("Points expire after %(months)s months.") % {"months": months},
        }[programme.expiry],
        _("Claw-back on returns: %(policy)s.") % {"policy": programme.get_claw_back_display()},
        _("A return lowers the star: %(when)s.") % {"when": programme.get_tier_on_return_display()},
        _("%(points)s points pay ¥1 at the till.") % {"points": programme.points_per_yuan_paid},
        _("Adjustments above %(points)s points need approval.") % {"points": f"{programme.adjustment_limit:,}"},
    ]


def _scheme_words(scheme: TierScheme) -> list[str]:
    held = scheme.get_holds_display()
    if scheme.holds == TierScheme.Holds.MONTHS:
        held = ngettext("For %(months)s month", "For %(months)s months", scheme.hold_months) % {
            "months": scheme.hold_months
        }
    words = [
        _("What counts: %(basis)s of the last %(days)s days.")
        % {"basis": scheme.get_basis_display(), "days": scheme.window_days},
        _("A star is held: %(held)s.") % {"held": held},
        _("Who misses the keep-threshold at the review goes one level down."),
    ]
    if scheme.grace_days:
        words.append(
            ngettext("%(days)s day of grace.", "%(days)s days of grace.", scheme.grace_days)
            % {"days": scheme.grace_days}
        )
    return words


def _tier_words(tier: Tier, basis: str) -> TierWords:
    reach = say_amount(basis, tier.reach_at) if tier.reach_at is not None else ""
    if tier.by_invitation:
        reach = _("by invitation only")
    keep = _("never taken away") if tier.never_down else ""
    if not keep and tier.rank and tier.keep_at is not None:
        keep = say_amount(basis, tier.keep_at)
    benefits = []
    if tier.discount:
        benefits.append(_("%(rate)s off") % {"rate": f"{tier.discount * 100:.0f}%"})
    if tier.points_multiplier != 1:
        benefits.append(_("points × %(times)s") % {"times": f"{tier.points_multiplier.normalize():f}"})
    if tier.parking_hours:
        benefits.append(_("%(hours)s h free parking") % {"hours": tier.parking_hours})
    benefits += [text for text in (tier.birthday_gift_label, tier.service_line) if text]
    return TierWords(tier, reach, keep, benefits)


def _rule_words(rule: EarningRule, names: dict[str, dict[int, str]], tiers: dict[int, str]) -> RuleWords:
    value = f"{rule.value.normalize():f}"
    if rule.kind == EarningRule.Kind.EXCLUDE:
        effect = _("Earns nothing")
    elif rule.kind == EarningRule.Kind.BASE:
        effect = _("%(points)s points per ¥1") % {"points": value}
    else:
        effect = _("× %(times)s, the best of its group") % {"times": value}
    return RuleWords(rule, effect, _conditions(rule, names, tiers), rule.valid_until)


def _conditions(rule: EarningRule, names: dict[str, dict[int, str]], tiers: dict[int, str]) -> list[str]:
    said = []
    for field in NAMED:
        ids = getattr(rule, field)
        if ids:
            said.append("、".join(names[field].get(pk, f"#{pk}") for pk in ids))
    if rule.tiers:
        said.append("、".join(tiers.get(rank, str(rank)) for rank in rule.tiers))
    if rule.tenders:
        said.append(
            _("paid with %(tenders)s")
            % {"tenders": "、".join(str(Payment.Tender(tender).label) for tender in rule.tenders)}
        )
    if rule.weekdays:
        said.append("、".join(str(WEEKDAYS[day - 1]) for day in rule.weekdays))
    if rule.birthday_window_days is not None:
        said.append(_("%(days)s days around the birthday") % {"days": rule.birthday_window_days})
    if rule.minimum_spend is not None:
        said.append(_("receipts from %(amount)s") % {"amount": format_yuan(rule.minimum_spend)})
    if rule.discounted_only:
        said.append(_("already discounted goods"))
    if rule.cap_per_line is not None:
        said.append(_("at most %(points)s points a line") % {"points": f"{rule.cap_per_line:,}"})
    return said


def _names(rules: Iterable[EarningRule]) -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for field, model in NAMED.items():
        ids = {pk for rule in rules for pk in getattr(rule, field)}
        found[field] = {row.pk: row.label for row in model.objects.filter(pk__in=ids)} if ids else {}
    return found


def now_in_words(book: RuleBook) -> RulesInForce:
    """What is in force now."""
    return rules_in_words(book, timezone.now())
