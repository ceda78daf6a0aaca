"""What the service desk shows on pages of others: the in-tray, the dashboard, the counter, the search box."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callcenter import access
from callcenter.selectors.calls import my_day
from callcenter.selectors.desk import figures, waiting_for
from callcenter.selectors.due import hints_for
from kit import panels
from kit.lists import Page
from staff.models import User
from staff.roles import Role


@panels.register("in-tray.sections", name="service", order=5, permission=access.ANSWER)
def service(request: HttpRequest, user: User) -> str:
    """Steps to answer, what was handed up to me, my promises, my cases that are late."""
    waiting = waiting_for(user, access.steps_asked_of(user), timezone.now())
    return render_to_string("callcenter/_waiting.html", {"waiting": waiting}, request)


@panels.register("in-tray.sections", name="due", order=7, permission=access.COUNTER)
def due_customers(request: HttpRequest, user: User) -> str | None:
    """How many of an associate's customers are due for a word; the list is on the counter's own page."""
    if user.role != Role.ASSOCIATE:
        return None
    due = len({hint.member_id for hint in hints_for(user)})
    return render_to_string("callcenter/_due_count.html", {"due": due}, request) if due else None


@panels.register(
    "dashboard.side",
    name="service",
    order=40,
    permission="callcenter.view_service_figures",
    late=True,
    title=gettext_lazy("Service desk"),
)
def dashboard_panel(request: HttpRequest, subject: object) -> str:
    """Open, overdue, late, first contact, satisfaction: each figure opens to its rows."""
    seen = figures(access.cases_for(request.user), timezone.now())
    return render_to_string("callcenter/_figures.html", {"seen": seen}, request)


@panels.tile("calls", order=15, permission="callcenter.take_calls", roles=(Role.AGENT,))
def calls_tile(request: HttpRequest, user: User) -> str:
    """An agent's calls of today, and who waits to be called back."""
    return render_to_string("callcenter/_my_calls.html", {"day": my_day(user)}, request)


@panels.register("members.list", name="call-list", order=10, permission="callcenter.make_call_list")
def make_call_list(request: HttpRequest, page: Page) -> str:
    """Make a call list of the members as they are filtered."""
    query = urlencode({name: value for name, value in page.params if name != "sort"})
    return render_to_string("callcenter/_make_list.html", {"query": query, "count": page.count_text}, request)


@panels.search_source("cases", order=30, permission=access.VIEW)
def found_cases(user: User, text: str) -> list[panels.Hit]:
    """Cases by the beginning of their number: C20261125, or all of it."""
    number = text.strip().upper()
    if user.role == Role.ASSOCIATE or not number.startswith("C2") or len(number) < 5 or len(number) > 20:
        return []
    cases = access.cases_for(user).filter(number__startswith=number).order_by("-number")
    return [
        panels.Hit(
            label=f"{case.number} {case.title}",
            detail=" · ".join([str(case.get_kind_display()), str(case.get_state_display())]),
            url=reverse("callcenter:case_detail", args=[case.pk]),
            kind=_("Case"),
        )
        for case in cases[:5]
    ]
