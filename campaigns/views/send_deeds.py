"""What is done with a send: asked for, planned, started, paused, gone on with, called off; the unknown decided about."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns import send_access as access
from campaigns.models import Send
from campaigns.send_access import CHANGE, START, VIEW
from campaigns.services import sends
from campaigns.services.labels import label_sheets
from campaigns.services.reconciling import resolve_unknown
from campaigns.services.send_writing import submit_send
from kit.answers import done
from staff.access import needs


def _deed(
    request: HttpRequest, pk: int, service: Callable[..., object], said: str, permission: str = START
) -> HttpResponse:
    send = access.send_for(request.user, pk, permission)
    to = reverse("campaigns:send_detail", args=[send.pk])
    return done(request, lambda: service(send_id=send.pk, actor=request.user), said, to)


@login_required
@require_POST
@needs(CHANGE)
def send_submit(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(request, pk, submit_send, _("Asked for approval."), CHANGE)


@login_required
@require_POST
@needs(START)
def send_plan(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(request, pk, sends.plan_send, _("Planned: it starts by itself."))


@login_required
@require_POST
@needs(START)
def send_start(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(request, pk, sends.start_send, _("Started: the recipients are being drawn up."))


@login_required
@require_POST
@needs(START)
def send_pause(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(request, pk, sends.pause_send, _("Paused: nothing further is handed over."))


@login_required
@require_POST
@needs(START)
def send_resume(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(request, pk, sends.resume_send, _("It goes on."))


@login_required
@require_POST
@needs(START)
def send_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(request, pk, sends.cancel_send, _("Called off."))


@login_required
@require_POST
@needs(START)
def send_resolve(request: HttpRequest, pk: int, member: int) -> HttpResponse:
    """A message that was possibly sent: it was (`was_sent`), or it goes again."""
    send, person, _recipient = access.recipient_for(request.user, pk, member)
    was_sent = request.POST.get("was_sent") == "yes"
    return done(
        request,
        lambda: resolve_unknown(send_id=send.pk, member_id=person.pk, was_sent=was_sent, actor=request.user),
        _("Noted: it was sent.") if was_sent else _("It is sent again."),
        f"{reverse('campaigns:send_recipients', args=[send.pk])}?state=8",
    )


@login_required
@require_safe
@needs(VIEW)
def send_labels(request: HttpRequest, pk: int) -> FileResponse:
    """The addresses of a send by post, as labels to print."""
    send: Send = access.send_for(request.user, pk, START)
    return FileResponse(label_sheets(send), content_type="application/pdf", filename=f"labels-{send.pk}.pdf")
