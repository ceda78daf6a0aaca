"""The demo accounts, one per role, a few colleagues, and a till with its token."""

from django.contrib.auth.hashers import make_password

from crm_site.demo.places import Places
from staff.models import Device, User
from staff.roles import Role
from staff.services.devices import create_device
from stores.models import Counter

PASSWORD = "atrium-demo"  # noqa: S105 - printed on the login page of a demo on purpose

# Role, display name, works for the whole chain.
ACCOUNTS = (
    (Role.CLERK, "王丽", False),
    (Role.ASSOCIATE, "刘倩", False),
    (Role.AGENT, "陈思远", True),
    (Role.MARKETER, "赵雨桐", True),
    (Role.BUYER, "孙浩", True),
    (Role.FINANCE, "周敏", True),
    (Role.MANAGER, "李建国", False),
    (Role.CEO, "徐海峰", True),
    (Role.ADMIN, "系统管理员", True),
)
COLLEAGUES = ("associate2", "高洁"), ("associate3", "马晓燕"), ("associate4", "宋佳")


def build_people(places: Places) -> dict[str, User]:
    """The demo accounts; store people work in the flagship, the associate at a ladies' wear counter."""
    flagship = places.stores[0]
    own = _counters_of(places, "ladies")
    password = make_password(PASSWORD)  # once: hashing is slow on purpose
    people: dict[str, User] = {}
    for role, name, everywhere in ACCOUNTS:
        user = _user(role.value, role, name, password=password, everywhere=everywhere)
        if not everywhere:
            user.stores.add(flagship)
        people[role.value] = user
    people["associate"].counters.add(own[0])
    for (username, name), counter in zip(COLLEAGUES, _others(places), strict=False):
        user = _user(username, Role.ASSOCIATE, name, password=password, everywhere=False)
        user.stores.add(counter.store)
        user.counters.add(counter)
        people[username] = user
    return people


def _user(username: str, role: Role, name: str, *, password: str, everywhere: bool) -> User:
    user = User(
        username=username,
        password=password,
        role=role,
        display_name=name,
        all_stores=everywhere,
        language=User.Language.CHINESE,
        is_staff=role == Role.ADMIN,
        is_superuser=role == Role.ADMIN,
    )
    user.save()
    return user


def _counters_of(places: Places, goods: str) -> list[Counter]:
    category = places.categories[goods].pk
    return [counter for counter in places.counters[places.stores[0].pk] if counter.category_id == category]


def _others(places: Places) -> list[Counter]:
    return [_counters_of(places, goods)[0] for goods in ("beauty", "men", "kids")]


def build_till(places: Places, actor: User) -> str:
    """A till of the flagship; returns its token."""
    _device, token = create_device(store=places.stores[0], name="演示收银台 01", kind=Device.Kind.TILL, actor=actor)
    return token
