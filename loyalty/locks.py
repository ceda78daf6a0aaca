"""How accounts are locked: always by id, after members and sales, before lots."""

from collections.abc import Iterable

from django.db import connection
from django.utils import timezone

from loyalty.models import Account, Coupon, PointsHold, Reward

COLUMNS = [field.attname for field in Account._meta.concrete_fields]
# Every posting comes through here: a plain statement, half the work of a queryset.
LOCKED = f"SELECT {', '.join(COLUMNS)} FROM loyalty_account WHERE member_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def lock_accounts(member_ids: Iterable[int]) -> dict[int, Account]:
    """Lock the accounts of these members in id order, opening those that do not exist yet.

    NO KEY: a plain FOR UPDATE would also stop inserts of rows that point at an account.
    """
    wanted = sorted(set(member_ids))
    if len(wanted) > 1:
        # Many are locked once: those who have no account yet get one before.
        have = set(Account.objects.filter(member_id__in=wanted).values_list("member_id", flat=True))
        if len(have) < len(wanted):
            open_accounts([member_id for member_id in wanted if member_id not in have])
    accounts = _locked(wanted)
    missing = [member_id for member_id in wanted if member_id not in accounts]
    if missing:
        open_accounts(missing)
        accounts = _locked(wanted)
    return accounts


def lock_account(member_id: int) -> Account:
    """Lock one member's account, opening it when needed."""
    return lock_accounts([member_id])[member_id]


def open_accounts(member_ids: list[int]) -> None:
    """Open accounts for members who have none; doing it twice changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO loyalty_account"
            " (member_id, available, pending, held, debt, earned_life, tier_rank, updated_at)"
            " SELECT member_id, 0, 0, 0, 0, 0, 0, %s FROM unnest(%s::bigint[]) AS member_id"
            " ON CONFLICT (member_id) DO NOTHING",
            [timezone.now(), sorted(member_ids)],
        )


def lock_hold(hold_id: int) -> PointsHold:
    """Lock a hold; its account must be locked first."""
    return PointsHold.objects.select_for_update(no_key=True).get(pk=hold_id)


def lock_reward(reward_id: int) -> Reward:
    """Lock a reward's stock."""
    return Reward.objects.select_for_update(no_key=True).get(pk=reward_id)


def lock_coupons(numbers: Iterable[str]) -> list[Coupon]:
    """Lock coupons by number, in id order."""
    return list(
        Coupon.objects.select_for_update(no_key=True, of=("self",))
        .filter(number__in=list(numbers))
        .select_related("kind")
        .order_by("pk")
    )


def _locked(member_ids: list[int]) -> dict[int, Account]:
    with connection.cursor() as cursor:
        cursor.execute(LOCKED, [member_ids])
        rows = cursor.fetchall()
    accounts = (Account.from_db(connection.alias, COLUMNS, row) for row in rows)
    return {account.member_id: account for account in accounts}
