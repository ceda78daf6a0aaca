"""What suppliers show elsewhere: hits of the search box."""

from django.urls import reverse
from django.utils.translation import gettext as _

from kit import panels
from staff.models import User
from suppliers.access import VIEW, parties_for
from suppliers.filters import by_text


@panels.search_source("suppliers", order=70, permission=VIEW)
def found_parties(user: User, text: str) -> list[panels.Hit]:
    """Suppliers and prospects by name, pinyin, initials, number or credit code."""
    if len(text) < 2:
        return []
    return [
        panels.Hit(
            label=party.label,
            detail=f"{party.code} · {party.get_status_display()}",
            url=reverse("suppliers:party_detail", args=[party.pk]),
            kind=_("Supplier"),
        )
        for party in parties_for(user).filter(by_text(text)).order_by("status", "pk")[:5]
    ]
