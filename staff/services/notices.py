"""Telling somebody something."""

from collections.abc import Iterable

from django.core.cache import cache
from django.utils import timezone

from staff.models import Notice, User
from staff.selectors import unread_key


def notify(*, users: Iterable[User], text: str, url: str = "") -> list[Notice]:
    """Write a notice to each person. Each call writes again."""
    people = list(users)
    written = Notice.objects.bulk_create([Notice(user=user, text=text[:300], url=url) for user in people])
    cache.delete_many([unread_key(user.pk) for user in people])
    return written


def mark_read(*, user: User, notice_id: int | None = None) -> int:
    """Mark one notice, or all, as read. A second call changes nothing."""
    notices = Notice.objects.filter(user=user, read_at__isnull=True)
    if notice_id is not None:
        notices = notices.filter(pk=notice_id)
    marked = notices.update(read_at=timezone.now())
    cache.delete(unread_key(user.pk))
    return marked
