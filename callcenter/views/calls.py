"""The call log, one call, what was missed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from callcenter import call_access as access
from callcenter.call_filters import CallFilter
from callcenter.forms.calls import NoteForm
from callcenter.models import Call
from callcenter.selectors import calls as selectors
from callcenter.services import call_notes, call_settling, dialing
from kit.answers import done
from kit.htmx import is_partial
from kit.lists import Export, listing
from kit.workbooks import Column
from members.access import phone_for
from staff.access import needs

ORDERINGS = {"newest": ("-heard_at", "-pk"), "talk": ("-talk_seconds", "-pk")}
EXPORT = Export(
    "calls.xlsx",
    [
        Column(gettext_lazy("Time"), "heard_at", 18),
        Column(gettext_lazy("Direction"), lambda call: call.get_direction_display()),
        Column(gettext_lazy("Phone"), "masked"),
        Column(gettext_lazy("Member number"), lambda call: call.member.member_no if call.member else ""),
        Column(pgettext_lazy("call", "Agent"), lambda call: str(call.agent or "")),
        Column(gettext_lazy("State"), lambda call: call.get_state_display()),
        Column(gettext_lazy("Ring seconds"), "ring_seconds"),
        Column(gettext_lazy("Talk seconds"), "talk_seconds"),
        Column(gettext_lazy("Result"), lambda call: call.get_disposition_display()),
    ],
)
RELATED = ("agent", "store", "member", "contact")


@login_required
@needs("callcenter.view_call")
@require_safe
def call_list(request: HttpRequest) -> HttpResponse:
    user = request.user
    return listing(
        request,
        access.calls_for(user).select_related(*RELATED),
        filterset=CallFilter,
        template="callcenter/call_list.html",
        orderings=ORDERINGS,
        export=EXPORT if user.has_perm("callcenter.export_call") else None,
        prepare=lambda rows: selectors.with_shown_names(rows, user),
        context={"line": access.line_of(user), "days": selectors.days_of_calls() if not is_partial(request) else []},
    )


@login_required
@needs("callcenter.view_call")
@require_safe
def missed_list(request: HttpRequest) -> HttpResponse:
    """Incoming calls nobody answered and nobody has called back; the longest waiting first."""
    user = request.user
    return listing(
        request,
        selectors.to_call_back(access.calls_for(user)).select_related(*RELATED),
        template="callcenter/call_missed.html",
        orderings={"oldest": ("heard_at", "pk")},
        prepare=lambda rows: selectors.with_shown_names(rows, user),
        context={"line": access.line_of(user)},
    )


@login_required
@needs("callcenter.view_call")
@require_safe
def call_detail(request: HttpRequest, pk: int) -> HttpResponse:
    call = access.call_for(request.user, pk)
    return render(request, "callcenter/call_detail.html", _page(request, call))


def _page(request: HttpRequest, call: Call, form: NoteForm | None = None) -> dict[str, object]:
    shown = call.shown_at - call.heard_at if call.shown_at else None
    return {
        "call": selectors.with_shown_names([call], request.user)[0],
        "form": form or NoteForm(initial={"note": call.note, "disposition": call.disposition}),
        "events": call.events.order_by("happened_at", "pk"),
        "shown_ms": round(shown.total_seconds() * 1000) if shown else None,
        "line": access.line_of(request.user),
        "to_call_back": selectors.is_to_call_back(call),
        "choices": selectors.candidates(call, request.user) if call.found > 1 else [],
    }


@login_required
@needs("callcenter.view_call")
@require_POST
def call_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Note and result: saved on the button, and by HTMX while typing."""
    call = access.call_for(request.user, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return render(request, "callcenter/call_detail.html", _page(request, call, form), status=422)
    call_notes.note_call(call_id=call.pk, actor=request.user, **form.cleaned_data)
    if request.htmx:
        return render(request, "callcenter/call_detail.html#saved", {"saved_at": timezone.now()})
    messages.success(request, _("The note is saved."))
    return redirect("callcenter:call_detail", call.pk)


@login_required
@needs("callcenter.view_call")
@require_POST
def call_settle(request: HttpRequest, pk: int) -> HttpResponse:
    call = access.call_for(request.user, pk)
    deed = lambda: call_settling.mark_settled(call_id=call.pk, actor=request.user)  # noqa: E731
    return done(request, deed, _("Noted: no call back is needed."), reverse("callcenter:missed_list"))


@login_required
@needs("callcenter.place_call")
@require_POST
def call_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Call whoever called; the number stays on the server."""
    call = access.call_for(request.user, pk, "callcenter.place_call")
    deed = lambda: dialing.dial_back(call=call, actor=request.user)  # noqa: E731
    return done(request, deed, _("Your phone rings; then the other side is called."), _back(request, call.pk))


@login_required
@needs("callcenter.place_call")
@require_POST
def phone_dial(request: HttpRequest, pk: int) -> HttpResponse:
    """Call a member at one of their numbers, by the number's id."""
    phone = phone_for(request.user, pk, "callcenter.place_call")
    deed = lambda: dialing.dial_phone(phone=phone, actor=request.user)  # noqa: E731
    to = reverse("members:member_detail", args=[phone.member_id])
    return done(request, deed, _("Your phone rings; then the member is called."), to)


def _back(request: HttpRequest, pk: int) -> str:
    return reverse("callcenter:call_detail", args=[pk])
