"""Journeys: the list, one with its steps, writing the steps, starting and ending, the members on their way."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.forms.journeys import JourneyEditForm, JourneyForm, StepForm
from campaigns.journey_access import CHANGE, VIEW, journey_for, journeys_for, may_change
from campaigns.journey_filters import EnrolmentFilter, JourneyFilter
from campaigns.journeys.steps import KINDS, read_steps
from campaigns.models import Journey, JourneyEnrolment
from campaigns.selectors.journeys import counts_of, step_rows, trigger_words
from campaigns.services import journeys
from campaigns.services.journey_starters import make_starter
from kit.answers import done, form_page
from kit.lists import Export, listing
from kit.workbooks import Column
from members.selectors import member_rows
from staff.access import needs

FORM = "campaigns/form_page.html"
ENROLMENTS = Export(
    "journey-members",
    [
        Column(lazy("Member number"), "member.member_no"),
        Column(lazy("Round"), "round"),
        Column(lazy("Arm"), lambda row: row.get_arm_display()),
        Column(lazy("State"), lambda row: row.get_state_display()),
        Column(lazy("Entered at"), "entered_at"),
        Column(lazy("Ended at"), "ended_at"),
    ],
)


@login_required
@require_safe
@needs(VIEW)
def journey_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        journeys_for(request.user),
        filterset=JourneyFilter,
        template="campaigns/journey_list.html",
        orderings={"newest": ("-made_at", "-pk"), "name": ("name", "pk")},
        prepare=lambda rows: [(journey, trigger_words(journey)) for journey in rows],
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def journey_new(request: HttpRequest) -> HttpResponse:
    form = JourneyForm(request.POST or None, user=request.user)
    return form_page(
        request,
        form,
        title=_("New journey"),
        deed=lambda _data: make_starter(**form.facts, actor=request.user),
        said=_("The journey has its usual steps. Look at them, then start it."),
        to=_page,
        template=FORM,
        back="campaigns:journey_list",
    )


def _page(journey: Journey) -> str:
    return reverse("campaigns:journey_detail", args=[journey.pk])


@login_required
@require_safe
@needs(VIEW)
def journey_detail(request: HttpRequest, pk: int) -> HttpResponse:
    journey = journey_for(request.user, pk)
    context = {
        "journey": journey,
        "begins": trigger_words(journey),
        "counts": counts_of(journey),
        "rows": step_rows(journey),
        "kinds": KINDS,
        "may_change": may_change(request.user, journey) and journey.state != Journey.State.ENDED,
    }
    return render(request, "campaigns/journey_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def journey_edit(request: HttpRequest, pk: int) -> HttpResponse:
    journey = journey_for(request.user, pk, CHANGE)
    initial = {name: getattr(journey, name) for name in ("name", "name_en", "days", "segment", "rest_days")}
    form = JourneyEditForm(
        request.POST or None, user=request.user, initial={**initial, "holdout": journey.holdout_share // 100}
    )
    return form_page(
        request,
        form,
        title=journey.label,
        deed=lambda _data: journeys.change_journey(journey_id=journey.pk, actor=request.user, **form.facts),
        said=_("Changed."),
        to=_page(journey),
        template=FORM,
        back="campaigns:journey_list",
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def step_new(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    journey = journey_for(request.user, pk, CHANGE)
    if kind not in KINDS:
        raise Http404
    form = StepForm(kind, None, request.POST or None)
    return form_page(
        request,
        form,
        title=KINDS[kind],
        deed=lambda _data: journeys.add_step(journey_id=journey.pk, step=form.made, actor=request.user),
        said=_("The step stands at the end."),
        to=_page(journey),
        template=FORM,
        back="campaigns:journey_list",
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def step_edit(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    journey = journey_for(request.user, pk, CHANGE)
    step = next((one for one in read_steps(journey.current.steps) if one.key == key), None)
    if step is None:
        raise Http404
    form = StepForm(step.kind, step, request.POST or None)
    return form_page(
        request,
        form,
        title=step.kind_label,
        deed=lambda _data: journeys.change_step(journey_id=journey.pk, key=key, step=form.made, actor=request.user),
        said=_("Changed for everybody who has not passed this step yet."),
        to=_page(journey),
        template=FORM,
        back="campaigns:journey_list",
    )


def _deed(request: HttpRequest, pk: int, deed: Callable[[Journey], object], said: str) -> HttpResponse:
    journey = journey_for(request.user, pk, CHANGE)
    return done(request, lambda: deed(journey), said, _page(journey))


@login_required
@require_POST
@needs(CHANGE)
def step_up(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    return _deed(
        request, pk, lambda one: journeys.move_step(journey_id=one.pk, key=key, by=-1, actor=request.user), _("Moved.")
    )


@login_required
@require_POST
@needs(CHANGE)
def step_down(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    return _deed(
        request, pk, lambda one: journeys.move_step(journey_id=one.pk, key=key, by=1, actor=request.user), _("Moved.")
    )


@login_required
@require_POST
@needs(CHANGE)
def step_remove(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    return _deed(
        request,
        pk,
        lambda one: journeys.remove_step(journey_id=one.pk, key=key, actor=request.user),
        _("Taken out; who waited for it goes on behind it."),
    )


@login_required
@require_POST
@needs(CHANGE)
def journey_start(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(
        request, pk, lambda one: journeys.start_journey(journey_id=one.pk, actor=request.user), _("The journey runs.")
    )


@login_required
@require_POST
@needs(CHANGE)
def journey_pause(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(
        request,
        pk,
        lambda one: journeys.pause_journey(journey_id=one.pk, actor=request.user),
        _("Paused: nobody enters, nobody goes on."),
    )


@login_required
@require_POST
@needs(CHANGE)
def journey_end(request: HttpRequest, pk: int) -> HttpResponse:
    return _deed(
        request,
        pk,
        lambda one: journeys.end_journey(journey_id=one.pk, actor=request.user),
        _("Ended: who was under way has left."),
    )


@login_required
@require_safe
@needs(VIEW)
def journey_members(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is on the journey, or was."""
    journey = journey_for(request.user, pk)

    def dressed(rows: list[JourneyEnrolment]) -> list[tuple]:
        return list(zip(rows, member_rows(request.user, [row.member for row in rows]), strict=True))

    return listing(
        request,
        journey.enrolments.select_related("member__home_store"),
        filterset=EnrolmentFilter,
        template="campaigns/journey_members.html",
        orderings={"newest": ("-pk",), "due": ("due_at", "pk")},
        context={"journey": journey},
        export=ENROLMENTS if request.user.has_perm("members.export_member") else None,
        prepare=dressed,
    )
