"""Keeping `MemberSearch` in step with the members: written by every service that writes a name."""

from django.db import transaction

from kit import names
from members.models import Member, MemberSearch


def write_search_row(member: Member) -> None:
    """Write what the search box looks at for one member. A second call writes the same row again."""
    found = names.readings(member.name, member.name_en)
    MemberSearch.objects.update_or_create(
        member_id=member.pk,
        defaults={"name": found.name, "py": found.py, "ini": found.ini, "toks": found.other_tokens},
    )


def drop_search_row(member_id: int) -> None:
    """A merged or erased member is no longer found. A second call changes nothing."""
    MemberSearch.objects.filter(member_id=member_id).delete()


@transaction.atomic
def reconcile_search_rows(*, after_id: int = 0, limit: int = 5_000) -> int | None:
    """Repair missing, stale and superfluous rows of the next members; returns the last id looked at, None at the end.

    Nightly: the sweep calls it until it returns None. A second run finds nothing to repair.
    """
    members = list(Member.objects.filter(pk__gt=after_id).order_by("pk")[:limit])
    if not members:
        return None
    rows = {row.member_id: row for row in MemberSearch.objects.filter(member_id__in=[m.pk for m in members])}
    for member in members:
        row = rows.get(member.pk)
        if member.is_merged or member.is_erased:
            if row:
                drop_search_row(member.pk)
            continue
        found = names.readings(member.name, member.name_en)
        if row is None or (row.name, row.py, row.ini, row.toks) != (
            found.name,
            found.py,
            found.ini,
            found.other_tokens,
        ):
            write_search_row(member)
    return members[-1].pk


def reconcile_all_search_rows() -> int:
    """Walk over all members, a piece per transaction; returns the last id looked at."""
    last = 0
    while (reached := reconcile_search_rows(after_id=last)) is not None:
        last = reached
    return last
