"""What a member is interested in, beside the member."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from campaigns.selectors.interests import interests_of
from kit import panels
from members.access import sees_unmasked
from members.models import Member


@panels.register(
    "member.side", name="interests", order=45, permission="campaigns.view_offers", late=True, title=_("Interests")
)
def member_interests(request: HttpRequest, member: Member) -> str | None:
    """Brands by what was bought and clicked; nothing for whom this member is masked."""
    if not sees_unmasked(request.user, member):
        return None
    found = interests_of(member.pk)
    return render_to_string("campaigns/member_interests.html", {"interests": found}, request) if found else None
