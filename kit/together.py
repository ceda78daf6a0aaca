"""Rows of several small tables in one statement: what a page about one thing needs of its neighbours.

    row = Member.objects.filter(pk=pk).values(
        notes=rows_of(MemberNote.objects.filter(member=OuterRef("pk")).order_by("-at")[:5], by=("by", "display_name")),
    ).get()
    notes = revived(MemberNote, row["notes"], by=User)

A page's budget counts statements; each of these tables gives a handful of rows and would cost one of its own.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models.functions import JSONObject

M = TypeVar("M", bound=models.Model)


def rows_of(queryset: models.QuerySet, **related: Iterable[str]) -> ArraySubquery:
    """All columns of a subquery's rows, in its order; of each relation named the columns named."""
    columns = {field.attname: field.attname for field in queryset.model._meta.concrete_fields}
    columns |= {f"{name}__{column}": f"{name}__{column}" for name, wanted in related.items() for column in wanted}
    return ArraySubquery(queryset.values(row=JSONObject(**columns)))


def revived(model: type[M], rows: Iterable[Mapping[str, Any]]) -> list[M]:
    """The rows as instances, relations included that were asked for (as far as their columns go)."""
    return [_instance(model, row) for row in rows]


def _instance(model: type[M], row: Mapping[str, Any]) -> M:
    fields = model._meta.concrete_fields
    one = model.from_db(None, [f.attname for f in fields], [f.to_python(row[f.attname]) for f in fields])
    related: dict[str, dict[str, Any]] = {}
    for name, value in row.items():
        relation, _, column = name.partition("__")
        if column:
            related.setdefault(relation, {})[column] = value
    for relation, values in related.items():
        field = model._meta.get_field(relation)
        pk = row[field.attname]
        other = field.related_model
        setattr(one, relation, None if pk is None else other(pk=pk, **_typed(other, values)))
    return one


def _typed(model: type[models.Model], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: model._meta.get_field(name).to_python(value) for name, value in values.items()}
