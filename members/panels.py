"""What members shows on pages of others: itself in the search box."""

from django.urls import reverse
from django.utils.translation import gettext as _

from kit import panels
from members import selectors
from staff.models import User


@panels.search_source("members", order=10, permission="members.view_member")
def found_members(user: User, text: str) -> list[panels.Hit]:
    """Members for the search box on every page."""
    return [
        panels.Hit(
            label=member.name,
            detail=" · ".join(filter(None, [member.phone, member.card, *member.badges, member.store])),
            url=reverse("members:member_detail", args=[member.pk]),
            kind=_("Member"),
        )
        for member in selectors.search(text, user, limit=12)
    ]
