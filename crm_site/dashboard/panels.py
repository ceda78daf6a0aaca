"""Counters in the search box, for those who may see their figures; late panels of the dashboard."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_site.dashboard.access import PERMISSION
from kit import panels
from staff.access import require, stores_for
from staff.models import User
from stores.models import Counter


@panels.search_source("counters", order=60, permission=PERMISSION)
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


@panels.subject("dashboard.side")
def nobody(request: HttpRequest, _pk: int) -> None:
    """The dashboard is about nobody; whoever may open it may fetch its late panels."""
    require(request.user, PERMISSION)
