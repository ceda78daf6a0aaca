"""Result sheets: read, computed anew, exported, and the members behind them."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from campaigns.journey_access import journey_for
from campaigns.models import Campaign, Journey, ResultSheet, Send
from campaigns.result_access import measured_campaign_for, measured_send_for, readable_send_for
from campaigns.result_filters import UnitFilter
from campaigns.selectors.result_places import places_of
from campaigns.selectors.result_units import ArmUnit, assigned_to, units_of
from campaigns.selectors.results import chart_of_effects, read_sheet
from campaigns.selectors.send_calls import calls_of
from campaigns.services.result_parts import part_of_send
from campaigns.services.results import measure_campaign, measure_journey, measure_send
from kit.answers import done
from kit.lists import Export, listing
from kit.workbooks import Column, workbook_response
from members.selectors import member_rows
from staff.access import needs, stores_for

VIEW = "campaigns.view_result"
Subject = Send | Campaign | Journey
COLUMNS = [
    Column(lazy("Figure"), lambda one: str(one.label), 40),
    Column(lazy("Treated"), "treated"),
    Column(lazy("Holdout"), "control"),
    Column(lazy("Difference"), "difference"),
    Column(lazy("95 % interval"), "interval", 28),
    Column("p", lambda one: f"{one.comparison.p_value:.4f}"),
    Column(lazy("Smallest visible difference"), lambda one: f"{one.comparison.smallest_visible:.4f}"),
    Column(lazy("Verdict"), lambda one: str(one.verdict_label), 24),
]
UNITS = Export(
    "result-members",
    [
        Column(lazy("Member number"), "member.member_no"),
        Column(lazy("Arm"), lambda row: row.get_arm_display()),
        Column(lazy("State"), lambda row: row.get_state_display()),
    ],
)


@login_required
@require_safe
@needs(VIEW)
def send_result(request: HttpRequest, pk: int) -> HttpResponse:
    send, stores = readable_send_for(request.user, pk)
    return _page(request, {"send": send}, send) if stores is None else _part(request, send, stores)


def _part(request: HttpRequest, send: Send, stores: list[int]) -> HttpResponse:
    """What a send of the chain did in some stores: their members as they were assigned. Nothing is kept."""
    part = part_of_send(send=send, store_ids=stores) if send.started_at else None
    read = part.read() if part else None
    if read and request.GET.get("export") == "xlsx":
        return workbook_response("result", COLUMNS, read.figures)
    context = {
        "subject": send,
        "kind": "send",
        "read": read,
        "sheet": part.sheet if part else None,
        "chart": chart_of_effects(read) if read and read.has_holdout else None,
        "part_of": stores_for(request.user).filter(pk__in=stores).order_by("code"),
        "places": places_of(send.campaign),
    }
    return render(request, "campaigns/result_detail.html", context)


@login_required
@require_safe
@needs(VIEW)
def campaign_result(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = measured_campaign_for(request.user, pk)
    return _page(request, {"campaign": campaign}, campaign)


@login_required
@require_safe
@needs(VIEW)
def journey_result(request: HttpRequest, pk: int) -> HttpResponse:
    journey = journey_for(request.user, pk)
    return _page(request, {"journey": journey}, journey)


def _page(request: HttpRequest, about: dict[str, Subject], subject: Subject) -> HttpResponse:
    sheet = ResultSheet.objects.filter(**about).select_related("send__segment", "campaign", "journey").first()
    read = read_sheet(sheet) if sheet else None
    if read and request.GET.get("export") == "xlsx":
        return workbook_response("result", COLUMNS, read.figures)
    kind = next(iter(about))
    context = {
        "subject": subject,
        "kind": kind,
        "read": read,
        "sheet": sheet,
        "chart": chart_of_effects(read) if read and read.has_holdout else None,
        "measure_url": reverse(f"campaigns:{kind}_measure", args=[subject.pk]),
        "places": places_of(subject if kind == "campaign" else getattr(subject, "campaign", None)),
        "calls": calls_of(subject) if isinstance(subject, Send) else [],
        "units_url": reverse("campaigns:result_members", args=[subject.pk]) if kind == "send" else "",
    }
    return render(request, "campaigns/result_detail.html", context)


@login_required
@require_POST
@needs(VIEW)
def send_measure(request: HttpRequest, pk: int) -> HttpResponse:
    send = measured_send_for(request.user, pk)
    return _measured(request, lambda: measure_send(send_id=send.pk), "send", pk)


@login_required
@require_POST
@needs(VIEW)
def campaign_measure(request: HttpRequest, pk: int) -> HttpResponse:
    campaign = measured_campaign_for(request.user, pk)
    return _measured(request, lambda: measure_campaign(campaign_id=campaign.pk), "campaign", pk)


@login_required
@require_POST
@needs(VIEW)
def journey_measure(request: HttpRequest, pk: int) -> HttpResponse:
    journey = journey_for(request.user, pk)
    return _measured(request, lambda: measure_journey(journey_id=journey.pk), "journey", pk)


def _measured(request: HttpRequest, deed: Callable[[], object], kind: str, pk: int) -> HttpResponse:
    return done(request, deed, _("Computed anew."), reverse(f"campaigns:{kind}_result", args=[pk]))


@login_required
@require_safe
@needs(VIEW)
def result_members(request: HttpRequest, pk: int) -> HttpResponse:
    """The members of a send's arms, with what they did in the window."""
    send = measured_send_for(request.user, pk)
    sheet = ResultSheet.objects.filter(send=send).first()

    def dressed(rows: list) -> list[ArmUnit]:
        return units_of(rows, member_rows(request.user, [row.member for row in rows]), sheet)

    return listing(
        request,
        assigned_to(send),
        filterset=UnitFilter,
        template="campaigns/result_members.html",
        orderings={"member": ("member_id",)},
        context={"send": send, "sheet": sheet},
        export=UNITS if request.user.has_perm("members.export_member") else None,
        prepare=dressed,
    )
