"""How members are locked: ids ascending, no key updates, so that rows pointing here may still be written."""

from collections.abc import Iterable
from zlib import crc32

from django.db import connection
from django.utils.translation import gettext as _

from kit.errors import NotFound

from .exceptions import MemberErased, MemberMerged
from .models import Household, Member

_PHONE_LOCKS = 0x41540001
_ENROLMENT_GATE = (0x41540002, 0)


def lock_member(member_id: int) -> Member:
    """Lock one living member. Raises `MemberMerged` for a tombstone, `MemberErased` for one erased."""
    member = Member.objects.select_for_update(no_key=True).filter(pk=member_id).first()
    if member is None:
        raise NotFound(_("There is no such member."))
    if member.merged_into_id:
        raise MemberMerged(
            _("This member was merged into another. Go on with that one."), winner_id=member.merged_into_id
        )
    if member.is_erased:
        raise MemberErased(_("This member asked to be erased. Nothing more can be written here."))
    return member


def lock_members(member_ids: Iterable[int]) -> list[Member]:
    """Lock several members, tombstones included, in the order of their ids."""
    rows = Member.objects.select_for_update(no_key=True).filter(pk__in=set(member_ids))
    return list(rows.order_by("pk"))


def lock_members_for_merge(member_ids: Iterable[int]) -> list[Member]:
    """Lock members against everything that would point at them, in the order of their ids.

    A plain FOR UPDATE on purpose: a till must not insert a receipt for a member being merged.
    """
    rows = Member.objects.select_for_update().filter(pk__in=set(member_ids))
    return list(rows.order_by("pk"))


def lock_household(household_id: int) -> Household:
    """Lock a household against joining, leaving, changes of its rules and spending; after its members."""
    household = Household.objects.select_for_update(no_key=True).filter(pk=household_id).first()
    if household is None:
        raise NotFound(_("There is no such household."))
    return household


def share_households(member_ids: Iterable[int]) -> list[int]:
    """Hold the pooling households of these members against changes of who belongs and may spend; their ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.id FROM members_household h WHERE h.pools_points AND EXISTS (SELECT 1 FROM"
            " members_householdmember p WHERE p.household_id = h.id AND p.left_on IS NULL AND p.member_id = ANY(%s))"
            " ORDER BY h.id FOR SHARE",
            [sorted(set(member_ids))],
        )
        return [row[0] for row in cursor.fetchall()]


def lock_phone(e164: str) -> None:
    """Until the transaction ends nobody else enrols or moves this number. A number has no row to lock.

    The gate comes first: while an import writes a piece of thousands, single numbers wait (well under a second).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, %s)",
            _ENROLMENT_GATE,
        )
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_PHONE_LOCKS, crc32(e164.encode()) - 2**31])


def hold_enrolment() -> None:
    """Until the transaction ends nobody else enrols, adds or moves any number: for an import writing a piece.

    One lock instead of thousands, which would not fit into the server's table of locks; imports wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _ENROLMENT_GATE)


def share_members(member_ids: Iterable[int]) -> dict[int, int]:
    """Hold members against a merge until the transaction ends; returns for each id the member who lives on.

    KEY SHARE, as a row that points at a member would take: postings do not wait for each other, only for a merge.
    """
    winners: dict[int, int] = {}
    ahead = {member_id: member_id for member_id in member_ids}
    while ahead:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, merged_into_id FROM members_member WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
                [sorted(set(ahead.values()))],
            )
            merged_into = dict(cursor.fetchall())
        step = {}
        for asked, current in ahead.items():
            if current not in merged_into:
                raise NotFound(_("There is no such member."))
            if merged_into[current] is None:
                winners[asked] = current
            else:
                step[asked] = merged_into[current]
        ahead = step
    return winners
