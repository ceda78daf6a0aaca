"""Who sits where, the phone systems, their events, and the telephone made of paper."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callcenter import call_access as access
from callcenter.call_filters import EventFilter
from callcenter.forms.calls import LineForm, RingForm, SystemForm
from callcenter.models import CallEvent
from callcenter.services import phone_systems, simulator
from callcenter.services.phone_events import hide_numbers
from kit.answers import done
from kit.forms import carried_out
from kit.lists import listing
from staff.access import needs

MANAGE = "callcenter.manage_lines"


@login_required
@needs("callcenter.take_calls")
@require_http_methods(["GET", "POST"])
def line_list(request: HttpRequest) -> HttpResponse:
    """My line for the shift; whoever manages lines sees all of them."""
    user = request.user
    mine = access.line_of(user)
    initial = (
        {"system": mine.system_id, "extension": mine.extension, "opens_on_ring": mine.opens_on_ring} if mine else {}
    )
    form = LineForm(user, request.POST or None, initial=initial)
    if form.is_valid() and carried_out(
        form,
        lambda: phone_systems.take_line(
            system_id=form.cleaned_data["system"].pk,
            extension=form.cleaned_data["extension"],
            opens_on_ring=form.cleaned_data["opens_on_ring"],
            user=user,
            actor=user,
        ),
    ):
        messages.success(request, _("You sit at extension %(extension)s.") % form.cleaned_data)
        return redirect("callcenter:line_list")
    context = {"form": form, "mine": mine, "lines": list(access.lines_for(user).order_by("system", "extension"))}
    return render(request, "callcenter/line_list.html", context, status=422 if form.is_bound else 200)


@login_required
@needs("callcenter.take_calls")
@require_POST
def line_leave(request: HttpRequest, pk: int) -> HttpResponse:
    line = access.line_for(request.user, pk)
    deed = lambda: phone_systems.leave_line(line_id=line.pk, actor=request.user)  # noqa: E731
    return done(request, deed, _("The line is free."), reverse("callcenter:line_list"))


@login_required
@needs(MANAGE)
@require_http_methods(["GET", "POST"])
def system_list(request: HttpRequest) -> HttpResponse:
    """The phone systems; adding one shows its secret, this once."""
    form = SystemForm(request.user, request.POST or None)
    shown = None
    if form.is_valid() and (
        made := carried_out(form, lambda: phone_systems.create_system(actor=request.user, **form.cleaned_data))
    ):
        shown = (made, phone_systems.secret_of(made))
        form = SystemForm(request.user)
    return _systems(request, form, shown)


@login_required
@needs(MANAGE)
@require_POST
def system_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """Another secret, shown this once."""
    system = access.system_for(request.user, pk)
    secret = phone_systems.rotate_secret(system_id=system.pk, actor=request.user)
    return _systems(request, SystemForm(request.user), (system, secret))


@login_required
@needs(MANAGE)
@require_POST
def system_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Listen to it, or no longer."""
    system = access.system_for(request.user, pk)
    deed = lambda: phone_systems.switch_system(  # noqa: E731
        system_id=system.pk, is_active=not system.is_active, actor=request.user
    )
    return done(request, deed, _("Done."), reverse("callcenter:system_list"))


def _systems(request: HttpRequest, form: SystemForm, shown: object) -> HttpResponse:
    context = {"form": form, "systems": list(access.all_systems(request.user)), "shown": shown}
    response = render(request, "callcenter/system_list.html", context, status=422 if form.is_bound else 200)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@needs("callcenter.view_call_events")
@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    """Why did the card not come? Every event with what became of it."""
    return listing(
        request,
        access.events_for(request.user),
        filterset=EventFilter,
        template="callcenter/event_list.html",
        orderings={"newest": ("-received_at", "-pk")},
        prepare=_hidden,
    )


def _hidden(events: list[CallEvent]) -> list[CallEvent]:
    """Identifiers of other systems may hold a number: they are shown masked."""
    for event in events:
        event.shown_id = hide_numbers(event.external_id)
        event.shown_leg = hide_numbers(event.leg)
        event.shown_extension = hide_numbers(event.extension)
    return events


@login_required
@needs("callcenter.simulate_call")
@require_http_methods(["GET", "POST"])
def simulator_page(request: HttpRequest) -> HttpResponse:
    """Let an extension ring, and see what the agent sees."""
    form = RingForm(request.POST or None)
    if form.is_valid():
        line = form.cleaned_data["line"]
        deed = lambda: simulator.ring(  # noqa: E731
            system=line.system, extension=line.extension, number=form.cleaned_data["number"],
            queue=form.cleaned_data["queue"],
        )  # fmt: skip
        if carried_out(form, deed):
            messages.success(request, _("Extension %(extension)s rings.") % {"extension": line.extension})
            return redirect("callcenter:simulator")
    context = {"form": form, "calls": access.paper_calls(request.user)}
    return render(request, "callcenter/simulator.html", context, status=422 if form.is_bound else 200)


@login_required
@needs("callcenter.simulate_call")
@require_POST
def paper_answer(request: HttpRequest, pk: int) -> HttpResponse:
    call = access.paper_call_for(request.user, pk)
    return done(request, lambda: simulator.answer(call=call), _("Answered."), reverse("callcenter:simulator"))


@login_required
@needs("callcenter.simulate_call")
@require_POST
def paper_hang_up(request: HttpRequest, pk: int) -> HttpResponse:
    call = access.paper_call_for(request.user, pk)
    return done(request, lambda: simulator.hang_up(call=call), _("Hung up."), reverse("callcenter:simulator"))
