"""Merges as pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.apps import apps

from kit import names
from members.access import unmasked_ids
from members.models import MemberCard, MergeMove, MergeOperation
from staff.models import User


@dataclass(frozen=True)
class MergeRow:
    """One merge with both names as the person may see them."""

    operation: MergeOperation
    winner: str
    loser: str


def merge_rows(user: User, operations: Sequence[MergeOperation]) -> list[MergeRow]:
    """Merges (with both members loaded) as rows; at most a few queries for any number."""
    people = {one.pk: one for operation in operations for one in (operation.winner, operation.loser)}
    clear = unmasked_ids(user, [(member.pk, member.home_store_id) for member in people.values()])

    def name(pk: int) -> str:
        return people[pk].display_name if pk in clear else names.mask(people[pk].display_name)

    return [MergeRow(operation, name(operation.winner_id), name(operation.loser_id)) for operation in operations]


def moved_tables(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """What moved (or stayed) in words, with how many: keys are "app.Model" or "app.Model.field"."""
    return [
        (str(apps.get_model(*key.split(".")[:2])._meta.verbose_name_plural), count) for key, count in counts.items()
    ]


def cards_of_loser(operation: MergeOperation) -> list[MemberCard]:
    """The cards that came from the loser: what was bought since with one of them is the loser's."""
    label = MemberCard._meta.label
    pks = [pk for step in operation.moves.filter(table=label, verb=MergeMove.Verb.CHANGED) for pk in step.pks]
    return list(MemberCard.objects.filter(pk__in=pks).order_by("pk"))
