"""The night's work in its fixed order, each step re-runnable at any time.

Holds that are over lapse; pending points become available; stars that ended are reviewed; points whose time is over
expire; stars are checked once more; coupons end. What a step finds is decided again under the lock of each account.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from loyalty.models import Account, PointsLot
from loyalty.services.book import AVAILABLE, PENDING, Book, Kind, Lot
from loyalty.services.coupons import expire_coupons
from loyalty.services.expiry import expire_due
from loyalty.services.holds import lapse_holds
from loyalty.services.rules import RuleBook, current_rules
from loyalty.services.tiers import Standing, load_days

ACCOUNTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class NightlyResult:
    """What one night did."""

    holds_lapsed: int
    points_activated: int
    stars_reviewed: int
    points_expired: int
    coupons_expired: int


def run_nightly(*, now: datetime | None = None) -> NightlyResult:
    """Do the night's work as of ``now``. A second run finds nothing left to do."""
    now = now or timezone.now()
    today = timezone.localtime(now).date()
    lapsed = lapse_holds(now=now)
    activated = activate_due(now=now)
    reviewed = review_stars(on=today)
    expired = expire_due(now=now)
    reviewed += review_stars(on=today)
    return NightlyResult(lapsed, activated, reviewed, expired, expire_coupons(now=now))


def activate_due(*, now: datetime) -> int:
    """Make pending points available whose day has come; they pay debts first. Returns the points."""
    due = PointsLot.objects.filter(is_pending=True, active_from__lte=now)
    owners = sorted(set(due.values_list("account_id", flat=True)))
    return sum(_activate(some, now) for some in _batches(owners))


def review_stars(*, on: date) -> int:
    """Review every star that has ended by a day; returns how many accounts were reviewed."""
    rules = current_rules()
    if not rules.schemes:
        return 0
    ended = Account.objects.filter(tier_rank__gt=0, tier_until_on__lte=on)
    owners = list(ended.order_by("pk").values_list("pk", flat=True))
    return sum(_review(some, rules, on) for some in _batches(owners))


@transaction.atomic
def _activate(account_ids: Sequence[int], now: datetime) -> int:
    accounts = _locked(account_ids)
    book = Book()
    rows = PointsLot.objects.filter(account_id__in=account_ids, is_pending=True, active_from__lte=now)
    lots = book.load_lots(rows.values_list("pk", flat=True), accounts)
    groups: dict[tuple[int, datetime], list[Lot]] = defaultdict(list)
    for lot in lots.values():
        groups[lot.account.pk, lot.active_from].append(lot)
    activated = 0
    for (account_id, active_from), together in sorted(groups.items()):
        txn = book.begin(
            accounts[account_id],
            Kind.ACTIVATE,
            source="activation",
            document=f"{account_id}@{min(lot.id for lot in together)}",
            event="activate",
            business_at=active_from,
        )
        for lot in together:
            lot.is_pending = False
            book.touch(lot)
            book.move(txn, PENDING, -lot.remaining)
            book.move(txn, AVAILABLE, lot.remaining)
            activated += lot.remaining
            book.pay_debts(txn, lot)
    book.write()
    return activated


@transaction.atomic
def _review(account_ids: Sequence[int], rules: RuleBook, on: date) -> int:
    accounts = [
        account
        for account in _locked(account_ids).values()
        if account.tier_rank and account.tier_until_on and account.tier_until_on <= on
    ]
    if not accounts:
        return 0
    book = Book()
    window = timedelta(days=max(scheme.window_days for scheme in rules.schemes))
    days = load_days(accounts, rules, from_on=min(account.tier_until_on for account in accounts) - window)
    reviewed = 0
    for account in accounts:
        standing = Standing(account.tier_rank, account.tier_until_on, days[account.pk])
        standing.review_until(rules, on)
        for period in standing.changes:
            period.account_id = account.pk
        if standing.changes:
            reviewed += 1
            book.periods.extend(standing.changes)
            account.tier_rank, account.tier_until_on = standing.rank, standing.until_on
            account.standing_on = standing.changes[-1].from_on
            book.touch_account(account)
    book.write()
    return reviewed


def _locked(account_ids: Sequence[int]) -> dict[int, Account]:
    rows = Account.objects.select_for_update(no_key=True).filter(pk__in=account_ids).order_by("pk")
    return {account.pk: account for account in rows}


def _batches(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + ACCOUNTS_AT_ONCE] for start in range(0, len(ids), ACCOUNTS_AT_ONCE)]
