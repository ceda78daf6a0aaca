"""What sales does when a merge of members is taken back. Synchronous, inside its transaction."""

from typing import Any

from django.dispatch import receiver

from members.signals import merge_undone
from sales.services.merging import give_purchases_back


@receiver(merge_undone)
def purchases_go_home(winner_id: int, loser_id: int, **_kwargs: Any) -> None:
    give_purchases_back(winner_id=winner_id, loser_id=loser_id)
