"""The book of one booking: transactions, legs, lots and allocations, kept in memory and written at once.

Everything that moves points goes through here, one receipt or thousands: the caller has locked the accounts, asks
for transactions and moves, and calls `write()`, which books all rows in a fixed number of statements and brings the
cached balances up to the ledger.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from kit.copy import Rows, insert_tables, take_ids
from kit.partitions import ensure_months
from loyalty.exceptions import NotEnoughPoints
from loyalty.models import Account, LotAllocation, PointsDebt, PointsEntry, PointsLot, PointsTxn, TierPeriod

Kind = PointsTxn.Kind
Bucket = PointsEntry.Bucket
Use = LotAllocation.Kind

AVAILABLE, PENDING, HELD, DEBT = (
    Bucket.AVAILABLE.value,
    Bucket.PENDING.value,
    Bucket.HELD.value,
    Bucket.DEBT.value,
)
HOUSE = {
    Kind.EARN: Bucket.ISSUED.value,
    Kind.OPEN: Bucket.ISSUED.value,
    Kind.REDEEM: Bucket.REDEEMED.value,
    Kind.CAPTURE: Bucket.REDEEMED.value,
    Kind.RESTORE: Bucket.REDEEMED.value,
    Kind.EXPIRE: Bucket.EXPIRED.value,
    Kind.REINSTATE: Bucket.EXPIRED.value,
    Kind.CLAWBACK: Bucket.CLAWED_BACK.value,
    Kind.ADJUST: Bucket.ADJUSTED.value,
    Kind.MERGE: Bucket.ADJUSTED.value,
}
POINTS_DAY = """
INSERT INTO loyalty_pointsday AS t ("on", store_id, bucket, slot, amount) VALUES {values}
ON CONFLICT ("on", store_id, bucket, slot) DO UPDATE SET amount = t.amount + EXCLUDED.amount"""


@dataclass(slots=True, eq=False)
class Txn:
    """A transaction being booked, and its legs summed by bucket and funding brand."""

    account: Account
    kind: str
    source: str
    document: str
    event: str
    line: int
    business_at: datetime
    programme_id: int | None
    tier_rank: int
    store_id: int | None
    receipt_id: int | None
    reason: str
    reverses_id: int | None
    legs: dict[tuple[str, int | None], int] = field(default_factory=dict)
    id: int = 0


@dataclass(slots=True, eq=False)
class Lot:
    """A lot of points being granted or used."""

    account: Account
    txn: Txn | None
    granted: int
    remaining: int
    active_from: datetime
    expires_at: datetime | None
    earmarked: int = 0
    is_pending: bool = False
    receipt_id: int | None = None
    line_no: int | None = None
    brand_id: int | None = None
    id: int = 0

    @property
    def free(self) -> int:
        return self.remaining - self.earmarked


@dataclass(slots=True, eq=False)
class Debt:
    """A debt being made or paid."""

    account: Account
    txn: Txn | None
    original: int
    outstanding: int
    line: tuple[int, int] | None = None
    id: int = 0


@dataclass(slots=True, eq=False)
class Allocation:
    """A use of a lot being booked."""

    txn: Txn
    lot: Lot
    kind: str
    amount: int
    debt: Debt | None = None
    line: tuple[int, int] | None = None
    reverses_id: int | None = None


class Book:
    """Rows of one booking. Use one per database transaction and call `write()` once, at the end."""

    def __init__(self, *, booked_by_id: int | None = None) -> None:
        self.booked_at = timezone.now()
        self.booked_by_id = booked_by_id
        self.txns: list[Txn] = []
        self.new_lots: list[Lot] = []
        self.new_debts: list[Debt] = []
        self.allocations: list[Allocation] = []
        self.progress: list[tuple] = []
        self.earn_lines: list[tuple] = []
        self.periods: list[TierPeriod] = []
        self._lots: dict[int, Lot] = {}
        self._touched_lots: set[Lot] = set()
        self._touched_debts: set[Debt] = set()
        self._touched_accounts: dict[int, Account] = {}
        self._open_lots: dict[int, list[Lot]] = {}
        self._open_debts: dict[int, list[Debt]] = {}

    # Transactions and legs --------------------------------------------------------------------------

    def begin(
        self,
        account: Account,
        kind: str,
        *,
        source: str,
        document: str,
        event: str,
        business_at: datetime,
        line: int = 0,
        programme_id: int | None = None,
        store_id: int | None = None,
        receipt_id: int | None = None,
        reason: str = "",
        reverses_id: int | None = None,
    ) -> Txn:
        """Open a transaction. ``(source, document, line, event)`` names its cause and is booked once only."""
        txn = Txn(
            account, kind, source, document, event, line, business_at, programme_id, account.tier_rank, store_id,
            receipt_id, reason, reverses_id,
        )  # fmt: skip
        self.txns.append(txn)
        self._touched_accounts[account.pk] = account
        return txn

    def move(self, txn: Txn, bucket: str, amount: int, brand_id: int | None = None) -> None:
        """Add a leg and bring the account's cached balance along; house buckets have no balance."""
        key = (bucket, brand_id)
        txn.legs[key] = txn.legs.get(key, 0) + amount
        account = txn.account
        if bucket == AVAILABLE:
            account.available += amount
        elif bucket == DEBT:
            account.debt -= amount
        elif bucket == PENDING:
            account.pending += amount
        elif bucket == HELD:
            account.held += amount

    # Granting ---------------------------------------------------------------------------------------

    def grant(
        self,
        txn: Txn,
        points: int,
        *,
        active_from: datetime,
        expires_at: datetime | None,
        is_pending: bool = False,
        receipt_id: int | None = None,
        line_no: int | None = None,
        brand_id: int | None = None,
    ) -> Lot:
        """Grant points as a new lot; what is available at once pays debts first."""
        lot = Lot(
            txn.account, txn, points, points, active_from, expires_at, 0, is_pending, receipt_id, line_no, brand_id
        )
        self.new_lots.append(lot)
        self.move(txn, HOUSE[txn.kind], -points, brand_id)
        if is_pending:
            self.move(txn, PENDING, points)
        else:
            self.move(txn, AVAILABLE, points)
            self.pay_debts(txn, lot)
        account = txn.account
        if expires_at and (account.next_expiry_at is None or expires_at < account.next_expiry_at):
            account.next_expiry_at = expires_at
        if account.pk in self._open_lots:
            self._open_lots[account.pk].append(lot)
        return lot

    def pay_debts(self, txn: Txn, lot: Lot) -> None:
        """Use what a lot has free to pay the account's debts, oldest first."""
        if not txn.account.debt:
            return
        for debt in self.open_debts(txn.account):
            paid = min(debt.outstanding, lot.free)
            if not paid:
                continue
            self.use(txn, lot, Use.ARREARS.value, paid, debt=debt)
            debt.outstanding -= paid
            self._touched_debts.add(debt)
            self.move(txn, AVAILABLE, -paid)
            self.move(txn, DEBT, paid)

    # Using ------------------------------------------------------------------------------------------

    def use(
        self,
        txn: Txn,
        lot: Lot,
        kind: str,
        amount: int,
        *,
        debt: Debt | None = None,
        line: tuple[int, int] | None = None,
    ) -> Allocation:
        """Allocate points of a lot to a transaction (the legs are the caller's)."""
        allocation = Allocation(txn, lot, kind, amount, debt, line)
        self.allocations.append(allocation)
        lot.remaining -= amount
        self._touched_lots.add(lot)
        return allocation

    def give_back(self, txn: Txn, lot: Lot, kind: str, amount: int, *, reverses_id: int) -> None:
        """Undo part or all of an earlier allocation: the points are in their lot again."""
        self.allocations.append(Allocation(txn, lot, kind, amount, reverses_id=reverses_id))
        lot.remaining += amount
        self._touched_lots.add(lot)
        account = txn.account
        if lot.expires_at and (account.next_expiry_at is None or lot.expires_at < account.next_expiry_at):
            account.next_expiry_at = lot.expires_at

    def spend(self, txn: Txn, points: int, *, at: datetime, kind: str = Use.REDEEM.value) -> None:
        """Use available points, what expires first going first. Points expired at ``at`` do not count."""
        spendable = [lot for lot in self.open_lots(txn.account) if _is_spendable(lot, at)]
        free = sum(lot.free for lot in spendable)
        if free < points:
            raise NotEnoughPoints(available=free)
        left = points
        for lot in spendable:
            part = min(left, lot.free)
            if part:
                self.use(txn, lot, kind, part)
                self.move(txn, HOUSE[txn.kind], part, lot.brand_id)
                left -= part
        self.move(txn, AVAILABLE, -points)

    def earmark(self, lot: Lot, amount: int) -> None:
        """Set points of a lot aside for a hold (negative: let go)."""
        lot.earmarked += amount
        self._touched_lots.add(lot)

    def owe(self, txn: Txn, points: int, *, line: tuple[int, int] | None = None) -> None:
        """Book points that could not be taken as a debt."""
        debt = Debt(txn.account, txn, points, points, line)
        self.new_debts.append(debt)
        self.move(txn, HOUSE[txn.kind], points)
        self.move(txn, DEBT, -points)
        if txn.account.pk in self._open_debts:
            self._open_debts[txn.account.pk].append(debt)

    def touch(self, lot: Lot) -> None:
        """Write this lot's caches at the end."""
        self._touched_lots.add(lot)

    def touch_account(self, account: Account) -> None:
        """Write this account's caches at the end."""
        self._touched_accounts[account.pk] = account

    # Loading ----------------------------------------------------------------------------------------

    def open_lots(self, account: Account) -> list[Lot]:
        """The account's lots with something left, what expires first going first, then the oldest."""
        if account.pk not in self._open_lots:
            rows = PointsLot.objects.filter(account_id=account.pk, remaining__gt=0)
            lots = [self._adopt(row, account) for row in rows]
            known = set(lots)
            lots += [
                lot
                for lot in (*self._lots.values(), *self.new_lots)
                if lot.account.pk == account.pk and lot not in known
            ]
            self._open_lots[account.pk] = lots
        return sorted((lot for lot in self._open_lots[account.pk] if lot.remaining > 0), key=_fifo)

    def load_lots(self, lot_ids: Iterable[int], accounts: dict[int, Account]) -> dict[int, Lot]:
        """The lots with these ids; ``accounts`` is by account id and locked."""
        wanted = {lot_id for lot_id in lot_ids if lot_id not in self._lots}
        if wanted:
            for row in PointsLot.objects.filter(pk__in=wanted):
                self._adopt(row, accounts[row.account_id])
        return self._lots

    def open_debts(self, account: Account) -> list[Debt]:
        """The account's unpaid debts, oldest first."""
        if account.pk not in self._open_debts:
            rows = PointsDebt.objects.filter(account_id=account.pk, outstanding__gt=0).order_by("pk")
            self._open_debts[account.pk] = [
                Debt(account, None, row.original, row.outstanding, None, row.pk) for row in rows
            ] + [debt for debt in self.new_debts if debt.account.pk == account.pk]
        return [debt for debt in self._open_debts[account.pk] if debt.outstanding > 0]

    def _adopt(self, row: PointsLot, account: Account) -> Lot:
        if row.pk not in self._lots:
            self._lots[row.pk] = Lot(
                account, None, row.granted, row.remaining, row.active_from, row.expires_at, row.earmarked,
                row.is_pending, row.receipt_id, row.line_no, row.brand_id, row.pk,
            )  # fmt: skip
        return self._lots[row.pk]

    # Writing ----------------------------------------------------------------------------------------

    def write(self) -> None:
        """Book everything: rows first, then the caches of lots, debts and accounts, then the day's totals."""
        self._assign_ids()
        entries = self._entries()
        ensure_months(["loyalty_pointsentry"], {row[0] for row in entries.rows})
        ensure_months(["loyalty_earnline"], {row[0] for row in self.earn_lines})
        insert_tables(*self._first_rows(), entries, self._allocation_rows(), *self._later_rows())
        self._update_lots()
        self._update_debts()
        self._update_accounts()
        self._add_days()

    def _assign_ids(self) -> None:
        legs = sum(1 for txn in self.txns for amount in txn.legs.values() if amount)
        ids = take_ids(
            loyalty_pointstxn=len(self.txns),
            loyalty_pointslot=len(self.new_lots),
            loyalty_pointsdebt=len(self.new_debts),
            loyalty_pointsentry=legs,
        )
        for rows, table in (
            (self.txns, "loyalty_pointstxn"),
            (self.new_lots, "loyalty_pointslot"),
            (self.new_debts, "loyalty_pointsdebt"),
        ):
            for row, number in zip(rows, ids[table], strict=True):
                row.id = number
        self._entry_ids = iter(ids["loyalty_pointsentry"])

    def _entries(self) -> Rows:
        rows = Rows(
            "loyalty_pointsentry", ("business_on", "id", "txn_id", "account_id", "bucket", "amount", "brand_id")
        )
        for txn in self.txns:
            day = timezone.localtime(txn.business_at).date()
            for (bucket, brand_id), amount in txn.legs.items():
                if amount:
                    owner = txn.account.pk if bucket in (AVAILABLE, PENDING, HELD, DEBT) else None
                    rows.rows.append((day, next(self._entry_ids), txn.id, owner, bucket, amount, brand_id))
        return rows

    def _first_rows(self) -> tuple[Rows, Rows, Rows]:
        txns = Rows(
            "loyalty_pointstxn",
            ("id", "account_id", "kind", "source", "document", "line", "event", "business_at", "booked_at",
             "programme_id", "tier_rank", "store_id", "receipt_id", "booked_by_id", "reason", "reverses_id"),
        )  # fmt: skip
        for t in self.txns:
            txns.rows.append(
                (t.id, t.account.pk, str(t.kind), t.source, t.document, t.line, t.event, t.business_at,
                 self.booked_at, t.programme_id, t.tier_rank, t.store_id, t.receipt_id, self.booked_by_id,
                 t.reason, t.reverses_id)
            )  # fmt: skip
        lots = Rows(
            "loyalty_pointslot",
            ("id", "account_id", "txn_id", "granted", "remaining", "earmarked", "is_pending", "active_from",
             "expires_at", "receipt_id", "line_no", "brand_id"),
        )  # fmt: skip
        for lot in self.new_lots:
            lots.rows.append(
                (lot.id, lot.account.pk, lot.txn.id, lot.granted, lot.remaining, lot.earmarked, lot.is_pending,
                 lot.active_from, lot.expires_at, lot.receipt_id, lot.line_no, lot.brand_id)
            )  # fmt: skip
        debts = Rows(
            "loyalty_pointsdebt",
            ("id", "account_id", "txn_id", "line_receipt_id", "line_no", "original", "outstanding", "created_at"),
        )
        for debt in self.new_debts:
            receipt_id, line_no = debt.line or (None, None)
            debts.add(
                debt.id, debt.account.pk, debt.txn.id, receipt_id, line_no, debt.original, debt.outstanding,
                debt.txn.business_at,
            )  # fmt: skip
        return txns, lots, debts

    def _allocation_rows(self) -> Rows:
        rows = Rows(
            "loyalty_lotallocation",
            ("txn_id", "lot_id", "kind", "amount", "reverses_id", "debt_id", "line_receipt_id", "line_no"),
        )
        for use in self.allocations:
            receipt_id, line_no = use.line or (None, None)
            rows.add(
                use.txn.id, use.lot.id, str(use.kind), use.amount, use.reverses_id, use.debt.id if use.debt else None,
                receipt_id, line_no,
            )  # fmt: skip
        return rows

    def _later_rows(self) -> tuple[Rows, Rows, Rows]:
        progress = Rows(
            "loyalty_tierprogress",
            ("account_id", "on", "known_at", "is_sale", "spend", "points", "visits", "receipt_id"),
            self.progress,
        )
        earned = Rows(
            "loyalty_earnline",
            ("sold_on", "receipt_id", "line_no", "account_id", "programme_id", "lot_id", "base_amount", "rate",
             "cap", "points_earned", "points_now", "points_forgiven", "why"),
            [(*row[:5], row[5].id if row[5] else None, *row[6:]) for row in self.earn_lines],
        )  # fmt: skip
        periods = Rows(
            "loyalty_tierperiod",
            ("account_id", "tier_id", "from_on", "until_on", "why", "amount", "threshold", "reason",
             "decided_by_id", "created_at"),
            [
                (p.account_id, p.tier_id, p.from_on, p.until_on, str(p.why), p.amount, p.threshold, p.reason,
                 p.decided_by_id, self.booked_at)
                for p in self.periods
            ],
        )  # fmt: skip
        return progress, earned, periods

    def _update_lots(self) -> None:
        new = set(self.new_lots)
        lots = sorted((lot for lot in self._touched_lots if lot not in new), key=lambda lot: lot.id)
        if not lots:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE loyalty_pointslot l SET remaining = v.remaining, earmarked = v.earmarked,"
                " is_pending = v.is_pending"
                " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bool[])"
                " AS v(id, remaining, earmarked, is_pending) WHERE l.id = v.id",
                [
                    [lot.id for lot in lots],
                    [lot.remaining for lot in lots],
                    [lot.earmarked for lot in lots],
                    [lot.is_pending for lot in lots],
                ],
            )

    def _update_debts(self) -> None:
        new = set(self.new_debts)
        debts = [debt for debt in self._touched_debts if debt not in new]
        if debts:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE loyalty_pointsdebt d SET outstanding = v.outstanding"
                    " FROM unnest(%s::bigint[], %s::bigint[]) AS v(id, outstanding) WHERE d.id = v.id",
                    [[debt.id for debt in debts], [debt.outstanding for debt in debts]],
                )

    def _update_accounts(self) -> None:
        accounts = sorted(self._touched_accounts.values(), key=lambda account: account.pk)
        if not accounts:
            return
        columns = (
            ("available", "bigint"), ("pending", "bigint"), ("held", "bigint"), ("debt", "bigint"),
            ("earned_life", "bigint"), ("tier_rank", "smallint"), ("tier_until_on", "date"),
            ("next_expiry_at", "timestamptz"), ("standing_on", "date"),
        )  # fmt: skip
        sets = ", ".join(f"{name} = v.{name}" for name, _ in columns)
        arrays = ", ".join(f"%s::{kind}[]" for _, kind in columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE loyalty_account a SET {sets}, updated_at = %s FROM unnest(%s::bigint[], {arrays})"
                f" AS v(id, {', '.join(name for name, _ in columns)}) WHERE a.id = v.id",
                [
                    self.booked_at,
                    [account.pk for account in accounts],
                    *([getattr(account, name) for account in accounts] for name, _ in columns),
                ],
            )

    def _add_days(self) -> None:
        totals: dict[tuple[date, int | None, str], int] = defaultdict(int)
        for txn in self.txns:
            day = timezone.localtime(txn.business_at).date()
            for (bucket, _), amount in txn.legs.items():
                if bucket not in (AVAILABLE, PENDING, HELD) and amount:
                    totals[day, txn.store_id, bucket] -= amount
        keys = sorted(totals, key=lambda key: (key[0], key[1] or 0, key[2]))
        for start in range(0, len(keys), 1000):
            some = keys[start : start + 1000]
            values = ",".join(["(%s,%s,%s,pg_backend_pid() %% 16,%s)"] * len(some))
            with connection.cursor() as cursor:
                cursor.execute(POINTS_DAY.format(values=values), [v for key in some for v in (*key, totals[key])])


def _is_spendable(lot: Lot, at: datetime) -> bool:
    return not lot.is_pending and lot.free > 0 and (lot.expires_at is None or lot.expires_at > at)


def _fifo(lot: Lot) -> tuple:
    return (lot.expires_at is None, lot.expires_at or lot.active_from, lot.active_from, lot.id or 1 << 62)


def money(value: Decimal | int) -> Decimal:
    """Two places, as the ledger stores qualifying spend."""
    return Decimal(value).quantize(Decimal("0.01"))
