"""What erasing a member does with each table: declared once per model, by the app it belongs to, in `AppConfig.ready()`.

A test fails when a model that points at a member, or hangs on one that does and holds words, is not declared.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from members.models import MemberPhone
from members.services.merging import foreign_keys


@dataclass(frozen=True)
class Gone:
    """Who is erased: the member and all that were merged into it, and the numbers nobody else has."""

    ids: list[int]
    numbers: list[str]


Policy = Callable[[Gone], int]
EMPTY = "—"
"""In place of words that may not be missing."""

_policies: dict[str, Policy] = {}
_reasons: dict[str, str] = {}


def register(label: str, policy: Policy) -> None:
    """Declare what erasing does with a model; again replaces it. Returns of the policy: rows touched."""
    _policies[label] = policy
    _reasons.pop(label, None)


def stays(label: str, reason: str) -> None:
    """Declare that a model's rows stay as they are, and why: they name nobody, or the law wants them."""
    _reasons[label] = reason
    _policies.pop(label, None)


def rows_gone(label: str, *fields: str) -> None:
    """The rows go."""

    def policy(gone: Gone) -> int:
        return _rows(label, fields, gone).delete()[0]

    register(label, policy)


def rows_emptied(label: str, *fields: str, **values: Any) -> None:
    """The rows stay; these columns say nothing any more."""

    def policy(gone: Gone) -> int:
        return _rows(label, fields, gone).update(**values)

    register(label, policy)


def _rows(label: str, fields: tuple[str, ...], gone: Gone) -> models.QuerySet:
    wanted = Q()
    for field in fields:
        wanted |= Q(**{f"{field}__in": gone.ids})
    return apps.get_model(label)._base_manager.filter(wanted)


def reach() -> Iterator[type[models.Model]]:
    """Every model erasing has to think of: those that point at a member (by key or by a plain number), and those that
    hang on one of these and hold words, files or facts."""
    first = {model for model, _field in foreign_keys()}
    first |= {model for model in apps.get_models() if _names_a_member(model)}
    yield from first
    for model in apps.get_models():
        if model not in first and _holds_words(model) and any(f.related_model in first for f in _keys(model)):
            yield model


def undeclared() -> list[str]:
    """Models nobody has said anything about."""
    return sorted(model._meta.label for model in reach() if model._meta.label not in _policies | _reasons)


def reason_of(label: str) -> str | None:
    return _reasons.get(label)


def apply_all(gone: Gone) -> dict[str, int]:
    """Carry every policy out, what hangs on something first, upper floors before lower ones; rows touched by model."""
    order = {config.label: place for place, config in enumerate(apps.get_app_configs())}
    direct = {model for model, _field in foreign_keys()}
    done: dict[str, int] = {}
    for model in sorted(reach(), key=lambda m: (m in direct, -order[m._meta.app_label], m._meta.label), reverse=False):
        policy = _policies.get(model._meta.label)
        if policy and (count := policy(gone)):
            done[model._meta.label] = count
    return done


def own_numbers(ids: list[int]) -> list[str]:
    """The numbers of these members that no other member has."""
    numbers = set(MemberPhone.objects.filter(member_id__in=ids).values_list("e164", flat=True))
    shared = MemberPhone.objects.filter(e164__in=numbers).exclude(member_id__in=ids)
    return sorted(numbers - set(shared.values_list("e164", flat=True)))


def _keys(model: type[models.Model]) -> list[models.Field]:
    return [field for field in model._meta.concrete_fields if field.is_relation]


def _names_a_member(model: type[models.Model]) -> bool:
    plain = {field.name for field in model._meta.concrete_fields if not field.is_relation}
    return bool(plain & {"member_id", "match_id"})


def _holds_words(model: type[models.Model]) -> bool:
    kinds = (models.TextField, models.JSONField, models.FileField)
    return any(
        isinstance(field, kinds) or (isinstance(field, models.CharField) and not field.choices)
        for field in model._meta.concrete_fields
    )
