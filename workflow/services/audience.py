"""Who a bulletin, or a list of readers, means: everybody, or those of stores, departments or roles."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from staff.models import User


def audience(
    *, stores: Sequence[int] = (), departments: Sequence[int] = (), roles: Sequence[str] = ()
) -> QuerySet[User]:
    """Active people. Each list narrows it down where it is not empty; people of the whole chain belong to every
    store."""
    people = User.objects.filter(is_active=True)
    if stores:
        in_stores = User.stores.through.objects.filter(store_id__in=list(stores)).values("user_id")
        people = people.filter(Q(all_stores=True) | Q(pk__in=in_stores))
    if departments:
        people = people.filter(department_id__in=list(departments))
    if roles:
        people = people.filter(role__in=list(roles))
    return people.order_by("pk")
