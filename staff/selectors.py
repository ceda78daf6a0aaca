"""Reads about staff that pages share."""

from django.core.cache import cache
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from staff.access import stores_for
from staff.models import Notice, User
from staff.roles import Role

SCOPE_SECONDS = 60
UNREAD_SECONDS = 15


def unread_count(user: User) -> int:
    """Unread notices, counted no further than 99; what the services below do not forget is remembered for seconds."""
    return cache.get_or_set(unread_key(user.pk), lambda: _unread(user), UNREAD_SECONDS)


def unread_key(user_id: int) -> str:
    """Where a person's count is remembered."""
    return f"staff-unread-{user_id}"


def _unread(user: User) -> int:
    return Notice.objects.filter(user=user, read_at__isnull=True)[:99].count()


def scope_text(user: User) -> str:
    """Where a person works, for the top bar: the store's name, how many, or all of them. Remembered for a minute."""
    return cache.get_or_set(f"staff-scope-{user.pk}-{get_language()}", lambda: _scope_text(user), SCOPE_SECONDS)


def _scope_text(user: User) -> str:
    if user.all_stores or user.role == Role.ADMIN:
        return _("All stores")
    stores = list(stores_for(user).order_by("pk")[:4])
    if len(stores) == 1:
        return stores[0].label
    return _("%(count)s stores") % {"count": len(stores)} if stores else _("No store")
