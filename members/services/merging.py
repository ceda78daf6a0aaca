"""Merging two members who are one person: the loser stays as a tombstone that points at the winner.

Every foreign key to `Member` has a declared policy, registered here for our own models and by the apps above in
their `AppConfig.ready()`; a test fails when one is missing. Policies and the receivers of `member_merged` run
inside the transaction.
"""

from collections.abc import Callable, Iterator

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import NotFound
from members.exceptions import CannotMerge
from members.locks import lock_members_for_merge
from members.models import Member, MergeOperation
from members.services.search_rows import drop_search_row, write_search_row
from members.signals import member_merged
from staff.audit import record
from staff.models import User

# policy(winner_id, loser_id) -> how many rows moved
Policy = Callable[[int, int], int]

_policies: dict[str, Policy] = {}


def register(label: str, policy: Policy) -> None:
    """Declare what a merge does with a foreign key to `Member`.

    `label` is "app.Model" for all such keys of a model, or "app.Model.field" for one. Registering a label again
    replaces its policy. Policies run in the order of the floors, lower apps first.
    """
    _policies[label] = policy


def keep(winner_id: int, loser_id: int) -> int:
    """Policy: history stays with the tombstone."""
    return 0


def move(label: str, field: str) -> Policy:
    """Policy: repoint the rows at the winner. A clash of a unique constraint aborts the merge."""

    def policy(winner_id: int, loser_id: int) -> int:
        rows = apps.get_model(label)._base_manager.filter(**{f"{field}_id": loser_id})
        return rows.update(**{f"{field}_id": winner_id})

    return policy


def foreign_keys() -> Iterator[tuple[type[models.Model], str]]:
    """Every foreign key to `Member` in the project, hidden ones included."""
    for relation in Member._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            yield relation.related_model, relation.field.name


def policy_for(model: type[models.Model], field: str) -> Policy | None:
    """The policy declared for one foreign key."""
    label = model._meta.label
    return _policies.get(f"{label}.{field}") or _policies.get(label)


@transaction.atomic
def merge_members(*, winner_id: int, loser_id: int, actor: User | None, reason: str = "") -> MergeOperation:
    """Make two members one. Cards, phones, notes and care move; the stricter consent wins; points follow by signal.

    A second call for the same pair returns the first operation and changes nothing.
    """
    if winner_id == loser_id:
        raise CannotMerge(_("A member cannot be merged with itself."))
    locked = {member.pk: member for member in lock_members_for_merge([winner_id, loser_id])}
    if len(locked) < 2:
        raise NotFound(_("There is no such member."))
    winner, loser = locked[winner_id], locked[loser_id]
    if loser.merged_into_id == winner.pk:
        return MergeOperation.objects.filter(winner=winner, loser=loser).latest("pk")
    if loser.is_merged or winner.is_merged:
        raise CannotMerge(_("One of the two was merged before. Look at the member it went into."))
    if winner.kind != loser.kind:
        raise CannotMerge(_("A person and a company cannot be merged."))

    moved = _apply_policies(winner.pk, loser.pk)
    _fill_empty_fields(winner, loser)
    loser.merged_into = winner
    loser.status = Member.Status.CLOSED
    loser.next_birthday_on = None
    loser.updated_at = timezone.now()
    loser.save(update_fields=["merged_into", "status", "next_birthday_on", "updated_at"])
    drop_search_row(loser.pk)
    write_search_row(winner)
    operation = MergeOperation.objects.create(winner=winner, loser=loser, reason=reason, moved=moved, by=actor)
    record(
        actor, "members.members_merged", winner, store=winner.home_store_id, loser=loser.pk, reason=reason, moved=moved
    )
    member_merged.send(sender=Member, winner_id=winner.pk, loser_id=loser.pk)
    return operation


def _apply_policies(winner_id: int, loser_id: int) -> dict[str, int]:
    order = {config.label: place for place, config in enumerate(apps.get_app_configs())}
    done: set[Policy] = set()
    moved: dict[str, int] = {}
    for model, field in sorted(
        foreign_keys(), key=lambda key: (order[key[0]._meta.app_label], key[0]._meta.label, key[1])
    ):
        policy = policy_for(model, field)
        if policy is None:
            raise ImproperlyConfigured(f"{model._meta.label}.{field} has no merge policy (members.services.merging).")
        if policy is keep or policy in done:
            continue
        done.add(policy)
        if count := policy(winner_id, loser_id):
            moved[f"{model._meta.label}.{field}"] = count
    return moved


def _fill_empty_fields(winner: Member, loser: Member) -> None:
    """What the winner lacks comes from the loser; nothing the winner has is overwritten."""
    changed = []
    for group in (
        ("name",), ("name_en",), ("gender",), ("email",), ("home_store_id",), ("agreed_discount",),
        ("province", "city", "district", "street", "postcode"),
        ("birth_month", "birth_day", "birth_year", "birth_calendar", "birth_is_leap", "next_birthday_on"),
    ):  # fmt: skip
        filled = any(getattr(winner, field) for field in group if field not in ("birth_calendar", "birth_is_leap"))
        if not filled:
            for field in group:
                setattr(winner, field, getattr(loser, field))
                changed.append(field.removesuffix("_id"))
    if loser.enrolled_on < winner.enrolled_on:
        winner.enrolled_on, winner.enrolled_at = loser.enrolled_on, loser.enrolled_at
        changed += ["enrolled_on", "enrolled_at"]
    winner.updated_at = timezone.now()
    winner.save(update_fields=[*changed, "updated_at"])
