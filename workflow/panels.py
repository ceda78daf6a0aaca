"""What of the office waits for somebody, on the in-tray's page."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from kit import panels
from staff.models import User
from workflow import access
from workflow.models import ExpenseClaim
from workflow.office_selectors import waiting_for


@panels.register("in-tray.sections", name="office", order=10, permission="workflow.view_office")
def office(request: HttpRequest, user: User) -> str:
    may_pay = user.has_perm("workflow.pay_expense")
    to_pay = access.claims_for(user).exclude(claimant=user) if may_pay else ExpenseClaim.objects.none()
    context = {"waiting": waiting_for(user, to_pay), "today": timezone.localdate()}
    return render_to_string("workflow/_waiting.html", context, request=request)
