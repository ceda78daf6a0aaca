"""The calendar of what expires and what is due."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from staff.access import needs
from workflow import office_selectors as selectors


@login_required
@require_safe
@needs("workflow.view_office")
def calendar(request: HttpRequest) -> HttpResponse:
    """A month of my days; `?month=2026-11` names another."""
    today = timezone.localdate()
    return render(
        request, "workflow/calendar.html", selectors.month_of(request.user, request.GET.get("month", ""), today)
    )
