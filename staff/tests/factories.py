"""People and machines for tests."""

from collections.abc import Iterable
from itertools import count

from staff.models import Device, User
from staff.roles import Role
from staff.services.devices import create_device

_numbers = count(1)


def make_user(role: str = Role.CLERK, stores: Iterable = (), *, counters: Iterable = (), **fields: object) -> User:
    """A person with a role in some stores; `all_stores` people get no store rows."""
    number = next(_numbers)
    fields = {"username": f"{role}{number}", "display_name": f"{str(role).title()} {number}", "language": "en"} | fields
    user = User(role=role, **fields)
    user.set_password("atrium-demo")
    user.save()
    user.stores.set(stores)
    user.counters.set(counters)
    return user


def make_device(store: object, *, kind: str = Device.Kind.TILL, name: str | None = None) -> tuple[Device, str]:
    """A machine of a store, and its token."""
    return create_device(store=store, name=name or f"{kind} {next(_numbers)}", kind=kind, actor=None)
