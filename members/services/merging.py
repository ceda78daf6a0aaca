"""Merging two members who are one person: the loser stays as a tombstone that points at the winner.

Every foreign key to `Member` has a declared policy, registered here for our own models and by the apps above in
their `AppConfig.ready()`; a test fails when one is missing. Policies and the receivers of `member_merged` run
inside the transaction. A merge can be taken back: what it did is written down row by row (`MergeLog`).
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import NotFound
from members import birthdays
from members.exceptions import CannotMerge
from members.locks import lock_members_for_merge
from members.models import Member, MergeOperation
from members.services.merge_consent import take_consent_back
from members.services.merge_fields import merged_details
from members.services.merge_log import MergeLog, walk_back
from members.services.search_rows import drop_search_row, write_search_row
from members.signals import member_merged, merge_undone
from staff.audit import record
from staff.models import User

# policy(log) -> how many rows moved. Rows are changed through the log, so that the merge can be taken back.
Policy = Callable[[MergeLog], int]

_policies: dict[str, Policy] = {}


def register(label: str, policy: Policy) -> None:
    """Declare what a merge does with a foreign key to `Member`.

    `label` is "app.Model" for all such keys of a model, or "app.Model.field" for one. Registering a label again
    replaces its policy. Policies run in the order of the floors, lower apps first.
    """
    _policies[label] = policy


def keep(log: MergeLog) -> int:
    """Policy: history stays with the tombstone."""
    return 0


def move(label: str, field: str) -> Policy:
    """Policy: repoint the rows at the winner. A clash of a unique constraint aborts the merge."""

    def policy(log: MergeLog) -> int:
        return log.repoint(apps.get_model(label)._base_manager.all(), field)

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
def merge_members(
    *, winner_id: int, loser_id: int, actor: User | None, reason: str = "", take: Collection[str] = ()
) -> MergeOperation:
    """Make two members one. Cards, phones, notes and care move; the stricter consent wins; points follow by signal.

    `take` names the details (`merge_fields.PARTS`) that are the loser's afterwards; otherwise the winner keeps what it
    has, and what it lacks comes from the loser. A second call for the same pair returns the first operation and
    changes nothing.
    """
    if winner_id == loser_id:
        raise CannotMerge(_("A member cannot be merged with itself."))
    locked = {member.pk: member for member in lock_members_for_merge([winner_id, loser_id])}
    if len(locked) < 2:
        raise NotFound(_("There is no such member."))
    winner, loser = locked[winner_id], locked[loser_id]
    if loser.merged_into_id == winner.pk:
        return MergeOperation.objects.get(winner=winner, loser=loser, undone_at__isnull=True)
    if loser.is_merged or winner.is_merged:
        raise CannotMerge(_("One of the two was merged before. Look at the member it went into."))
    if loser.is_erased or winner.is_erased:
        raise CannotMerge(_("One of the two was erased at the member's own wish."))
    if winner.kind != loser.kind:
        raise CannotMerge(_("A person and a company cannot be merged."))

    operation = MergeOperation.objects.create(winner=winner, loser=loser, reason=reason, by=actor)
    log = MergeLog(operation)
    operation.moved = _apply_policies(log)
    winner.refresh_from_db()
    log.change(winner, **merged_details(winner, loser, take))
    log.change(loser, merged_into_id=winner.pk, status=Member.Status.CLOSED, next_birthday_on=None)
    log.write()
    operation.save(update_fields=["moved"])
    Member.objects.filter(pk__in=locked).update(updated_at=timezone.now())
    drop_search_row(loser.pk)
    write_search_row(winner)
    record(
        actor,
        "members.members_merged",
        winner,
        store=winner.home_store_id,
        loser=loser.pk,
        reason=reason,
        moved=operation.moved,
    )
    member_merged.send(sender=Member, operation_id=operation.pk, winner_id=winner.pk, loser_id=loser.pk)
    return operation


@transaction.atomic
def unmerge_members(*, operation_id: int, actor: User | None, reason: str = "") -> MergeOperation:
    """Take a merge back: both members live again as before it, but for what happened since.

    What came later (receipts, cards, answers) stays with the winner; `later_purchases` lists the purchases. A second
    call changes nothing. Refused while the winner is merged into somebody else.
    """
    operation = MergeOperation.objects.filter(pk=operation_id).first()
    if operation is None:
        raise NotFound(_("There is no such merge."))
    locked = {m.pk: m for m in lock_members_for_merge([operation.winner_id, operation.loser_id])}
    operation.refresh_from_db()
    if operation.is_undone:
        return operation
    winner, loser = locked[operation.winner_id], locked[operation.loser_id]
    if winner.is_merged:
        raise CannotMerge(_("The member that stayed was merged again. Take that merge back first."))
    if winner.is_erased or loser.is_erased:
        raise CannotMerge(_("The member was erased since; nothing is left that could be given back."))
    operation.stayed = walk_back(operation)
    winner.refresh_from_db()
    loser.refresh_from_db()
    take_consent_back(operation, winner, actor)
    _wake(loser)
    write_search_row(winner)
    write_search_row(loser)
    operation.undone_at, operation.undone_by = timezone.now(), actor
    operation.save(update_fields=["stayed", "undone_at", "undone_by"])
    record(
        actor,
        "members.merge_undone",
        winner,
        store=winner.home_store_id,
        loser=loser.pk,
        reason=reason,
        stayed=operation.stayed,
    )
    merge_undone.send(sender=Member, operation_id=operation.pk, winner_id=winner.pk, loser_id=loser.pk)
    return operation


def _wake(member: Member) -> None:
    """The next birthday may have passed while the member was a tombstone."""
    if member.has_birthday:
        member.next_birthday_on = birthdays.of_member(member).next_on(timezone.localdate())
    member.updated_at = timezone.now()
    member.save(update_fields=["next_birthday_on", "updated_at"])


def note(operation_id: int, app: str, facts: dict[str, Any]) -> None:
    """What an app above needs to take its part of a merge back; called from its receiver of `member_merged`."""
    operation = MergeOperation.objects.get(pk=operation_id)
    operation.notes[app] = facts
    operation.save(update_fields=["notes"])


def _apply_policies(log: MergeLog) -> dict[str, int]:
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
        if count := policy(log):
            moved[f"{model._meta.label}.{field}"] = count
    return moved
