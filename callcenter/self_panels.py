"""What the service desk shows members on their own pages: the way to their cases."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from kit import panels
from members.models import Member


@panels.register("me.tabs", name="cases", order=10)
def cases_tab(request: HttpRequest, member: Member) -> str:
    return render_to_string("callcenter/me_tab.html", {}, request)
