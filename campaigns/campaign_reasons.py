"""Why a member may be here: a gift of a campaign waits, a campaign that fits runs in this store today."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from campaigns.selectors import offers_now
from members.models import Member
from members.selectors import reasons

PERMISSION = "campaigns.view_offers"


def _place(member: Member) -> str:
    """Where the member's offers stand."""
    return reverse("members:member_detail", args=[member.pk]) + "#offers-now"


@reasons.register(
    "campaigns.gift_waits", label=lazy("A gift of a campaign waits"), icon="gift", look="gold", position=30, days=60,
    permission=PERMISSION,
)  # fmt: skip
def gift_waits(request: HttpRequest, member: Member, days: int) -> Iterator[reasons.Found]:
    """Gifts the member is entitled to and has not got, where pieces are left."""
    for one in offers_now.from_campaigns(offers_now.asked_of(request, member)):
        if one.gift and one.until:
            yield _("Gift waiting: %(gift)s") % {"gift": one.title}, _place(member), one.until


@reasons.register(
    "campaigns.runs", label=lazy("A campaign for the member runs"), icon="speakerphone", look="accent", position=55,
    days=60, permission=PERMISSION,
)  # fmt: skip
def campaign_runs(request: HttpRequest, member: Member, days: int) -> Iterator[reasons.Found]:
    """Campaigns of a segment the member belongs to; those for everybody are no reason to come for."""
    for one in offers_now.asked_of(request, member).fitting:
        if one.campaign.segment_id:
            said = _("%(campaign)s runs until %(day)s") % {
                "campaign": one.campaign.label, "day": f"{one.campaign.until_on:%Y-%m-%d}",
            }  # fmt: skip
            yield said, _place(member), one.campaign.until_on
