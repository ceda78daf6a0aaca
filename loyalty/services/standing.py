"""How a member stands: the star held, what keeps it, what the next one takes. Read from the same facts as reviews."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from kit.money import format_yuan
from loyalty.models import Account, Tier, TierScheme
from loyalty.services.rules import RuleBook
from loyalty.services.tiers import ZERO, load_days, midnight


@dataclass(frozen=True, slots=True)
class Target:
    """A threshold ahead: what counts so far, what is asked, and until when it can be met."""

    tier: Tier
    basis: str
    amount: Decimal
    threshold: Decimal
    counts_from: date
    last_on: date

    @property
    def missing(self) -> Decimal:
        return max(self.threshold - self.amount, ZERO)

    @property
    def percent(self) -> int:
        if not self.threshold:
            return 100
        return min(100, max(0, int(self.amount * 100 / self.threshold)))

    @property
    def amount_text(self) -> str:
        return say_amount(self.basis, self.amount)

    @property
    def threshold_text(self) -> str:
        return say_amount(self.basis, self.threshold)

    @property
    def missing_text(self) -> str:
        return say_amount(self.basis, self.missing)


@dataclass(frozen=True, slots=True)
class Standing:
    """The star of a member today, what it takes to keep it and to rise."""

    tier: Tier
    last_on: date | None
    keep: Target | None
    rise: Target | None


def say_amount(basis: str, amount: Decimal) -> str:
    """An amount in the words of what qualifies: yuan, points or visits."""
    if basis == TierScheme.Basis.SPEND:
        return format_yuan(amount)
    number = f"{amount:,.0f}"
    if basis == TierScheme.Basis.POINTS:
        return _("%(number)s points") % {"number": number}
    return _("%(number)s visits") % {"number": number}


def standing_of(account: Account | None, rules: RuleBook) -> Standing | None:
    """The standing today, in one query; None before any star scheme exists."""
    if not rules.schemes:
        return None
    days = load_days([account], rules, from_on=_first_day(rules))[account.pk] if account else {}
    return _stand(account, rules, days)


def standings_of(accounts: Collection[Account], rules: RuleBook) -> dict[int, Standing]:
    """The standings today of several accounts, by account, in one query; none before any star scheme exists."""
    if not rules.schemes or not accounts:
        return {}
    days = load_days(accounts, rules, from_on=_first_day(rules))
    return {account.pk: _stand(account, rules, days[account.pk]) for account in accounts}


def _first_day(rules: RuleBook) -> date:
    return timezone.localdate() - timedelta(days=rules.scheme_at(timezone.now()).window_days)


def _stand(account: Account | None, rules: RuleBook, days: Mapping[date, Decimal]) -> Standing:
    today = timezone.localdate()
    scheme = rules.scheme_at(timezone.now())
    tier = rules.tier(scheme, account.tier_rank if account else 0)
    until_on = account.tier_until_on if account and tier.rank else None
    first = today - timedelta(days=scheme.window_days)

    def counted(after: date) -> Decimal:
        return sum((amount for on, amount in days.items() if after < on <= today), ZERO)

    keep = rise = None
    basis = scheme.basis
    if until_on and not tier.never_down:
        review = rules.scheme_at(midnight(until_on))
        last_on = until_on + timedelta(days=review.grace_days - 1)
        after = last_on - timedelta(days=review.window_days)
        threshold = tier.keep_at if tier.keep_at is not None else tier.reach_at
        if threshold is not None:
            keep = Target(tier, basis, counted(after), threshold, after + timedelta(days=1), last_on)
    above = [t for t in rules.tiers(scheme) if t.rank > tier.rank and t.reach_at is not None and not t.by_invitation]
    if above:
        rise = Target(above[0], basis, counted(first), above[0].reach_at, first + timedelta(days=1), today)
    return Standing(tier, until_on - timedelta(days=1) if until_on else None, keep, rise)
