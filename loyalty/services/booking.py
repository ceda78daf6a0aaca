"""Writing a book: its rows in a fixed number of statements, then the caches that follow from them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone

from kit.copy import Rows, insert_tables, take_ids
from kit.partitions import ensure_months
from loyalty.services.legs import AVAILABLE, DEBT, HELD, PENDING

if TYPE_CHECKING:
    from loyalty.services.book import Book

POINTS_DAY = """
INSERT INTO loyalty_pointsday AS t ("on", store_id, bucket, slot, amount) VALUES {values}
ON CONFLICT ("on", store_id, bucket, slot) DO UPDATE SET amount = t.amount + EXCLUDED.amount"""


def write_book(book: "Book") -> None:
    """Write rows, then the caches of lots, debts and accounts with the day's totals."""
    entry_ids = _assign_ids(book)
    entries = _entries(book, entry_ids)
    ensure_months(["loyalty_pointsentry"], {row[0] for row in entries.rows})
    ensure_months(["loyalty_earnline"], {row[0] for row in book.earn_lines})
    insert_tables(*_first_rows(book), entries, _allocation_rows(book), *_later_rows(book))
    _update_lots(book)
    _update_debts(book)
    _update_accounts(book)


def _assign_ids(book: "Book") -> Iterator[int]:
    legs = sum(1 for txn in book.txns for amount in txn.legs.values() if amount)
    ids = take_ids(
        loyalty_pointstxn=len(book.txns),
        loyalty_pointslot=len(book.new_lots),
        loyalty_pointsdebt=len(book.new_debts),
        loyalty_pointsentry=legs,
    )
    for rows, table in (
        (book.txns, "loyalty_pointstxn"),
        (book.new_lots, "loyalty_pointslot"),
        (book.new_debts, "loyalty_pointsdebt"),
    ):
        for row, number in zip(rows, ids[table], strict=True):
            row.id = number
    return iter(ids["loyalty_pointsentry"])


def _entries(book: "Book", entry_ids: Iterator[int]) -> Rows:
    rows = Rows("loyalty_pointsentry", ("business_on", "id", "txn_id", "account_id", "bucket", "amount", "brand_id"))
    for txn in book.txns:
        day = timezone.localtime(txn.business_at).date()
        for (bucket, brand_id), amount in txn.legs.items():
            if amount:
                owner = txn.account.pk if bucket in (AVAILABLE, PENDING, HELD, DEBT) else None
                rows.rows.append((day, next(entry_ids), txn.id, owner, bucket, amount, brand_id))
    return rows


def _first_rows(book: "Book") -> tuple[Rows, Rows, Rows]:
    txns = Rows(
        "loyalty_pointstxn",
        ("id", "account_id", "kind", "source", "document", "line", "event", "business_at", "booked_at",
         "programme_id", "tier_rank", "store_id", "receipt_id", "booked_by_id", "reason", "reverses_id"),
    )  # fmt: skip
    for t in book.txns:
        txns.rows.append(
            (t.id, t.account.pk, str(t.kind), t.source, t.document, t.line, t.event, t.business_at,
             book.booked_at, t.programme_id, t.tier_rank, t.store_id, t.receipt_id, book.booked_by_id,
             t.reason, t.reverses_id)
        )  # fmt: skip
    lots = Rows(
        "loyalty_pointslot",
        ("id", "account_id", "txn_id", "granted", "remaining", "earmarked", "is_pending", "active_from",
         "expires_at", "receipt_id", "line_no", "brand_id"),
    )  # fmt: skip
    for lot in book.new_lots:
        lots.rows.append(
            (lot.id, lot.account.pk, lot.txn.id, lot.granted, lot.remaining, lot.earmarked, lot.is_pending,
             lot.active_from, lot.expires_at, lot.receipt_id, lot.line_no, lot.brand_id)
        )  # fmt: skip
    debts = Rows(
        "loyalty_pointsdebt",
        ("id", "account_id", "txn_id", "line_receipt_id", "line_no", "original", "outstanding", "created_at"),
    )
    for debt in book.new_debts:
        receipt_id, line_no = debt.line or (None, None)
        debts.add(
            debt.id, debt.account.pk, debt.txn.id, receipt_id, line_no, debt.original, debt.outstanding,
            debt.txn.business_at,
        )  # fmt: skip
    return txns, lots, debts


