"""What the manager's first screen shows of the customer pyramid."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from campaigns.pyramid_access import pyramids_for
from campaigns.selectors.pyramids import layers
from kit import panels


@panels.register(
    "dashboard.side",
    name="pyramid",
    order=30,
    permission="campaigns.view_pyramid",
    late=True,
    title=_("Customer pyramid"),
)
def dashboard_panel(request: HttpRequest, subject: object) -> str:
    """The four layers of buyers in the chain's last picture: how many they are, which share of the spend is theirs."""
    picture = pyramids_for(request.user).filter(store=None).order_by("-as_of_on", "-pk").first()
    bands = [band for band in layers(picture) if band.is_buyer] if picture else []
    context = {"picture": picture, "bands": bands}
    return render_to_string("campaigns/pyramid_dashboard.html", context, request)
