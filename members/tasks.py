"""Nightly upkeep of members. Each task may run twice: the second run finds nothing to do."""

from celery import shared_task
from django.utils import timezone


@shared_task(soft_time_limit=1800, time_limit=2000)
def roll_birthdays() -> int:
    """Move birthdays that have passed to the next date they are kept."""
    from members.services.birthdays import roll_birthdays as service

    return service(today=timezone.localdate())


@shared_task(soft_time_limit=3600, time_limit=3900)
def reconcile_search() -> int:
    """Walk over all members and repair search rows that are missing or stale."""
    from members.services.search_rows import reconcile_all_search_rows

    return reconcile_all_search_rows()


@shared_task(soft_time_limit=1800, time_limit=2000)
def scan_duplicates() -> int:
    """Look through the whole base for members who may be one person."""
    from members.services.duplicates import scan_for_duplicates

    return scan_for_duplicates()


@shared_task(soft_time_limit=1800, time_limit=2000)
def erase_members() -> int:
    """Erase the members whose waiting time is over, and forget old codes and sessions."""
    from members.services.erasure import erase_due
    from members.services.proofs import drop_old_proofs
    from members.services.self_sessions import drop_old_sessions

    drop_old_proofs()
    drop_old_sessions()
    return erase_due()


@shared_task(soft_time_limit=1800, time_limit=2000)
def drop_import_rows() -> int:
    """Forget the rows and files of imports that ended a month ago."""
    from members.services.imports.running import drop_old_rows

    return drop_old_rows()
