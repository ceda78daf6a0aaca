"""Reads about staff that pages share."""

from django.utils.translation import gettext as _

from staff.access import stores_for
from staff.models import Notice, User
from staff.roles import Role


def unread_count(user: User) -> int:
    """Unread notices, counted no further than 99."""
    return Notice.objects.filter(user=user, read_at__isnull=True)[:99].count()


def scope_text(user: User) -> str:
    """Where a person works, for the top bar: the store's name, how many, or all of them."""
    if user.all_stores or user.role == Role.ADMIN:
        return _("All stores")
    stores = list(stores_for(user).order_by("pk")[:4])
    if len(stores) == 1:
        return stores[0].label
    return _("%(count)s stores") % {"count": len(stores)} if stores else _("No store")
