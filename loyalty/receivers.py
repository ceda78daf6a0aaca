"""What loyalty does when members become one, and when that is taken back. Synchronous: a half-merged account is worse
than a slow merge."""

from typing import Any

from django.dispatch import receiver

from loyalty.services.merging import merge_accounts
from loyalty.services.unmerging import unmerge_accounts
from members.models import MergeOperation
from members.services.merging import keep, move, note, register
from members.signals import member_merged, merge_undone

APP = "loyalty"


@receiver(member_merged)
def merge_points(operation_id: int, winner_id: int, loser_id: int, **_kwargs: Any) -> None:
    note(operation_id, APP, merge_accounts(winner_id=winner_id, loser_id=loser_id))


@receiver(merge_undone)
def give_points_back(operation_id: int, winner_id: int, loser_id: int, **_kwargs: Any) -> None:
    facts = MergeOperation.objects.get(pk=operation_id).notes[APP]
    unmerge_accounts(winner_id=winner_id, loser_id=loser_id, facts=facts)


def register_policies() -> None:
    """The account stays with the tombstone, empty: its points have moved."""
    register("loyalty.Account", keep)
    register("loyalty.Coupon", move("loyalty.Coupon", "member"))
