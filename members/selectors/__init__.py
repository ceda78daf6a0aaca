"""Reads that span members' tables: searching, lists, the member page."""

from .found import FoundMember, register_row_badge
from .people import (
    card_owner,
    consent_state,
    head_card,
    member_by_card,
    member_by_external_no,
    member_by_member_no,
    members_by_external_no,
    members_by_phone,
)
from .rows import MemberRow, member_rows
from .searching import classify, search

__all__ = [
    "FoundMember",
    "MemberRow",
    "card_owner",
    "classify",
    "consent_state",
    "head_card",
    "member_by_card",
    "member_by_external_no",
    "member_by_member_no",
    "member_rows",
    "members_by_external_no",
    "members_by_phone",
    "register_row_badge",
    "search",
]
