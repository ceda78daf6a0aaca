"""What suppliers show elsewhere: hits of the search box, a panel on the dashboard, another at a counter."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kit import panels
from staff.models import User
from stores.models import Counter
from suppliers.access import VIEW, VIEW_CONTRACT, contracts_for, licences_for, parties_for, scores_for
from suppliers.filters import by_text
from suppliers.selectors.contract_page import burn_down_of_counter
from suppliers.selectors.overview import at_counter, overview


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


@panels.register("dashboard.side", name="suppliers", order=50, permission=VIEW)
def dashboard_panel(request: HttpRequest, subject: object) -> str:
    """Papers about to lapse, selling without right, counters at the bottom: each figure opens to its rows."""
    user = request.user
    seen = overview(parties_for(user), licences_for(user), scores_for(user), timezone.localdate())
    return render_to_string("suppliers/_dashboard.html", {"seen": seen}, request)


@panels.register("counter.side", name="suppliers", order=50, permission=VIEW)
def counter_panel(request: HttpRequest, subject: Counter) -> str:
    """Whose counter it is and until when, its last score, its people."""
    user = request.user
    seen = at_counter(subject.pk, parties_for(user), scores_for(user), timezone.localdate())
    return render_to_string("suppliers/_counter.html", {"seen": seen, "counter": subject}, request)


@panels.register("counter.side", name="burn-down", order=40, permission=VIEW_CONTRACT)
def burn_down_panel(request: HttpRequest, subject: Counter) -> str:
    """How the month stands against the guarantee of the counter's contract; nothing where none is in force."""
    burn = burn_down_of_counter(contracts_for(request.user), subject.pk)
    return render_to_string("suppliers/_burn.html", {"burn": burn}, request) if burn else ""
