"""What a household shares: points a member may spend besides the own, and who used whose."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Q, Sum
from django.utils import timezone

from loyalty.models import Account, PointsEntry, PointsLot, PointsTxn
from members.models import Member
from members.selectors.found import FoundMember
from members.selectors.households import Place, spenders
from members.selectors.rows import member_rows
from staff.models import User

POOL, AVAILABLE = PointsTxn.Kind.POOL, PointsEntry.Bucket.AVAILABLE
RECEIVED = "pool"
"""The event of what a spender gets for a spending; a giver's event has the account's number behind it."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Points of the others a member may spend now; `monthly_limit` and what is left of it, where there is a limit."""

    points: int
    monthly_limit: int | None
    left: int | None


@dataclass(frozen=True, slots=True)
class Move:
    """Points of others that one member used at a moment, with whose they were."""

    at: datetime
    who: FoundMember
    points: int
    givers: tuple[tuple[FoundMember, int], ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What one member of a household has, and has drawn from the others this month; None where it is not shown."""

    who: FoundMember
    available: int | None
    drawn: int | None


def month_of(at: datetime) -> tuple[date, date]:
    """The first day of the month of a moment, and of the following one."""
    first = timezone.localtime(at).date().replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def drawn_by(account_ids: Iterable[int], at: datetime) -> dict[int, int]:
    """Points taken from the others in the month of a moment, by account; one query."""
    first, following = month_of(at)
    rows = PointsEntry.objects.filter(
        account_id__in=list(account_ids), txn__kind=POOL, txn__event=RECEIVED, bucket=AVAILABLE,
        business_on__gte=first, business_on__lt=following,
    )  # fmt: skip
    return dict(rows.values_list("account_id").annotate(points=Sum("amount")).order_by())


def shared_points(member: Member) -> Shared | None:
    """What the household adds to a member's points; None for who may not spend others' points. One query for most."""
    rule = spenders([member.pk]).get(member.pk)
    if rule is None:
        return None
    there = sum(_usable([*rule.others]).values())
    account = Account.objects.filter(member=member).only("pk", "debt").first()
    if account and account.debt:
        there = 0
    if rule.monthly_limit is None:
        return Shared(there, None, None)
    now = timezone.now()
    left = max(rule.monthly_limit - (drawn_by([account.pk], now).get(account.pk, 0) if account else 0), 0)
    return Shared(min(there, left), rule.monthly_limit, left)


def own_and_shared(member: Member, own: int) -> int:
    """Points a member may spend in all."""
    shared = shared_points(member)
    return own + (shared.points if shared else 0)


def shares_of(places: Sequence[Place]) -> list[Share]:
    """Of the places of a household those of today, with what each has and has drawn this month."""
    places = [one for one in places if one.place.left_on is None]
    accounts = dict(Account.objects.filter(member_id__in=[one.row.pk for one in places]).values_list("member_id", "pk"))
    available = _usable([one.row.pk for one in places])
    drawn = drawn_by(accounts.values(), timezone.now())
    return [
        Share(
            one.row,
            available.get(one.row.pk, 0) if one.row.in_scope else None,
            drawn.get(accounts.get(one.row.pk), 0) if one.row.in_scope else None,
        )
        for one in places
    ]


def moves_within(places: Sequence[Place], limit: int = 20) -> list[Move]:
    """The last spendings in a household, of all its places, that used points of others, the newest first."""
    people = {one.row.pk: one.row for one in places}
    received = list(
        PointsTxn.objects.filter(kind=POOL, event=RECEIVED, account__member_id__in=people)
        .select_related("account")
        .order_by("-pk")[:limit]
    )
    given = _given(received)
    return [
        Move(
            txn.business_at,
            people[txn.account.member_id],
            sum(points for _pk, points in given[_cause(txn)]),
            tuple((people[pk], points) for pk, points in given[_cause(txn)] if pk in people),
        )
        for txn in received
    ]


def beside_moves(user: User, txns: Sequence[PointsTxn]) -> dict[int, list[tuple[FoundMember, int]]]:
    """Beside moves within a household in a ledger, as this person may see it: from whom how much, or for whom."""
    moves = [txn for txn in txns if txn.kind == POOL]
    if not moves:
        return {}
    given = _given(moves)
    received = {
        _cause(txn): txn.account.member_id
        for txn in PointsTxn.objects.filter(_causes(moves), kind=POOL, event=RECEIVED).select_related("account")
    }
    ids = {pk for parts in given.values() for pk, _points in parts} | set(received.values())
    members = Member.objects.filter(pk__in=ids).select_related("home_store")
    people = {row.pk: row for row in member_rows(user, list(members))}
    return {
        txn.pk: [(people[pk], points) for pk, points in given[_cause(txn)]]
        if txn.event == RECEIVED
        else [(people[received[_cause(txn)]], 0)]
        for txn in moves
    }


def _given(received: Sequence[PointsTxn]) -> dict[tuple, list[tuple[int, int]]]:
    """By cause, who gave how much: member ids and points."""
    given: dict[tuple, list[tuple[int, int]]] = defaultdict(list)
    rows = (
        PointsTxn.objects.filter(_causes(received), kind=POOL)
        .exclude(event=RECEIVED)
        .select_related("account")
        .order_by("pk")
    )
    txns = {txn.pk: txn for txn in rows}
    days = {timezone.localtime(txn.business_at).date() for txn in txns.values()}
    legs = PointsEntry.objects.filter(txn_id__in=list(txns), business_on__in=days, bucket=AVAILABLE)
    for txn_id, amount in legs.values_list("txn_id", "amount"):
        txn = txns[txn_id]
        given[_cause(txn)].append((txn.account.member_id, -amount))
    return given


def _causes(txns: Iterable[PointsTxn]) -> Q:
    """The transactions of the same spendings; of none, none."""
    causes = Q(pk__in=[])
    for txn in txns:
        causes |= Q(source=txn.source, document=txn.document, line=txn.line)
    return causes


def _cause(txn: PointsTxn) -> tuple[str, str, int]:
    return txn.source, txn.document, txn.line


def _usable(member_ids: list[int]) -> dict[int, int]:
    """Points that may be spent now, by member; what has lapsed but is not yet booked as expired does not count."""
    rows = (
        PointsLot.objects.filter(account__member_id__in=member_ids, remaining__gt=0, is_pending=False)
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()))
        .values_list("account__member_id")
        .annotate(points=Sum(F("remaining") - F("earmarked")))
        .order_by()
    )
    return {member_id: int(points) for member_id, points in rows}
