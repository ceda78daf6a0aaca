"""Pairs that may be one person, as the list shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from members.models import DuplicatePair
from members.selectors.rows import MemberRow, member_rows
from staff.models import User


@dataclass(frozen=True)
class DuplicateRow:
    """A pair with both members as the person may see them; the elder one is proposed to stay."""

    pair: DuplicatePair
    elder: MemberRow
    younger: MemberRow


def duplicate_rows(user: User, pairs: Sequence[DuplicatePair]) -> list[DuplicateRow]:
    """Pairs (with both members loaded) as rows, in a fixed number of queries."""
    people = {one.pk: one for pair in pairs for one in (pair.first, pair.second)}
    rows = {row.pk: row for row in member_rows(user, list(people.values()))}
    found = []
    for pair in pairs:
        elder, younger = sorted((pair.first, pair.second), key=lambda member: (member.enrolled_on, member.pk))
        found.append(DuplicateRow(pair, rows[elder.pk], rows[younger.pk]))
    return found
