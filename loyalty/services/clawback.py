"""Taking back what a returned line had earned, cumulatively and to the point.

What a line should have earned now is the stored rate on its retained amount; what it has beyond that is taken back:
from the line's own lot (pending or not), then by policy from other lots, and the rest becomes a debt or is forgiven.
Ten partial returns therefore take exactly what one full return takes. A brand that paid for the line's points gets them
back, whichever lot they are taken from.
"""

from collections.abc import Sequence

from django.db import connection

from loyalty.models import Account, Programme
from loyalty.services import expiry
from loyalty.services.accrual_state import Accrual, EarnedLine, Outcome
from loyalty.services.book import AVAILABLE, HOUSE, PENDING, Book, Kind, Lot, Txn, Use
from loyalty.services.rules import points_for, retained_amount
from sales.services.drafts import Match, ReceiptDraft

EARNED = """
SELECT e.sold_on, e.receipt_id, e.line_no, e.account_id, e.programme_id, e.lot_id, e.base_amount, e.rate, e.cap,
       e.points_earned, e.points_now, e.points_forgiven
FROM loyalty_earnline e
JOIN unnest(%s::date[], %s::bigint[], %s::int[]) AS k(sold_on, receipt_id, line_no)
  ON e.sold_on = k.sold_on AND e.receipt_id = k.receipt_id AND e.line_no = k.line_no"""
LOT = 5


def load(accrual: Accrual, matches: Sequence[Match]) -> None:
    """Read the earned lines that this posting's returns give back, and their lots, in two statements.

    Lines sold in the posting itself are noted, so that the sale keeps them at hand when it earns.
    """
    accrual.given_back = {(match.sale_receipt_id, match.sale_line_no) for match in matches}
    keys = sorted({(match.sale_sold_on, match.sale_receipt_id, match.sale_line_no) for match in matches})
    if not keys:
        return
    by_account = {account.pk: account for account in accrual.accounts.values()}
    with connection.cursor() as cursor:
        cursor.execute(EARNED, [[key[0] for key in keys], [key[1] for key in keys], [key[2] for key in keys]])
        rows = cursor.fetchall()
    lots = accrual.book.load_lots((row[LOT] for row in rows if row[LOT]), by_account)
    for row in rows:
        line = EarnedLine(*row[:LOT], lots.get(row[LOT]), *row[LOT + 1 :], why="", is_new=False)
        accrual.lines[line.key] = line
    accrual.reinstated = expiry.reinstate(accrual.book, _lapsed_since(accrual, matches))


def _lapsed_since(accrual: Accrual, matches: Sequence[Match]) -> list[Lot]:
    """Lots that have expired, but after a return that only now becomes known."""
    lapsed = {}
    for match in matches:
        line = accrual.lines.get((match.sale_receipt_id, match.sale_line_no))
        expires_at = line.lot.expires_at if line and line.lot else None
        if expires_at and match.returned.sold_at < expires_at <= accrual.book.booked_at:
            lapsed[line.lot.id] = line.lot
    return list(lapsed.values())


def take_back(
    accrual: Accrual, receipt: ReceiptDraft, account: Account, matches: Sequence[Match], outcome: Outcome
) -> None:
    """Take back what the matched lines of one return have beyond their retained amounts.

    A return is never refused here. A line of another member's account (a member merged since) is taken from the
    account that earned it only when that is this account; otherwise from this one's balance.
    """
    txn: Txn | None = None
    for match in matches:
        line = accrual.lines.get((match.sale_receipt_id, match.sale_line_no))
        if line is None:
            continue
        kept_before = retained_amount(
            line.base_amount, match.sale_quantity, match.sale_quantity - match.returned_before
        )
        kept_now = retained_amount(
            line.base_amount,
            match.sale_quantity,
            match.sale_quantity - match.returned_before - match.quantity,
        )
        should_have = min(line.now, points_for(kept_now, line.rate, line.cap))
        excess = line.now - should_have
        line.now = should_have
        if excess:
            txn = txn or _begin(accrual.book, account, receipt)
            _take(accrual, txn, line, excess, outcome)
        if line.rate:
            accrual.note_progress(
                account,
                on=line.sold_on,
                known_at=receipt.sold_at,
                is_sale=False,
                spend=kept_now - kept_before,
                points=-excess,
                visits=0,
                receipt_id=receipt.id,
            )
    account.earned_life -= outcome.taken_back + outcome.owed


def _begin(book: Book, account: Account, receipt: ReceiptDraft) -> Txn:
    return book.begin(
        account,
        Kind.CLAWBACK,
        source=receipt.source,
        document=f"{receipt.store_id}/{receipt.document}",
        line=receipt.generation,
        event="clawback",
        business_at=receipt.sold_at,
        store_id=receipt.store_id,
        receipt_id=receipt.id,
    )


def _take(accrual: Accrual, txn: Txn, line: EarnedLine, excess: int, outcome: Outcome) -> None:
    book, account = accrual.book, txn.account
    policy = accrual.rules.programme_at(txn.business_at).claw_back
    left = excess
    only_pending = policy == Programme.ClawBack.ONLY_PENDING
    own = line.lot if line.lot is not None and line.lot.account is account else None
    if own and (own.is_pending or not only_pending):
        left -= _take_from(book, txn, own, left, line)
    if left and not only_pending:
        for lot in book.open_lots(account):
            if lot.expires_at and lot.expires_at <= txn.business_at:
                continue
            left -= _take_from(book, txn, lot, left, line)
            if not left:
                break
    outcome.taken_back += excess - left
    if not left:
        return
    if policy == Programme.ClawBack.UNLIMITED:
        book.owe(txn, left, line=line.key, brand_id=_payer(line))
        outcome.owed += left
    else:
        line.forgiven += left
        outcome.forgiven += left


def _take_from(book: Book, txn: Txn, lot: Lot, points: int, line: EarnedLine) -> int:
    part = min(points, lot.free)
    if part:
        book.use(txn, lot, Use.CLAWBACK.value, part, line=line.key)
        book.move(txn, PENDING if lot.is_pending else AVAILABLE, -part)
        book.move(txn, HOUSE[Kind.CLAWBACK], part, _payer(line))
    return part


def _payer(line: EarnedLine) -> int | None:
    return line.lot.brand_id if line.lot is not None else None


def write(accrual: Accrual) -> None:
    """Hand new lines to the book, bring the stored ones up to date, let reinstated lots expire again."""
    if accrual.reinstated:
        expiry.expire_lots(accrual.book, accrual.reinstated)
    stored = []
    for line in accrual.lines.values():
        if line.is_new:
            accrual.book.earn_lines.append(
                (line.sold_on, line.receipt_id, line.line_no, line.account_id, line.programme_id, line.lot,
                 line.base_amount, line.rate, line.cap, line.earned, line.now, line.forgiven, line.why)
            )  # fmt: skip
        else:
            stored.append(line)
    if not stored:
        return
    stored.sort(key=lambda line: (line.sold_on, line.receipt_id, line.line_no))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE loyalty_earnline e SET points_now = v.points_now, points_forgiven = v.points_forgiven
            FROM unnest(%s::date[], %s::bigint[], %s::int[], %s::bigint[], %s::bigint[])
                AS v(sold_on, receipt_id, line_no, points_now, points_forgiven)
            WHERE e.sold_on = v.sold_on AND e.receipt_id = v.receipt_id AND e.line_no = v.line_no
            """,
            [
                [line.sold_on for line in stored],
                [line.receipt_id for line in stored],
                [line.line_no for line in stored],
                [line.now for line in stored],
                [line.forgiven for line in stored],
            ],
        )
