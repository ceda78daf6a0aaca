"""My data, mine: take it along, ask to be erased, think again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kit.answers import done
from kit.doors import behind
from members.models import Member
from members.selectors.self_service import last_erasure
from members.services.erasure import ask_erasure, take_erasure_back, waiting_days
from members.services.self_export import own_data


@require_safe
@behind("me")
def privacy(request: HttpRequest, member: Member) -> HttpResponse:
    """What can be asked for, and what becomes of it."""
    context = {"member": member, "erasure": last_erasure(member), "days": waiting_days()}
    return render(request, "members/me_privacy.html", context)


@require_POST
@behind("me")
def data_take(request: HttpRequest, member: Member) -> HttpResponse:
    """Everything as a zip. A POST, because it is written into the audit trail."""
    response = HttpResponse(own_data(member=member), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{member.member_no}.zip"'
    return response


@require_POST
@behind("me")
def erasure_ask(request: HttpRequest, member: Member) -> HttpResponse:
    said = _("Noted. Until the day named below you can take it back.")
    return done(request, lambda: ask_erasure(member_id=member.pk), said, "me:privacy")


@require_POST
@behind("me")
def erasure_take_back(request: HttpRequest, member: Member) -> HttpResponse:
    said = _("Good to have you with us still.")
    return done(request, lambda: take_erasure_back(member_id=member.pk), said, "me:privacy")
