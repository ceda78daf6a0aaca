"""The rules in force, in words."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from loyalty.services.rules import current_rules
from loyalty.services.wording import now_in_words
from staff.access import needs


@login_required
@require_safe
@needs("loyalty.view_rules")
def rule_list(request: HttpRequest) -> HttpResponse:
    """Programme, stars, earning rules in the order they stack, milestones."""
    return render(request, "loyalty/rule_list.html", {"words": now_in_words(current_rules())})
