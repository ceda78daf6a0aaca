"""What segments show on a member's page: in which the member is and why, what they are entitled to."""

import secrets

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy

from campaigns import segment_access as access
from campaigns.rules.sql import Clock
from campaigns.selectors.segment_pages import entitled_to
from campaigns.selectors.segment_why import belongings_of, with_why
from kit import panels
from members.models import Member


@panels.register(
    "member.side", name="segments", order=60, permission=access.OFFERS, late=True, title=gettext_lazy("Segments")
)
def segments(request: HttpRequest, member: Member) -> str | None:
    """The segments of a member, each with the questions of its rule, the member's own value and the answer."""
    found = belongings_of(member.pk)
    if not found:
        return None
    context = {
        "found": with_why(found, member.pk, Clock.now()),
        "member": member,
        "may_open": request.user.has_perm(access.VIEW),
    }
    return render_to_string("campaigns/member_segments.html", context, request)


@panels.register(
    "member.side", name="packages", order=12, permission=access.OFFERS, late=True,
    title=gettext_lazy("Service packages"),
)  # fmt: skip
def packages(request: HttpRequest, member: Member) -> str | None:
    """What a member is entitled to at desk, phone and counter."""
    offers = entitled_to(member.pk, access.packages_for(request.user))
    if not offers:
        return None
    context = {
        "offers": offers,
        "member": member,
        "may_use": request.user.has_perm(access.HAND_OUT),
        "stamp": secrets.token_hex(8),
    }
    return render_to_string("campaigns/member_packages.html", context, request)
