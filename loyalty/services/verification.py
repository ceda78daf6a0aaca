"""Checking the ledger over the whole database: each invariant as a query that finds its breaches.

The numbers are those of the loyalty design: append-only, zero sums, lots, balances, never below zero, reversals and
holds, one event once, claw-back, expiry, and no balance without a transaction.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Breach:
    """A row that breaks an invariant."""

    invariant: int
    rule: str
    subject: str


CHECKS: tuple[tuple[int, str, str], ...] = (
    (1, "the ledger tables are append-only", """
        SELECT t.name FROM unnest(ARRAY['loyalty_pointstxn', 'loyalty_pointsentry', 'loyalty_lotallocation']) AS t(name)
        WHERE NOT EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgrelid = t.name::regclass
                          AND g.tgname = t.name || '_append_only' AND g.tgenabled <> 'D')"""),
    (1, "every entry and every allocation has its transaction", """
        SELECT 'entry of transaction ' || e.txn_id FROM loyalty_pointsentry e
        WHERE NOT EXISTS (SELECT 1 FROM loyalty_pointstxn t WHERE t.id = e.txn_id)
        UNION ALL
        SELECT 'allocation ' || a.id FROM loyalty_lotallocation a
        WHERE NOT EXISTS (SELECT 1 FROM loyalty_pointstxn t WHERE t.id = a.txn_id)"""),
    (1, "entries are dated as their transaction", """
        SELECT 'transaction ' || t.id FROM loyalty_pointsentry e JOIN loyalty_pointstxn t ON t.id = e.txn_id
        WHERE e.business_on <> (t.business_at AT TIME ZONE 'Asia/Shanghai')::date"""),
    (2, "the entries of a transaction sum to zero", """
        SELECT 'transaction ' || txn_id FROM loyalty_pointsentry GROUP BY txn_id HAVING sum(amount) <> 0"""),
    (2, "what a member gets from the household is what the others gave", """
        SELECT 'household ' || t.source || ' ' || t.document || ' ' || t.line FROM loyalty_pointsentry e
        JOIN loyalty_pointstxn t ON t.id = e.txn_id WHERE e.bucket = 'pooled'
        GROUP BY t.source, t.document, t.line HAVING sum(e.amount) <> 0"""),
    (3, "a lot has what was granted less what was used", """
        SELECT 'lot ' || l.id FROM loyalty_pointslot l
        LEFT JOIN (SELECT lot_id, sum(CASE WHEN reverses_id IS NULL THEN amount ELSE -amount END) AS used
                   FROM loyalty_lotallocation GROUP BY lot_id) a ON a.lot_id = l.id
        WHERE l.remaining <> l.granted - coalesce(a.used, 0) OR l.remaining < 0 OR l.remaining > l.granted"""),
    (4, "each balance is the sum of its entries", """
        SELECT 'account ' || a.id FROM loyalty_account a
        LEFT JOIN (SELECT account_id, coalesce(sum(amount) FILTER (WHERE bucket = 'available'), 0) AS available,
                          coalesce(sum(amount) FILTER (WHERE bucket = 'pending'), 0) AS pending,
                          coalesce(sum(amount) FILTER (WHERE bucket = 'held'), 0) AS held,
                          coalesce(-sum(amount) FILTER (WHERE bucket = 'debt'), 0) AS debt
                   FROM loyalty_pointsentry WHERE account_id IS NOT NULL GROUP BY account_id) e ON e.account_id = a.id
        WHERE (a.available, a.pending, a.held, a.debt) IS DISTINCT FROM
              (coalesce(e.available, 0), coalesce(e.pending, 0), coalesce(e.held, 0), coalesce(e.debt, 0))"""),
    (4, "the lots and debts of an account add up to its balances", """
        SELECT 'account ' || a.id FROM loyalty_account a
        LEFT JOIN (SELECT account_id, sum(remaining) FILTER (WHERE NOT is_pending) AS active,
                          sum(remaining) FILTER (WHERE is_pending) AS pending, sum(earmarked) AS earmarked
                   FROM loyalty_pointslot GROUP BY account_id) l ON l.account_id = a.id
        LEFT JOIN (SELECT account_id, sum(outstanding) AS debt FROM loyalty_pointsdebt GROUP BY account_id) d
               ON d.account_id = a.id
        WHERE a.available + a.held <> coalesce(l.active, 0) OR a.pending <> coalesce(l.pending, 0)
           OR a.held <> coalesce(l.earmarked, 0) OR a.debt <> coalesce(d.debt, 0)"""),
    (5, "no balance is below zero, and nobody owes who has points", """
        SELECT 'account ' || id FROM loyalty_account
        WHERE available < 0 OR pending < 0 OR held < 0 OR debt < 0 OR (available > 0 AND debt > 0)"""),
    (6, "an allocation is reversed at most up to its amount", """
        SELECT 'allocation ' || a.id FROM loyalty_lotallocation a
        JOIN loyalty_lotallocation r ON r.reverses_id = a.id
        GROUP BY a.id, a.amount HAVING sum(r.amount) > a.amount"""),
    (6, "a hold ends exactly once, with what it set aside", """
        SELECT 'hold ' || h.id FROM loyalty_pointshold h
        LEFT JOIN LATERAL (SELECT count(*) AS ends FROM loyalty_pointstxn t
                           WHERE t.source = 'hold' AND t.document = h.id::text) e ON true
        LEFT JOIN LATERAL (SELECT sum(amount) AS parts FROM loyalty_holdlot p WHERE p.hold_id = h.id) p ON true
        WHERE (h.state = 'open') <> (e.ends = 0) OR e.ends > 1 OR p.parts IS DISTINCT FROM h.points
           OR h.captured > h.points OR (h.state <> 'captured' AND h.captured <> 0)"""),
    (7, "one event is booked once", """
        SELECT 'event ' || source || ' ' || document || ' ' || line || ' ' || event FROM loyalty_pointstxn
        GROUP BY source, document, line, event HAVING count(*) > 1"""),
    (7, "one idempotency key was answered once", """
        SELECT 'device ' || device_id || ' key ' || key FROM staff_apicall GROUP BY device_id, key
        HAVING count(*) > 1"""),
    (8, "a line gives back what it has beyond its retained amount, never more than it earned", """
        SELECT 'line ' || e.receipt_id || '/' || e.line_no FROM loyalty_earnline e
        LEFT JOIN (SELECT line_receipt_id, line_no, sum(amount) AS amount FROM loyalty_lotallocation
                   WHERE kind = 'clawback' GROUP BY 1, 2) a
               ON a.line_receipt_id = e.receipt_id AND a.line_no = e.line_no
        LEFT JOIN (SELECT line_receipt_id, line_no, sum(original) AS amount FROM loyalty_pointsdebt
                   WHERE line_receipt_id IS NOT NULL GROUP BY 1, 2) d
               ON d.line_receipt_id = e.receipt_id AND d.line_no = e.line_no
        WHERE e.points_earned - e.points_now - e.points_forgiven <> coalesce(a.amount, 0) + coalesce(d.amount, 0)
           OR e.points_now < 0 OR e.points_now > e.points_earned"""),
    (8, "a line given back whole has no points left", """
        SELECT 'line ' || l.receipt_id || '/' || l.line_no FROM sales_receiptline l
        JOIN loyalty_earnline e ON e.sold_on = l.sold_on AND e.receipt_id = l.receipt_id AND e.line_no = l.line_no
        WHERE l.quantity > 0 AND l.returned_quantity = l.quantity AND e.points_now <> 0"""),
    (9, "nothing was redeemed from a lot that had expired", """
        SELECT 'allocation ' || a.id FROM loyalty_lotallocation a
        JOIN loyalty_pointslot l ON l.id = a.lot_id JOIN loyalty_pointstxn t ON t.id = a.txn_id
        LEFT JOIN loyalty_pointshold h ON t.source = 'hold' AND h.id::text = t.document
        WHERE a.kind = 'redeem' AND a.reverses_id IS NULL
          AND l.expires_at <= CASE WHEN t.kind = 'capture' THEN h.created_at ELSE t.business_at END"""),
    (9, "nothing expires before its time", """
        SELECT 'allocation ' || a.id FROM loyalty_lotallocation a
        JOIN loyalty_pointslot l ON l.id = a.lot_id JOIN loyalty_pointstxn t ON t.id = a.txn_id
        WHERE a.kind = 'expire' AND (l.expires_at IS NULL OR t.business_at < l.expires_at)"""),
    (10, "no balance without transactions", """
        SELECT 'account ' || a.id FROM loyalty_account a
        LEFT JOIN (SELECT t.account_id, sum(e.amount) AS total FROM loyalty_pointsentry e
                   JOIN loyalty_pointstxn t ON t.id = e.txn_id WHERE e.account_id IS NOT NULL GROUP BY 1) b
               ON b.account_id = a.id
        WHERE a.available + a.pending + a.held - a.debt <> coalesce(b.total, 0)"""),
    (10, "every lot was granted by a transaction of its account", """
        SELECT 'lot ' || l.id FROM loyalty_pointslot l LEFT JOIN loyalty_pointstxn t ON t.id = l.txn_id
        WHERE t.id IS NULL OR t.account_id <> l.account_id"""),
)  # fmt: skip


LEDGER = (
    "loyalty_account, loyalty_pointstxn, loyalty_pointsentry, loyalty_pointslot, loyalty_lotallocation, "
    "loyalty_pointsdebt, loyalty_pointshold, loyalty_earnline"
)


def find_breaches() -> Iterator[Breach]:
    """Every invariant checked over everything; the first breaches of each rule."""
    with connection.cursor() as cursor:
        # After a large import the statistics are of the day before, and a join of everything takes hours.
        cursor.execute(f"ANALYZE {LEDGER}")
        for invariant, rule, sql in CHECKS:
            cursor.execute(f"SELECT * FROM ({sql}) AS breach LIMIT {MOST_SHOWN}")
            for (subject,) in cursor.fetchall():
                yield Breach(invariant, rule, subject)
