"""Points lapse when their time is over, whether or not the nightly job has run."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from loyalty.models import Account, LotAllocation, PointsLot, PointsTxn
from loyalty.services.book import AVAILABLE, HOUSE, PENDING, Book, Kind, Lot, Use

SOURCE = "expiry"
ACCOUNTS_AT_ONCE = 500


def expire_due(*, now: datetime, account_ids: Sequence[int] | None = None) -> int:
    """Expire every lot whose time was over by ``now``; returns the points. Running it again expires nothing more.

    Points set aside by a hold are honoured until the hold ends. Each batch of accounts is its own transaction.
    """
    due = PointsLot.objects.filter(remaining__gt=0, expires_at__lte=now)
    if account_ids is not None:
        due = due.filter(account_id__in=account_ids)
    owners = sorted(set(due.values_list("account_id", flat=True)))
    return sum(
        _expire_accounts(owners[start : start + ACCOUNTS_AT_ONCE], now)
        for start in range(0, len(owners), ACCOUNTS_AT_ONCE)
    )


@transaction.atomic
def _expire_accounts(account_ids: Sequence[int], now: datetime) -> int:
    accounts = {
        account.pk: account
        for account in Account.objects.select_for_update(no_key=True).filter(pk__in=account_ids).order_by("pk")
    }
    book = Book()
    rows = PointsLot.objects.filter(account_id__in=account_ids, remaining__gt=0, expires_at__lte=now)
    lots = book.load_lots(rows.values_list("pk", flat=True), accounts)
    expired = expire_lots(book, lots.values())
    _note_next_expiry(book, accounts, now)
    book.write()
    return expired


def expire_lots(book: Book, lots: Iterable[Lot]) -> int:
    """Book the expiry of what these lots have free, dated at the instant they expire; returns the points."""
    groups: dict[tuple[int, datetime], list[Lot]] = defaultdict(list)
    for lot in lots:
        if lot.free:
            groups[lot.account.pk, lot.expires_at].append(lot)
    runs = _earlier_runs(groups)
    expired = 0
    for (account_id, expires_at), together in sorted(groups.items()):
        document = _document(account_id, expires_at)
        txn = book.begin(
            together[0].account,
            Kind.EXPIRE,
            source=SOURCE,
            document=document,
            line=runs.get(document, 0),
            event="expire",
            business_at=expires_at,
        )
        for lot in together:
            points = lot.free
            book.use(txn, lot, Use.EXPIRE.value, points)
            book.move(txn, PENDING if lot.is_pending else AVAILABLE, -points)
            book.move(txn, HOUSE[Kind.EXPIRE], points, lot.brand_id)
            expired += points
    return expired


def reinstate(book: Book, lots: Sequence[Lot]) -> list[Lot]:
    """Undo the expiry of lots because something that happened before it has only now become known.

    Returns the lots that had expired; what they have left at the end of the booking is to expire again.
    """
    if not lots:
        return []
    lapsed: dict[int, Lot] = {}
    uses = LotAllocation.objects.filter(
        lot_id__in=[lot.id for lot in lots], kind=Use.EXPIRE, reverses__isnull=True, reversals__isnull=True
    ).select_related("txn")
    by_id = {lot.id: lot for lot in lots}
    txns: dict[int, object] = {}
    for use in uses.order_by("pk"):
        lot = lapsed[use.lot_id] = by_id[use.lot_id]
        if use.txn_id not in txns:
            txns[use.txn_id] = book.begin(
                lot.account,
                Kind.REINSTATE,
                source=SOURCE,
                document=f"{use.txn.document}#{use.txn.line}",
                line=_next_line(f"{use.txn.document}#{use.txn.line}"),
                event="reinstate",
                business_at=use.txn.business_at,
                reverses_id=use.txn_id,
            )
        txn = txns[use.txn_id]
        book.give_back(txn, lot, Use.EXPIRE.value, use.amount, reverses_id=use.pk)
        book.move(txn, AVAILABLE, use.amount)
        book.move(txn, HOUSE[Kind.EXPIRE], -use.amount, lot.brand_id)
    return list(lapsed.values())


def _document(account_id: int, expires_at: datetime) -> str:
    return f"{account_id}@{timezone.localtime(expires_at).isoformat()}"


def _earlier_runs(groups: Iterable[tuple[int, datetime]]) -> dict[str, int]:
    """How many expiries were booked before for these accounts and instants (a lot may lapse again after a return)."""
    documents = [_document(*group) for group in groups]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT document, max(line) + 1 FROM loyalty_pointstxn"
            " WHERE source = %s AND event = 'expire' AND document = ANY(%s) GROUP BY 1",
            [SOURCE, documents],
        )
        return dict(cursor.fetchall())


def _next_line(document: str) -> int:
    return PointsTxn.objects.filter(source=SOURCE, document=document, event="reinstate").count()


def _note_next_expiry(book: Book, accounts: dict[int, Account], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, min(expires_at) FROM loyalty_pointslot"
            " WHERE account_id = ANY(%s) AND remaining > 0 AND expires_at > %s GROUP BY 1",
            [list(accounts), now],
        )
        ahead = dict(cursor.fetchall())
    for account in accounts.values():
        account.next_expiry_at = ahead.get(account.pk)
        book.touch_account(account)
