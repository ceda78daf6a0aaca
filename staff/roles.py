"""Who may do what: each app grants its permissions to roles in `AppConfig.ready()`.

    grant([Role.CLERK, Role.MANAGER], "members.view_member", "members.enrol_member")

`user.has_perm("members.view_member")` is answered from this table, without a query. Administrators may do
everything. A permission is a name `app.verb_noun`; it needs no row in the database.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CLERK = "clerk", _("Front desk")
    ASSOCIATE = "associate", _("Counter associate")
    AGENT = "agent", _("Call-centre agent")
    MARKETER = "marketer", _("Marketing")
    BUYER = "buyer", _("Buyer")
    FINANCE = "finance", _("Finance")
    MANAGER = "manager", _("Store manager")
    CEO = "ceo", _("CEO's desk")
    ADMIN = "admin", _("Administrator")


ALL_ROLES = tuple(Role)

_granted: dict[str, set[str]] = defaultdict(set)


def grant(roles: Role | str | Iterable[Role | str], *permissions: str) -> None:
    """Give permissions to one role or several. Granting twice changes nothing."""
    names = [roles] if isinstance(roles, str) else list(roles)
    for permission in permissions:
        if "." not in permission:
            raise ValueError(f"A permission is app.verb_noun, not {permission!r}.")
        for role in names:
            _granted[str(Role(role))].add(permission)


def permissions_of(role: str) -> frozenset[str]:
    """Everything granted to a role (for administrators: everything granted to anybody)."""
    if role == Role.ADMIN:
        return frozenset().union(*_granted.values())
    return frozenset(_granted[role])


def may(role: str, permission: str) -> bool:
    return role == Role.ADMIN or permission in _granted[role]


def roles_with(permission: str) -> list[str]:
    """The roles that hold a permission, administrators included."""
    return [role.value for role in Role if may(role, permission)]
