"""What campaigns show on pages of others: tasks in the in-tray."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from campaigns.campaign_access import VIEW, tasks_of
from kit import panels
from staff.models import User

IN_TRAY = 8


@panels.register("in-tray.sections", name="campaign-tasks", order=40, permission="workflow.view_own_tasks")
def tasks_in_the_tray(request: HttpRequest, user: User) -> str | None:
    """What the person has to do for campaigns, the most urgent first."""
    tasks = list(tasks_of(user).order_by("due_on", "pk")[:IN_TRAY])
    if not tasks:
        return None
    context = {"tasks": tasks, "today": timezone.localdate(), "can_see": user.has_perm(VIEW)}
    return render_to_string("campaigns/_tray_tasks.html", context, request)
