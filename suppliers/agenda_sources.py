"""The days of suppliers on the office's calendar: papers that run out, contracts that end."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from staff.models import User
from suppliers import access
from workflow.services.agenda import MOST_A_SOURCE, Entry, register_agenda


@register_agenda("licences")
def licences(user: User, since: date, until: date) -> Iterator[Entry]:
    """Licences and certificates that run out, for whoever sees suppliers."""
    if not user.has_perm("suppliers.view_supplier"):
        return
    ending = access.licences_for(user).filter(
        valid_to__range=(since, until), withdrawn_at=None, replaced_by__isnull=True
    )
    today = timezone.localdate()
    for one in ending.select_related("party", "type").order_by("valid_to", "pk")[:MOST_A_SOURCE]:
        url = reverse("suppliers:party_detail", args=[one.party_id])
        yield Entry(one.valid_to, f"{one.party} · {one.type.label}", url, _("Licence runs out"), one.valid_to < today)


@register_agenda("contracts")
def contracts(user: User, since: date, until: date) -> Iterator[Entry]:
    """Contracts that end, for whoever sees contracts."""
    if not user.has_perm("suppliers.view_contract"):
        return
    ending = access.contracts_for(user).filter(state="active", ends_on__range=(since, until))
    for one in ending.select_related("party").order_by("ends_on", "pk")[:MOST_A_SOURCE]:
        url = reverse("suppliers:contract_detail", args=[one.pk])
        yield Entry(one.ends_on, f"{one.number} {one.party}", url, _("Contract ends"))
