"""What loyalty does when members become one. Synchronous: a half-merged account is worse than a slow merge."""

from typing import Any

from django.dispatch import receiver

from loyalty.services.merging import merge_accounts
from members.services.merging import keep, move, register
from members.signals import member_merged


@receiver(member_merged)
def merge_points(winner_id: int, loser_id: int, **_kwargs: Any) -> None:
    merge_accounts(winner_id=winner_id, loser_id=loser_id)


def register_policies() -> None:
    """The account stays with the tombstone, empty: its points have moved."""
    register("loyalty.Account", keep)
    register("loyalty.Coupon", move("loyalty.Coupon", "member"))
