"""The days of campaigns on the office's calendar: when they begin and end, what is to be done for them."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.campaign_access import VIEW, campaigns_for, tasks_of
from campaigns.models import Campaign
from staff.models import User
from workflow.services.agenda import MOST_A_SOURCE, Entry, register_agenda


@register_agenda("campaign_tasks")
def campaign_tasks(user: User, since: date, until: date) -> Iterator[Entry]:
    """What the person has to do for campaigns."""
    today = timezone.localdate()
    for one in tasks_of(user).filter(due_on__range=(since, until)).order_by("due_on", "pk")[:MOST_A_SOURCE]:
        sees = user.has_perm(VIEW)
        url = reverse("campaigns:campaign_detail", args=[one.campaign_id]) if sees else reverse("workflow:in_tray")
        yield Entry(one.due_on, f"{one.what} · {one.campaign.label}", url, _("Campaign task"), one.due_on < today)


@register_agenda("campaigns")
def campaigns(user: User, since: date, until: date) -> Iterator[Entry]:
    """First and last days, for whoever sees campaigns."""
    if not user.has_perm(VIEW):
        return
    live = (Campaign.State.APPROVED, Campaign.State.RUNNING, Campaign.State.ENDED, Campaign.State.CLOSED)
    found = campaigns_for(user).filter(state__in=live)
    found = found.filter(Q(from_on__range=(since, until)) | Q(until_on__range=(since, until)))
    for one in found.order_by("from_on", "pk")[: MOST_A_SOURCE // 2]:
        url = reverse("campaigns:campaign_detail", args=[one.pk])
        if since <= one.from_on <= until:
            yield Entry(one.from_on, one.label, url, _("Campaign begins"))
        if since <= one.until_on <= until:
            yield Entry(one.until_on, one.label, url, _("Campaign ends"))
