"""What the agent's browser asks while the phone rings."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from callcenter import call_access as access
from callcenter.selectors.call_card import card_of
from callcenter.selectors.calls import active_calls, candidates
from callcenter.services.call_matching import choose_member
from callcenter.services.call_notes import mark_shown
from kit.push import ticket_for
from staff.access import needs

TAKE = "callcenter.take_calls"


@login_required
@needs(TAKE)
@require_safe
@never_cache
def call_active(request: HttpRequest) -> HttpResponse:
    """The truth: what rings or talks at this person's extension now; and a fresh ticket for the push process."""
    truth = active_calls(request.user)
    push = {"push": push_address(request), "ticket": ticket_for(request.user.pk)} if truth.has_line else {}
    return JsonResponse({"line": truth.has_line, "opens": truth.opens_on_ring, "calls": truth.calls, **push})


def push_address(request: HttpRequest) -> str:
    """Where the push process is: as set, or its own port on the host the browser asked."""
    if settings.PUSH_URL:
        return settings.PUSH_URL
    host = request.get_host().rpartition(":")[0] or request.get_host()
    return f"http://{host}:{settings.PUSH_PORT}/events/"


@login_required
@needs(TAKE)
@require_safe
@never_cache
def call_card(request: HttpRequest, pk: int) -> HttpResponse:
    """The card in the corner, and the same as a page."""
    call = access.own_call_for(request.user, pk)
    template = "callcenter/call_card.html#card" if request.GET.get("part") else "callcenter/call_card.html"
    return render(request, template, {"card": card_of(call, request)})


@login_required
@needs(TAKE)
@require_POST
def call_shown(request: HttpRequest, pk: int) -> HttpResponse:
    """The browser says that the card is on the screen."""
    mark_shown(call_id=pk, actor=request.user)
    return HttpResponse(status=204)


@login_required
@needs(TAKE)
@require_safe
@never_cache
def call_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Go where the call leads: the member, the choice among several, enrolment, or the call itself."""
    call = access.own_call_for(request.user, pk)
    if call.member_id:
        return redirect("members:member_detail", call.member_id)
    if call.found > 1:
        return redirect("callcenter:call_choose", call.pk)
    if call.number and request.user.has_perm("members.enrol_member"):
        return redirect(f"{reverse('members:member_enrol')}?call={call.pk}")
    return redirect("callcenter:call_detail", call.pk)


@login_required
@needs(TAKE)
@require_safe
def call_choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Several members have this number: who is it?"""
    call = access.own_call_for(request.user, pk)
    return render(request, "callcenter/call_choose.html", {"call": call, "choices": candidates(call, request.user)})


@login_required
@needs(TAKE)
@require_POST
def member_choose(request: HttpRequest, pk: int, member_id: int) -> HttpResponse:
    """It is this one; remembered for this call only."""
    call = access.own_call_for(request.user, pk)
    choose_member(call_id=call.pk, member_id=member_id, actor=request.user)
    return redirect("members:member_detail", member_id)