def _allocation_rows(book: "Book") -> Rows:
    rows = Rows(
        "loyalty_lotallocation",
        ("txn_id", "lot_id", "kind", "amount", "reverses_id", "debt_id", "line_receipt_id", "line_no"),
    )
    for use in book.allocations:
        receipt_id, line_no = use.line or (None, None)
        rows.add(
            use.txn.id, use.lot.id, str(use.kind), use.amount, use.reverses_id, use.debt.id if use.debt else None,
            receipt_id, line_no,
        )  # fmt: skip
    return rows


def _later_rows(book: "Book") -> tuple[Rows, Rows, Rows]:
    progress = Rows(
        "loyalty_tierprogress",
        ("account_id", "on", "known_at", "is_sale", "spend", "points", "visits", "receipt_id"),
        book.progress,
    )
    earned = Rows(
        "loyalty_earnline",
        ("sold_on", "receipt_id", "line_no", "account_id", "programme_id", "lot_id", "base_amount", "rate",
         "cap", "points_earned", "points_now", "points_forgiven", "why"),
        [(*row[:5], row[5].id if row[5] else None, *row[6:]) for row in book.earn_lines],
    )  # fmt: skip
    periods = Rows(
        "loyalty_tierperiod",
        ("account_id", "tier_id", "from_on", "until_on", "why", "amount", "threshold", "reason",
         "decided_by_id", "created_at"),
        [
            (p.account_id, p.tier_id, p.from_on, p.until_on, str(p.why), p.amount, p.threshold, p.reason,
             p.decided_by_id, book.booked_at)
            for p in book.periods
        ],
    )  # fmt: skip
    return progress, earned, periods


def _update_lots(book: "Book") -> None:
    new = set(book.new_lots)
    lots = sorted((lot for lot in book.touched_lots if lot not in new), key=lambda lot: lot.id)
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


def _update_debts(book: "Book") -> None:
    new = set(book.new_debts)
    debts = [debt for debt in book.touched_debts if debt not in new]
    if debts:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE loyalty_pointsdebt d SET outstanding = v.outstanding"
                " FROM unnest(%s::bigint[], %s::bigint[]) AS v(id, outstanding) WHERE d.id = v.id",
                [[debt.id for debt in debts], [debt.outstanding for debt in debts]],
            )


def _update_accounts(book: "Book") -> None:
    """Balances and stars, and with them, in the same statement, the totals of the days."""
    accounts = sorted(book.touched_accounts.values(), key=lambda account: account.pk)
    days = _day_statements(book)
    if not accounts:
        return
    columns = (
        ("available", "bigint"), ("pending", "bigint"), ("held", "bigint"), ("debt", "bigint"),
        ("earned_life", "bigint"), ("tier_rank", "smallint"), ("tier_until_on", "date"),
        ("next_expiry_at", "timestamptz"), ("standing_on", "date"),
    )  # fmt: skip
    sets = ", ".join(f"{name} = v.{name}" for name, _ in columns)
    arrays = ", ".join(f"%s::{kind}[]" for _, kind in columns)
    sql = (
        f"UPDATE loyalty_account a SET {sets}, updated_at = %s FROM unnest(%s::bigint[], {arrays})"
        f" AS v(id, {', '.join(name for name, _ in columns)}) WHERE a.id = v.id"
    )
    params = [
        book.booked_at,
        [account.pk for account in accounts],
        *([getattr(account, name) for account in accounts] for name, _ in columns),
    ]
    with connection.cursor() as cursor:
        for day_sql, day_params in days[1:]:
            cursor.execute(day_sql, day_params)
        if days:
            sql, params = f"WITH days AS ({days[0][0]}) {sql}", [*days[0][1], *params]
        cursor.execute(sql, params)


def _day_statements(book: "Book") -> list[tuple[str, list]]:
    totals: dict[tuple[date, int | None, str], int] = defaultdict(int)
    for txn in book.txns:
        day = timezone.localtime(txn.business_at).date()
        for (bucket, _), amount in txn.legs.items():
            if bucket not in (AVAILABLE, PENDING, HELD) and amount:
                totals[day, txn.store_id, bucket] -= amount
    keys = sorted(totals, key=lambda key: (key[0], key[1] or 0, key[2]))
    statements = []
    for start in range(0, len(keys), 1000):
        some = keys[start : start + 1000]
        values = ",".join(["(%s,%s,%s,pg_backend_pid() %% 16,%s)"] * len(some))
        statements.append((POINTS_DAY.format(values=values), [v for key in some for v in (*key, totals[key])]))
    return statements
