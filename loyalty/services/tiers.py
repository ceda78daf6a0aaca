"""Stars: reached at once by a sale, reviewed when they end, replayed from the ledger when the past changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from loyalty.models import Account, Tier, TierPeriod, TierProgress, TierScheme
from loyalty.services.rules import RuleBook, add_months
from sales.services.drafts import BUSINESS_ZONE

ZERO = Decimal(0)
Why = TierPeriod.Why


@dataclass(slots=True)
class Standing:
    """The star of one account as days pass: what it holds, until when, and what it has changed.

    ``days`` holds the qualifying amounts by day of sale, as far as known.
    """

    rank: int = 0
    until_on: date | None = None
    days: dict[date, Decimal] = field(default_factory=dict)
    changes: list[TierPeriod] = field(default_factory=list)

    def add(self, day: date, amount: Decimal) -> None:
        """Take note of a qualifying amount (negative: given back)."""
        self.days[day] = self.days.get(day, ZERO) + amount

    def total(self, scheme: TierScheme, day: date) -> Decimal:
        """What qualifies on a day: the sum over the scheme's window that ends with it."""
        first = day - timedelta(days=scheme.window_days)
        return sum((amount for on, amount in self.days.items() if first < on <= day), ZERO)

    def review_until(self, book: RuleBook, day: date) -> None:
        """Review every star that has ended by a day: kept, or one level down, with the evidence."""
        while self.rank and self.until_on:
            scheme = book.scheme_at(midnight(self.until_on))
            due_on = self.until_on + timedelta(days=scheme.grace_days)
            if due_on > day:
                return
            self._review(book, scheme, due_on)

    def test_sale(self, book: RuleBook, day: date) -> None:
        """Test, after a sale on a day, which star the window reaches: a higher one holds at once, the same one holds
        anew to the end that a sale of this day gives."""
        scheme = book.scheme_at(midnight(day + timedelta(days=1)))
        reachable = [tier for tier in book.tiers(scheme) if _is_reachable(tier) and tier.rank >= self.rank]
        until_on = hold_end(scheme, day)
        held_as_long = self.until_on is None or self.until_on >= until_on
        if not reachable or (reachable[-1].rank == self.rank and held_as_long):
            return
        total = self.total(scheme, day)
        best = max((t for t in reachable if t.reach_at <= total), key=lambda tier: tier.rank, default=None)
        if best is None or (best.rank == self.rank and held_as_long):
            return
        why = Why.REACHED if best.rank > self.rank else Why.RENEWED
        self._change(best, day, until_on, why, total, best.reach_at)

    def test_return(self, book: RuleBook, day: date) -> None:
        """Take the star down at once when what was kept no longer reaches it (a setting of the programme)."""
        scheme = book.scheme_at(midnight(day + timedelta(days=1)))
        total = self.total(scheme, day)
        while self.rank:
            tier = book.tier(scheme, self.rank)
            if tier.never_down or tier.reach_at is None or total >= tier.reach_at:
                return
            lower = book.tier(scheme, self.rank - 1)
            until_on = self.until_on if lower.rank else None
            self._change(lower, day, until_on, Why.RETURNED, total, tier.reach_at)

    def grant(self, tier: Tier, day: date, until_on: date | None) -> None:
        """Hold a star given by hand, where it is higher."""
        if tier.rank > self.rank:
            self.rank, self.until_on = tier.rank, until_on

    def _review(self, book: RuleBook, scheme: TierScheme, due_on: date) -> None:
        tier = book.tier(scheme, self.rank)
        last_day = due_on - timedelta(days=1)
        total = self.total(scheme, last_day)
        threshold = tier.keep_at if tier.keep_at is not None else tier.reach_at
        until_on = hold_end(scheme, last_day)
        if tier.never_down or (threshold is not None and total >= threshold):
            self._change(tier, due_on, until_on, Why.KEPT, total, threshold)
            return
        lower = book.tier(scheme, self.rank - 1)
        self._change(lower, due_on, until_on if lower.rank else None, Why.ONE_DOWN, total, threshold)

    def _change(
        self, tier: Tier, from_on: date, until_on: date | None, why: str, total: Decimal, threshold: Decimal | None
    ) -> None:
        self.rank, self.until_on = tier.rank, until_on
        self.changes.append(
            TierPeriod(tier=tier, from_on=from_on, until_on=until_on, why=why, amount=total, threshold=threshold)
        )


def hold_end(scheme: TierScheme, day: date) -> date:
    """The day a star reached or kept on ``day`` ends (exclusive)."""
    if scheme.holds == TierScheme.Holds.MONTHS:
        return add_months(day, scheme.hold_months)
    return date(day.year + 2, 1, 1)


def qualifying_column(scheme: TierScheme) -> str:
    """The column of `TierProgress` a scheme adds up."""
    return {"spend": "spend", "points": "points", "visits": "visits"}[scheme.basis]


