"""The facts known about a member, in the store's order."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit.remembered import Remembered
from members.models import FieldDefinition, Member


@dataclass(frozen=True)
class Fact:
    """One fact in words."""

    definition: FieldDefinition
    text: str


definitions = Remembered(lambda: list(FieldDefinition.objects.filter(is_active=True)))


def known_facts(member: Member, fields: Sequence[FieldDefinition] | None = None) -> list[Fact]:
    """What is known, leaving out what nobody said."""
    fields = definitions.get() if fields is None else fields
    return [Fact(one, one.shown(member.custom[one.key])) for one in fields if one.key in member.custom]
