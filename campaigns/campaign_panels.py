"""What campaigns show on pages of others: tasks in the in-tray, what to offer a member now, the desk's gifts."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy

from campaigns.campaign_access import HAND_OUT, VIEW, tasks_of
from campaigns.selectors import offers_now
from kit import panels
from members.models import Member
from staff.models import User
from staff.roles import Role

IN_TRAY = 8


@panels.register("in-tray.sections", name="campaign-tasks", order=40, permission="workflow.view_own_tasks")
def tasks_in_the_tray(request: HttpRequest, user: User) -> str | None:
    """What the person has to do for campaigns, the most urgent first."""
    tasks = list(tasks_of(user).order_by("due_on", "pk")[:IN_TRAY])
    if not tasks:
        return None
    context = {"tasks": tasks, "today": timezone.localdate(), "can_see": user.has_perm(VIEW)}
    return render_to_string("campaigns/_tray_tasks.html", context, request)


@panels.register(
    "member.side", name="offers-now", order=2, permission="campaigns.view_offers", late=True,
    title=lazy("What to offer now"),
)  # fmt: skip
def offers_panel(request: HttpRequest, member: Member) -> str | None:
    """Running campaigns that fit this member, ordered, with the reason; gifts with the button that hands them out."""
    asked = offers_now.asked_of(request, member)
    found = offers_now.suggestions(asked)
    served = offers_now.served_today(asked)
    if not found and not served:
        return None
    context = {
        "member": member, "suggestions": found, "served": served, "can_hand_out": request.user.has_perm(HAND_OUT),
    }  # fmt: skip
    return render_to_string("campaigns/member_offers.html", context, request)


@panels.tile("campaign-gifts", order=35, permission=HAND_OUT, roles=(Role.CLERK,))
def gifts_tile(request: HttpRequest, user: User) -> str | None:
    """The gifts that are handed out at this desk today, and how many are left."""
    left = offers_now.gifts_left(user)
    return render_to_string("campaigns/tile_gifts.html", {"left": left}, request) if left else None
