"""Requests to be erased as managers see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit import names
from members.access import unmasked_ids
from members.models import ErasureRequest
from staff.models import User


@dataclass(frozen=True)
class ErasureRow:
    """One request, with the name as the person may see it."""

    request: ErasureRequest
    name: str


def erasure_rows(user: User, requests: Sequence[ErasureRequest]) -> list[ErasureRow]:
    """Requests (with the member loaded) as rows; at most a few queries for any number."""
    clear = unmasked_ids(user, [(one.member_id, one.member.home_store_id) for one in requests])
    return [
        ErasureRow(one, one.member.display_name if one.member_id in clear else names.mask(one.member.display_name))
        for one in requests
    ]
