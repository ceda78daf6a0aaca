"""Why a member may be here: a message reached them lately."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from campaigns.selectors.send_reached import reached_lately
from members.models import Member
from members.selectors import reasons


@reasons.register(
    "campaigns.message", label=lazy("A message reached the member"), icon="send", position=65, days=7,
    permission="campaigns.view_offers",
)  # fmt: skip
def message_reached(request: HttpRequest, member: Member, days: int) -> Iterator[reasons.Found]:
    """Sends of the last days, with what was sent a click away."""
    for one in reached_lately(member.pk, days):
        on = timezone.localdate(one.at)
        values = {"channel": one.send.get_channel_display(), "name": one.send.name, "day": f"{on:%Y-%m-%d}"}
        if one.clicked:
            said = _("%(channel)s of %(day)s, clicked: %(name)s") % values
        elif one.opened:
            said = _("%(channel)s of %(day)s, opened: %(name)s") % values
        else:
            said = _("%(channel)s of %(day)s: %(name)s") % values
        yield said, reverse("campaigns:member_message", args=[one.send.pk, member.pk]), on
