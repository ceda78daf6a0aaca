"""Everything that waits for me, on one page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from staff.access import needs


@login_required
@require_safe
@needs("workflow.view_own_tasks")
def in_tray(request: HttpRequest) -> HttpResponse:
    return render(request, "workflow/in_tray.html")
