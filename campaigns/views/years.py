"""Campaigns of one kind beside each other: table, chart, workbook."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_safe

from campaigns import campaign_access as access
from campaigns.campaign_access import VIEW
from campaigns.models import Campaign
from campaigns.selectors import projects as reads
from kit.workbooks import Column, workbook_response
from staff.access import needs

COLUMNS = [
    Column(lazy("Campaign"), lambda row: row.campaign.label, 28),
    Column(lazy("From"), "campaign.from_on", 12),
    Column(lazy("Until"), "campaign.until_on", 12),
    Column(lazy("Sales"), "reached.sales", 16),
    Column(lazy("Purchases"), "reached.receipts", 12),
    Column(lazy("New members"), "reached.members", 12),
    Column(lazy("Planned"), "totals.planned", 14),
    Column(lazy("Actual"), "totals.actual", 14),
    Column(lazy("Cost per ¥100 of sales"), "cost_per_hundred", 14),
    Column(lazy("Rating"), "campaign.rating", 8),
    Column(lazy("Lessons"), "campaign.lessons", 60),
]


@login_required
@require_safe
@needs(VIEW)
def campaign_years(request: HttpRequest) -> HttpResponse:
    """`?kind=mall` compares a kind, `?of=12` a campaign with all it was copied from; `?export=xlsx` the workbook."""
    campaigns = access.campaigns_for(request.user)
    kind = request.GET.get("kind", "")
    chosen = campaigns.exclude(state__in=(Campaign.State.DRAFT, Campaign.State.WAITING, Campaign.State.CANCELLED))
    asked = request.GET.get("of", "")
    of = (
        access.campaign_for(request.user, int(asked))
        if asked.isascii() and asked.isdigit() and len(asked) < 16
        else None
    )
    if of is not None:
        chosen = chosen.filter(pk__in=reads.family_of(of))
    elif kind in Campaign.Kind.values:
        chosen = chosen.filter(kind=kind)
    rows = reads.compared(chosen)
    if request.GET.get("export") == "xlsx":
        return workbook_response("campaigns-compared", COLUMNS, rows)
    context = {
        "rows": rows,
        "chart": reads.chart_of(rows),
        "summary": reads.summary_of(rows),
        "families": reads.families(campaigns),
        "kinds": Campaign.Kind.choices,
        "kind": kind,
        "of": of,
    }
    return render(request, "campaigns/campaign_years.html", context)
