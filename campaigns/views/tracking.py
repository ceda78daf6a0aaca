"""Links in messages, and what providers post: open to who holds the signed word."""

import base64
import json

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.selectors.contact import choices_of, provider_backend
from campaigns.send_exceptions import NoSuchSend
from campaigns.services import callbacks, opting_out, tracking
from campaigns.services.inbox import take_callbacks
from campaigns.services.links import CHOICES, CLICK, OPEN, read_token

_DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
# Aliyun reads the first two, Tencent the others; either posts again and again until it sees its own.
_TAKEN = {"code": 0, "msg": "ok", "result": 0, "errmsg": "OK"}
MOST_BYTES = 2_000_000


def _visit(request: HttpRequest) -> tracking.Visit:
    return tracking.Visit(request.method, request.headers.get("User-Agent", "")[:300])


@require_safe
@never_cache
def open_pixel(request: HttpRequest, token: str) -> HttpResponse:
    """The picture of one point: the same for a word we did not make."""
    if place := read_token(OPEN, token):
        tracking.note_open(send_id=place[0], member_id=place[1], visit=_visit(request))
    return HttpResponse(_DOT, content_type="image/gif")


@require_safe
@never_cache
def click(request: HttpRequest, token: str) -> HttpResponse:
    """On to the stored target of a link, and nowhere else."""
    place = read_token(CLICK, token)
    target = place and tracking.note_click(send_id=place[0], member_id=place[1], number=place[2], visit=_visit(request))
    if not target:
        return HttpResponseNotFound(_("This link leads nowhere."), content_type="text/plain; charset=utf-8")
    return HttpResponseRedirect(target)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a page with one button and changes nothing; POST unsubscribes and answers 200 (RFC 8058)."""
    place = read_token(CHOICES, token)
    if place is None:
        raise NoSuchSend(_("This link is not valid any more."))
    done = request.method == "POST" and opting_out.unsubscribe(send_id=place[0], member_id=place[1])
    if request.POST.get("List-Unsubscribe") == "One-Click":
        # The member's mail program asks: no page, no redirect, no cookie.
        return HttpResponse("ok", content_type="text/plain")
    return render(request, "campaigns/unsubscribe.html", {"token": token, "done": done})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def choices(request: HttpRequest, token: str) -> HttpResponse:
    """What may come over which channel."""
    place = read_token(CHOICES, token)
    known = choices_of(place[1]) if place else None
    if known is None:
        raise NoSuchSend(_("This link is not valid any more."))
    context = {"token": token, "saved": False, "asked": False}
    if request.method == "POST":
        wanted = {channel for channel in request.POST.getlist("channel") if channel in opting_out.CHANNELS}
        context["asked"] = opting_out.change_choices(member_id=place[1], wanted=wanted, send_id=place[0])
        context["saved"] = True
        known = choices_of(place[1])
    return render(request, "campaigns/choices.html", {**context, "choices": known})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Offers by e-mail: only after the button of this page was pressed."""
    member = opting_out.confirmed_member(token)
    if request.method == "POST":
        opting_out.confirm_email(token=token)
    context = {"token": token, "email": member.email, "done": request.method == "POST"}
    return render(request, "campaigns/confirm_email.html", context)


@csrf_exempt
@require_POST
def callback(request: HttpRequest, provider: str, seal: str) -> HttpResponse:
    """What a provider tells us: written down, answered, worked on later."""
    backend = provider_backend(provider)
    if backend is None or not callbacks.is_sealed(provider, seal):
        return HttpResponseNotFound("unknown", content_type="text/plain")
    if len(request.body) > MOST_BYTES:
        return HttpResponse("too large", status=413, content_type="text/plain")
    if backend == "anymail":
        return take_posted(request, "tracking")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return HttpResponse("not JSON", status=400, content_type="text/plain")
    take_callbacks(provider=provider, told=callbacks.told_by(backend, body))
    return HttpResponse(json.dumps(_TAKEN), content_type="application/json")


@csrf_exempt
@require_POST
def callback_mail(request: HttpRequest, provider: str, seal: str) -> HttpResponse:
    """An e-mail somebody wrote back, posted by the e-mail service."""
    if provider_backend(provider) != "anymail" or not callbacks.is_sealed(provider, seal):
        return HttpResponseNotFound("unknown", content_type="text/plain")
    return take_posted(request, "inbound")


def take_posted(request: HttpRequest, kind: str) -> HttpResponse:
    """The package behind it is loaded only where an e-mail service is used."""
    from campaigns.services import mail_events

    return mail_events.take_posted(request, kind)
