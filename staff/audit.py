"""The audit trail: one line per deed, in the transaction of the deed."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models

from staff.models import AuditEntry

if TYPE_CHECKING:
    from staff.models import User


def plain(value: object) -> object:
    """A value as JSON can hold it: money as text, dates in ISO, rows as their numbers."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value
        case Decimal():
            return str(value)
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case models.Model():
            return value.pk
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset() | models.QuerySet():
            return [plain(item) for item in value]
    return str(value)


def record(
    actor: "User | None", action: str, subject: models.Model | None = None, *, store: object = None, **data: object
) -> AuditEntry:
    """Write one line. `subject` is the row it was done to; `store` a Store or its number; `data` what changed."""
    return AuditEntry.objects.create(
        actor=actor if actor is not None and getattr(actor, "pk", None) else None,
        action=action,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=subject.pk if subject is not None and isinstance(subject.pk, int) else None,
        store_id=getattr(store, "pk", store),
        data=plain(data),
    )
