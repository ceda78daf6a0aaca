"""The book of one booking: transactions, legs, lots and allocations, kept in memory and written at once.

Everything that moves points goes through here, one receipt or thousands: the caller has locked the accounts, asks
for transactions and moves, and calls `write()`, which books all rows in a fixed number of statements and brings the
cached balances up to the ledger.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from loyalty.exceptions import NotEnoughPoints
from loyalty.models import Account, PointsDebt, PointsLot, TierPeriod
from loyalty.services.booking import write_book
from loyalty.services.legs import AVAILABLE, DEBT, HELD, HOUSE, PENDING, Allocation, Debt, Grant, Kind, Lot, Txn, Use

__all__ = ["AVAILABLE", "DEBT", "HELD", "HOUSE", "PENDING", "Book", "Debt", "Grant", "Kind", "Lot", "Txn", "Use"]


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
        self.touched_lots: set[Lot] = set()
        self.touched_debts: set[Debt] = set()
        self.touched_accounts: dict[int, Account] = {}
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
        self.touched_accounts[account.pk] = account
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
        grants: Sequence[Grant],
        *,
        active_from: datetime,
        expires_at: datetime | None,
        is_pending: bool = False,
    ) -> list[Lot]:
        """Grant points as new lots that begin and end together; what is available at once pays debts first."""
        account = txn.account
        lots = [
            Lot(
                account,
                txn,
                g.points,
                g.points,
                active_from,
                expires_at,
                0,
                is_pending,
                g.receipt_id,
                g.line_no,
                g.brand_id,
            )
            for g in grants
        ]
        self.new_lots += lots
        for grant in grants:
            if grant.brand_id:
                self.move(txn, HOUSE[txn.kind], -grant.points, grant.brand_id)
        unfunded = sum(grant.points for grant in grants if not grant.brand_id)
        self.move(txn, HOUSE[txn.kind], -unfunded)
        self.move(txn, PENDING if is_pending else AVAILABLE, sum(grant.points for grant in grants))
        if account.debt and not is_pending:
            for lot in lots:
                self.pay_debts(txn, lot)
        if expires_at and (account.next_expiry_at is None or expires_at < account.next_expiry_at):
            account.next_expiry_at = expires_at
        if account.pk in self._open_lots:
            self._open_lots[account.pk] += lots
        return lots

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
            self.touched_debts.add(debt)
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
        self.touched_lots.add(lot)
        return allocation

    def give_back(self, txn: Txn, lot: Lot, kind: str, amount: int, *, reverses_id: int) -> None:
        """Undo part or all of an earlier allocation: the points are in their lot again."""
        self.allocations.append(Allocation(txn, lot, kind, amount, reverses_id=reverses_id))
        lot.remaining += amount
        self.touched_lots.add(lot)
        account = txn.account
        if lot.expires_at and (account.next_expiry_at is None or lot.expires_at < account.next_expiry_at):
            account.next_expiry_at = lot.expires_at

    def restore(self, txn: Txn, lot: Lot, points: int, *, allocation_id: int, grace_days: int) -> None:
        """Give redeemed points back to their lot, or to a new lot with some days of grace where it has lapsed."""
        self.give_back(txn, lot, Use.REDEEM.value, points, reverses_id=allocation_id)
        self.move(txn, HOUSE[Kind.REDEEM], -points, lot.brand_id)
        self.move(txn, AVAILABLE, points)
        if lot.expires_at is None or lot.expires_at > txn.business_at:
            self.pay_debts(txn, lot)
            return
        self.use(txn, lot, Use.TRANSFER.value, points)
        self.move(txn, AVAILABLE, -points)
        self.move(txn, HOUSE[Kind.REDEEM], points, lot.brand_id)
        until = txn.business_at + timedelta(days=grace_days)
        self.grant(txn, [Grant(points, brand_id=lot.brand_id)], active_from=txn.business_at, expires_at=until)

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
        self.touched_lots.add(lot)

    def owe(self, txn: Txn, points: int, *, line: tuple[int, int] | None = None, brand_id: int | None = None) -> None:
        """Book points that could not be taken as a debt; `brand_id` paid for them when they were granted."""
        debt = Debt(txn.account, txn, points, points, line)
        self.new_debts.append(debt)
        self.move(txn, HOUSE[txn.kind], points, brand_id)
        self.move(txn, DEBT, -points)
        if txn.account.pk in self._open_debts:
            self._open_debts[txn.account.pk].append(debt)

    def forgive(self, txn: Txn, debt: Debt) -> int:
        """Strike out what is left of a debt (it moves elsewhere or is written off); returns the points."""
        points = debt.outstanding
        debt.outstanding = 0
        self.touched_debts.add(debt)
        self.move(txn, HOUSE[txn.kind], -points)
        self.move(txn, DEBT, points)
        return points

    def touch(self, lot: Lot) -> None:
        """Write this lot's caches at the end."""
        self.touched_lots.add(lot)

    def touch_account(self, account: Account) -> None:
        """Write this account's caches at the end."""
        self.touched_accounts[account.pk] = account

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

    def adopt_debts(self, account: Account, debts: Sequence[Debt]) -> None:
        """Let the book know debts that were paid and are about to be opened again."""
        self.open_debts(account)
        self._open_debts[account.pk] += debts

    def _adopt(self, row: PointsLot, account: Account) -> Lot:
        if row.pk not in self._lots:
            self._lots[row.pk] = Lot(
                account, None, row.granted, row.remaining, row.active_from, row.expires_at, row.earmarked,
                row.is_pending, row.receipt_id, row.line_no, row.brand_id, row.pk,
            )  # fmt: skip
        return self._lots[row.pk]

    def write(self) -> None:
        """Book everything: rows first, then the caches of lots, debts and accounts, then the day's totals."""
        write_book(self)


def _is_spendable(lot: Lot, at: datetime) -> bool:
    return not lot.is_pending and lot.free > 0 and (lot.expires_at is None or lot.expires_at > at)


def _fifo(lot: Lot) -> tuple:
    return (lot.expires_at is None, lot.expires_at or lot.active_from, lot.active_from, lot.id or 1 << 62)