def load_days(accounts: Iterable[Account], book: RuleBook, *, from_on: date) -> dict[int, dict[date, Decimal]]:
    """Qualifying amounts by day, per account, from a day on."""
    ids = [account.pk for account in accounts]
    days: dict[int, dict[date, Decimal]] = {account_id: {} for account_id in ids}
    if not ids or not book.schemes:
        return days
    column = qualifying_column(book.schemes[-1])
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT account_id, "on", sum({column}) FROM loyalty_tierprogress'
            ' WHERE account_id = ANY(%s) AND "on" >= %s GROUP BY 1, 2',
            [ids, from_on],
        )
        for account_id, day, amount in cursor.fetchall():
            days[account_id][day] = Decimal(amount)
    return days


def replay(
    progress: Sequence[TierProgress], granted: Sequence[TierPeriod], book: RuleBook, *, through: date
) -> Standing:
    """The standing of one account at the end of a day, from its first purchase on.

    ``progress`` is in the order in which it became known; later events than ``through`` are left out. A star given by
    hand and ended since leaves no trace: what follows from purchases holds again.
    """
    standing = Standing()
    column = qualifying_column(book.schemes[-1]) if book.schemes else "spend"
    grants = sorted(
        (p for p in granted if p.from_on <= through and not (p.ended_on and p.ended_on <= through)),
        key=lambda period: period.from_on,
    )
    for row in progress:
        known_on = timezone.localtime(row.known_at).date()
        if known_on > through:
            break
        while grants and grants[0].from_on <= known_on:
            _apply_grant(standing, grants.pop(0), book)
        standing.review_until(book, known_on)
        standing.add(row.on, Decimal(getattr(row, column)))
        if row.is_sale:
            standing.test_sale(book, row.on)
    for period in grants:
        _apply_grant(standing, period, book)
    standing.review_until(book, through)
    return standing


def _apply_grant(standing: Standing, period: TierPeriod, book: RuleBook) -> None:
    standing.review_until(book, period.from_on)
    standing.grant(period.tier, period.from_on, period.until_on)


@transaction.atomic
def rebuild_standings(accounts: Iterable[Account], book: RuleBook, *, through: date) -> None:
    """Replay locked accounts whose past has changed; stars granted by hand stay.

    Calling it twice gives the same periods.
    """
    for account in accounts:
        progress = list(TierProgress.objects.filter(account_id=account.pk).order_by("known_at", "pk"))
        periods = TierPeriod.objects.filter(account_id=account.pk)
        granted = list(periods.filter(why=Why.GRANTED).select_related("tier"))
        standing = replay(progress, granted, book, through=through)
        periods.exclude(why=Why.GRANTED).delete()
        now = timezone.now()
        for period in standing.changes:
            period.account_id, period.created_at = account.pk, now
        TierPeriod.objects.bulk_create(standing.changes)
        account.tier_rank, account.tier_until_on = standing.rank, standing.until_on
        days = [row.on for row in progress] + [period.from_on for period in (*granted, *standing.changes)]
        account.standing_on = max(days, default=None)
        account.save(update_fields=["tier_rank", "tier_until_on", "standing_on"])


def standings_at(account_ids: Sequence[int] | None, book: RuleBook, *, on: date) -> dict[int, int]:
    """The ranks above 0 at the end of a day, by account id (None: of everybody).

    Only accounts that ever held a star by that day are replayed; the others are at rank 0.
    """
    held = TierPeriod.objects.filter(from_on__lte=on)
    if account_ids is not None:
        held = held.filter(account_id__in=account_ids)
    ids = sorted(set(held.values_list("account_id", flat=True)))
    granted: dict[int, list[TierPeriod]] = {}
    for period in TierPeriod.objects.filter(account_id__in=ids, why=Why.GRANTED).select_related("tier"):
        granted.setdefault(period.account_id, []).append(period)
    ranks: dict[int, int] = {}
    rows = TierProgress.objects.filter(account_id__in=ids).order_by("account_id", "known_at", "pk")
    for account_id, progress in _by_account(rows):
        rank = replay(progress, granted.pop(account_id, []), book, through=on).rank
        if rank:
            ranks[account_id] = rank
    for account_id, periods in granted.items():
        rank = replay([], periods, book, through=on).rank
        if rank:
            ranks[account_id] = rank
    return ranks


def _by_account(rows) -> Iterable[tuple[int, list[TierProgress]]]:
    group: list[TierProgress] = []
    for row in rows.iterator(chunk_size=5000):
        if group and group[0].account_id != row.account_id:
            yield group[0].account_id, group
            group = []
        group.append(row)
    if group:
        yield group[0].account_id, group


def _is_reachable(tier: Tier) -> bool:
    return tier.rank > 0 and tier.reach_at is not None and not tier.by_invitation


def midnight(day: date) -> datetime:
    """The first instant of a business day."""
    return datetime(day.year, day.month, day.day, tzinfo=BUSINESS_ZONE)
