"""Counters in the search box, for those who may see their figures."""

from django.urls import reverse
from django.utils.translation import gettext as _

from kit import panels
from staff.access import stores_for
from staff.models import User
from stores.models import Counter


@panels.search_source("counters", order=60, permission="sales.view_figures")
def found_counters(user: User, text: str) -> list[panels.Hit]:
    """Counters of the own stores by name, English name or place."""
    words = text.split()
    if not words or len(text) < 2:
        return []
    counters = Counter.objects.filter(store__in=stores_for(user).values("pk")).select_related("store", "floor")
    for word in words:
        counters = counters.filter(name__icontains=word) | counters.filter(name_en__icontains=word)
    return [
        panels.Hit(
            label=counter.label,
            detail=" · ".join(filter(None, [counter.store.label, counter.floor.label if counter.floor_id else ""])),
            url=reverse("dashboard_counter", args=[counter.pk]),
            kind=_("Counter"),
        )
        for counter in counters.order_by("store", "code")[:5]
    ]
