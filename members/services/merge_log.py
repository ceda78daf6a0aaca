"""The log of a merge: policies change rows through it, so that the same merge can be taken back row by row."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.apps import apps
from django.db import models

from members.models import MergeMove, MergeOperation


class MergeLog:
    """What one merge does, written down as it happens."""

    def __init__(self, operation: MergeOperation) -> None:
        self.operation = operation
        self.winner_id, self.loser_id = operation.winner_id, operation.loser_id
        self._moves: list[MergeMove] = []

    def repoint(self, rows: models.QuerySet, field: str) -> int:
        """Let a foreign key of all rows that name the loser name the winner; how many there were."""
        column = f"{field}_id"
        pks = list(rows.filter(**{column: self.loser_id}).order_by("pk").values_list("pk", flat=True))
        if pks:
            rows.model._base_manager.filter(pk__in=pks).update(**{column: self.winner_id})
            self._note(rows.model, MergeMove.Verb.CHANGED, pks, {column: self.loser_id}, {column: self.winner_id})
        return len(pks)

    def change(self, row: models.Model, **values: Any) -> None:
        """Give columns of one row new values."""
        before = {name: getattr(row, name) for name in values}
        changed = {name: value for name, value in values.items() if value != before[name]}
        if not changed:
            return
        for name, value in changed.items():
            setattr(row, name, value)
        row._meta.model._base_manager.filter(pk=row.pk).update(**changed)
        self._note(row, MergeMove.Verb.CHANGED, [row.pk], {name: before[name] for name in changed}, changed)

    def remove(self, row: models.Model) -> None:
        """Take a row out that says what another one says already."""
        columns = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        pk = row.pk
        row.delete()
        self._note(row, MergeMove.Verb.REMOVED, [pk], columns, {})

    def write(self) -> None:
        """Store the steps in their order."""
        MergeMove.objects.bulk_create(self._moves)

    def _note(
        self,
        model: models.Model | type[models.Model],
        verb: MergeMove.Verb,
        pks: list[int],
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> None:
        self._moves.append(
            MergeMove(
                operation=self.operation, table=model._meta.label, verb=verb, pks=pks, before=_exact(before),
                after=_exact(after),
            )
        )  # fmt: skip


def _exact(values: Mapping[str, Any]) -> dict[str, Any]:
    """Moments to the microsecond: the encoder of the column would cut them to thousandths, and no row would match them."""
    return {name: one.isoformat() if isinstance(one, datetime | time) else one for name, one in values.items()}


def walk_back(operation: MergeOperation) -> dict[str, int]:
    """Undo the steps, the last one first, where the rows still are as the merge left them.

    Returns by table how many rows changed since and therefore stayed.
    """
    stayed: dict[str, int] = {}
    for step in operation.moves.order_by("-pk"):
        model = apps.get_model(step.table)
        if step.verb == MergeMove.Verb.REMOVED:
            kept = _put_back(model, step)
        else:
            kept = _change_back(model, step)
        if kept:
            stayed[step.table] = stayed.get(step.table, 0) + kept
    return stayed


def _change_back(model: type[models.Model], step: MergeMove) -> int:
    rows = model._base_manager.filter(pk__in=step.pks)
    before, after = _typed(model, step.before), _typed(model, step.after)
    kept = len(step.pks) - rows.filter(**after).update(**before)
    if kept and len(step.pks) == 1:
        # Somebody changed part of the row since; the rest of it still goes back.
        for column, value in before.items():
            rows.filter(**{column: after[column]}).update(**{column: value})
    return kept


def _put_back(model: type[models.Model], step: MergeMove) -> int:
    if model._base_manager.filter(pk__in=step.pks).exists():
        return 1
    model(**_typed(model, step.before)).save(force_insert=True)
    return 0


def _typed(model: type[models.Model], values: Mapping[str, Any]) -> dict[str, Any]:
    by_column = {field.attname: field for field in model._meta.concrete_fields}
    return {name: by_column[name].to_python(value) for name, value in values.items()}
