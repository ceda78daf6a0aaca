"""Points of a household: what a member lacks comes from the others, in the booking that spends it.

Own points go first. What is missing moves from the lots of the others, what expires first going first, into lots of
the spender with the same expiry: a pair of transactions per giver (`pool`), whose legs meet in the bucket `pooled` of
the house. What a return or an undone redemption gives back, and what a hold lets go, stays with the spender. Who owes
points gets none from the others: they would only pay the debt.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from loyalty.exceptions import NotEnoughPoints, OverMonthlyLimit
from loyalty.locks import lock_accounts
from loyalty.models import Account
from loyalty.selectors.pooled import RECEIVED, drawn_by, month_of
from loyalty.services.book import AVAILABLE, HOUSE, Book, Grant, Kind, Lot, Txn, Use
from members.locks import share_households
from members.selectors.households import spenders


@dataclass(frozen=True, slots=True)
class Pool:
    """Whose points a member may spend besides the own, at most `monthly_limit` a month (None: any number)."""

    monthly_limit: int | None
    givers: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """Locked accounts by member, and by account the pool its member may draw on."""

    accounts: dict[int, Account]
    pools: dict[int, Pool]


def lock_with_households(member_ids: Iterable[int], spending: Iterable[int]) -> Held:
    """Lock the accounts of members, and of the households of those who spend: all in one order, so that two members of
    a household never wait for each other. Members are held against a merge before."""
    wanted, spending = set(member_ids), set(spending)
    rules = spenders(spending) if spending and share_households(spending) else {}
    others = {member_id for one in rules.values() for member_id in one.others}
    # Who has no account has no points: none is opened for them here.
    having = Account.objects.filter(member_id__in=others).values_list("member_id", flat=True) if others else ()
    accounts = lock_accounts(wanted | set(having))
    pools = {
        accounts[pk].pk: Pool(one.monthly_limit, tuple(accounts[pk] for pk in one.others if pk in accounts))
        for pk, one in rules.items()
    }
    return Held(accounts, pools)


def top_up(book: Book, txn: Txn, points: int, pool: Pool | None, *, at: datetime) -> int:
    """Bring in what the account of a spending lacks of so many points; returns how many came from others.

    Raises `NotEnoughPoints` where all together have too few, `OverMonthlyLimit` where the rule allows fewer.
    """
    own = sum(lot.free for lot in usable_lots(book, txn.account, at))
    missing = points - own
    if missing <= 0 or pool is None or txn.account.debt:
        return 0
    lots = sorted((lot for giver in pool.givers for lot in usable_lots(book, giver, at)), key=_first_to_expire)
    there = sum(lot.free for lot in lots)
    allowed = there
    if pool.monthly_limit is not None:
        allowed = min(there, max(pool.monthly_limit - drawn(txn.account, at, book), 0))
    if missing > there:
        raise NotEnoughPoints(available=own + allowed)
    if missing > allowed:
        raise OverMonthlyLimit(available=own + allowed, limit=pool.monthly_limit)
    _move(book, txn, lots, missing, at)
    return missing


def drawn(account: Account, at: datetime, book: Book) -> int:
    """Points a member has taken from the others in the month of a moment, those of this booking included."""
    first, following = month_of(at)
    now = sum(
        txn.legs.get((AVAILABLE, None), 0)
        for txn in book.txns
        if txn.account.pk == account.pk
        and (txn.kind, txn.event) == (Kind.POOL, RECEIVED)
        and first <= timezone.localtime(txn.business_at).date() < following
    )
    return drawn_by([account.pk], at).get(account.pk, 0) + now


def usable_lots(book: Book, account: Account, at: datetime) -> list[Lot]:
    """The lots of an account from which points may be spent at a moment, what expires first going first."""
    return [
        lot
        for lot in book.open_lots(account)
        if not lot.is_pending and lot.free > 0 and (lot.expires_at is None or lot.expires_at > at)
    ]


def _move(book: Book, spending: Txn, lots: list[Lot], points: int, at: datetime) -> None:
    into = _begin(book, spending, spending.account, RECEIVED, at)
    giving: dict[int, Txn] = {}
    left = points
    for lot in lots:
        part = min(left, lot.free)
        if not part:
            break
        giver = lot.account
        if giver.pk not in giving:
            giving[giver.pk] = _begin(book, spending, giver, f"{RECEIVED} {giver.pk}", at)
        out = giving[giver.pk]
        book.use(out, lot, Use.TRANSFER.value, part)
        book.move(out, AVAILABLE, -part)
        book.move(out, HOUSE[Kind.POOL], part, lot.brand_id)
        # Without its receipt: a return of the giver's goods takes back from the giver.
        grant = [Grant(part, brand_id=lot.brand_id)]
        book.grant(into, grant, active_from=lot.active_from, expires_at=lot.expires_at)
        left -= part


def _begin(book: Book, spending: Txn, account: Account, event: str, at: datetime) -> Txn:
    return book.begin(
        account,
        Kind.POOL,
        source=spending.source,
        document=spending.document,
        line=spending.line,
        event=event,
        business_at=at,
        store_id=spending.store_id,
    )


def _first_to_expire(lot: Lot) -> tuple:
    return (lot.expires_at is None, lot.expires_at or lot.active_from, lot.active_from, lot.id)
