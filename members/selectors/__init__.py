"""Reads that span members' tables: searching, lists, the member page."""

from .duplicates import DuplicateRow, duplicate_rows
from .found import FoundMember, register_row_badge
from .merges import MergeRow, cards_of_loser, merge_rows, moved_tables
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
    "DuplicateRow",
    "FoundMember",
    "MemberRow",
    "MergeRow",
    "card_owner",
    "cards_of_loser",
    "classify",
    "consent_state",
    "duplicate_rows",
    "head_card",
    "member_by_card",
    "member_by_external_no",
    "member_by_member_no",
    "member_rows",
    "members_by_external_no",
    "members_by_phone",
    "merge_rows",
    "moved_tables",
    "register_row_badge",
    "search",
]
