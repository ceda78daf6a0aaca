"""What sends show on other pages: the last messages on a member's page, the sends of a campaign."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy

from campaigns import send_access as access
from campaigns.models import Campaign
from campaigns.selectors.send_pages import touches_of, with_progress
from campaigns.services.own_messages import own_messages_of
from kit import panels
from members.models import Member


@panels.register(
    "member.side", name="touches", order=64, permission="campaigns.view_offers", late=True,
    title=gettext_lazy("Messages"),
)  # fmt: skip
def touches(request: HttpRequest, member: Member) -> str | None:
    """The last messages to a member, with openings and clicks."""
    found = touches_of(member.pk)
    if not found:
        return None
    context = {"touches": found, "member": member}
    return render_to_string("campaigns/member_touches.html", context, request)


@panels.register("campaign.sends", name="sends", order=10, permission=access.VIEW)
def campaign_sends(request: HttpRequest, campaign: Campaign) -> str:
    """The sends of a campaign with their progress."""
    sends = list(access.sends_for(request.user).filter(campaign=campaign).order_by("-made_at")[:20])
    context = {
        "rows": with_progress(sends), "campaign": campaign, "can_change": request.user.has_perm(access.CHANGE),
    }  # fmt: skip
    return render_to_string("campaigns/campaign_sends.html", context, request)


@panels.register("me.main", name="messages", order=8)
def own_messages(request: HttpRequest, member: Member) -> str | None:
    """What the store wrote to the member's own pages within the last weeks."""
    found = own_messages_of(member.pk)
    return render_to_string("campaigns/me_messages.html", {"messages": found}, request) if found else None
