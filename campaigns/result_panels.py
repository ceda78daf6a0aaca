"""What a campaign's own page shows of its result."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, ResultSheet
from campaigns.selectors.results import read_sheet
from kit import panels


@panels.register(
    "campaign.results", name="uplift", order=10, permission="campaigns.view_result", title=_("What it earned")
)
def campaign_uplift(request: HttpRequest, campaign: Campaign) -> str | None:
    """The verdict, the extra margin and what is left of it; nothing before anything was sent. The campaign comes loaded
    (`campaign_parts.loaded`)."""
    sheet = ResultSheet.objects.filter(campaign=campaign).first()
    if sheet is None and not campaign.has_sent:
        return None
    context = {"campaign": campaign, "sheet": sheet, "read": read_sheet(sheet) if sheet else None}
    return render_to_string("campaigns/result_panel.html", context, request)
