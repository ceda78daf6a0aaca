"""Facts colleagues learn about a member: the store's own fields, validated by their definitions."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import DomainError
from members.locks import lock_member
from members.models import FieldDefinition, Member
from staff.audit import record
from staff.models import User


@transaction.atomic
def learn_facts(*, member_id: int, facts: Mapping[str, Any], actor: User | None) -> Member:
    """Write down facts by their keys; an empty value forgets one. Facts not named stay; the same again changes nothing.

    The audit trail keeps which fields changed, never what was written. Raises `DomainError` with a sentence per field.
    """
    member = lock_member(member_id)
    definitions = {one.key: one for one in FieldDefinition.objects.filter(key__in=list(facts), is_active=True)}
    wrong: dict[str, str] = {}
    known = dict(member.custom)
    for key, raw in facts.items():
        if key not in definitions:
            wrong[key] = _("There is no such field.")
            continue
        try:
            value = definitions[key].read(raw)
        except ValueError as exc:
            wrong[key] = str(exc)
            continue
        if value is None:
            known.pop(key, None)
        else:
            known[key] = value
    if wrong:
        raise DomainError(next(iter(wrong.values())), fields=wrong)
    changed = sorted(key for key in facts if known.get(key) != member.custom.get(key))
    if changed:
        member.custom = known
        member.updated_at = timezone.now()
        member.save(update_fields=["custom", "updated_at"])
        record(actor, "members.facts_learnt", member, store=member.home_store_id, fields=changed)
    return member
