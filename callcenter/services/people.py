"""Who is to be told: the people of a counter or department, and who answers for them."""

from staff.models import DepartmentHead, User
from staff.roles import Role
from stores.models import Counter, Department

TOP = 12
"""How far up a tree of departments is walked: a ring must not hang anything."""


def people_of_counter(counter: Counter) -> list[User]:
    """The associates of a counter."""
    links = User.counters.through.objects.filter(counter_id=counter.pk).values("user_id")
    return list(User.objects.filter(pk__in=links, role=Role.ASSOCIATE, is_active=True).order_by("pk"))


def heads_of(department_id: int | None) -> list[User]:
    """The heads of a department; where it has none, those of the next one above that has."""
    seen: set[int] = set()
    while department_id is not None and department_id not in seen and len(seen) < TOP:
        seen.add(department_id)
        heads = DepartmentHead.objects.filter(department_id=department_id, user__is_active=True).select_related("user")
        found = [head.user for head in heads.order_by("pk")]
        if found:
            return found
        department_id = Department.objects.filter(pk=department_id).values_list("parent_id", flat=True).first()
    return []


def people_of_department(department: Department) -> list[User]:
    """Who works in a department, and its heads."""
    members = list(User.objects.filter(department_id=department.pk, is_active=True).order_by("pk"))
    return list({user.pk: user for user in [*heads_of(department.pk), *members]}.values())


def managers_of(store_id: int) -> list[User]:
    """The managers of a store; where it has none, those of the whole chain."""
    managers = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk")
    here = User.stores.through.objects.filter(store_id=store_id).values("user_id")
    return list(managers.filter(pk__in=here)) or list(managers.filter(all_stores=True))
