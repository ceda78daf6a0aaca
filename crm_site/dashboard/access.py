"""Whose figures a person may see: those of the own stores, and what lies in them."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from kit.errors import NotFound
from staff.access import require, stores_for
from staff.models import User
from stores.models import Brand, Counter, Floor, Store

PERMISSION = "sales.view_figures"


@dataclass(frozen=True)
class Ground:
    """The stores in a person's scope with their floors, counters and brands: three queries for all of them."""

    stores: dict[int, Store]
    counters: dict[int, Counter]
    is_chain: bool = False

    @property
    def floors(self) -> dict[int, Floor]:
        """Floors that have a counter, store by store, from the ground up."""
        found = {counter.floor_id: counter.floor for counter in self.counters.values() if counter.floor_id}
        order = list(self.stores)
        return dict(sorted(found.items(), key=lambda one: (order.index(one[1].store_id), one[1].number)))


def ground_for(user: User) -> Ground:
    """The places whose figures this person may see."""
    require(user, PERMISSION)
    stores = {store.pk: store for store in stores_for(user).order_by("code")}
    counters = list(Counter.objects.filter(store__in=list(stores)).select_related("floor").order_by("store", "code"))
    floors = {counter.floor_id: counter.floor for counter in counters if counter.floor_id}
    # Joined rows would make a brand anew for every counter.
    brands = Brand.objects.in_bulk({counter.brand_id for counter in counters if counter.brand_id})
    for floor in floors.values():
        floor.store = stores[floor.store_id]
    for counter in counters:
        counter.store = stores[counter.store_id]
        counter.floor = floors.get(counter.floor_id)
        counter.brand = brands.get(counter.brand_id)
    return Ground(stores, {counter.pk: counter for counter in counters}, user.all_stores or user.is_administrator)


def counter_for(ground: Ground, pk: int) -> Counter:
    """A counter in scope."""
    if pk not in ground.counters:
        raise NotFound(_("There is no such counter in your stores."))
    return ground.counters[pk]


def brand_for(pk: int) -> Brand:
    """A brand; its figures are those of the stores in scope."""
    brand = Brand.objects.filter(pk=pk).first()
    if brand is None:
        raise NotFound(_("There is no such brand."))
    return brand
