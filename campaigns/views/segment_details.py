"""One segment: what it is now, its members, what they have in common, its SQL for administrators; pins and lists."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import segment_access as access
from campaigns.forms.segments import PinForm, UploadForm
from campaigns.models import Segment
from campaigns.rules.sql import Clock
from campaigns.segment_access import CHANGE, SQL, VIEW
from campaigns.segment_filters import BelongingFilter
from campaigns.selectors import segment_pages as pages
from campaigns.selectors.segment_common import in_common
from campaigns.selectors.segment_plans import plan_of
from campaigns.services import segments as services
from campaigns.services.segment_lists import upload_list
from campaigns.services.segment_people import pin_by_number
from kit.answers import done, form_page
from kit.forms import carried_out
from kit.lists import Export, listing
from kit.workbooks import Column
from staff.access import needs

FORM = "campaigns/segment_form.html"
_MEMBERS = [
    Column(lazy("Member number"), "member.member_no"),
    Column(lazy("Home store"), lambda one: one.member.home_store.label if one.member.home_store else ""),
    Column(lazy("Enrolled"), "member.enrolled_on", 12),
    Column(lazy("Belongs since"), "since", 18),
    Column(lazy("By hand"), lambda one: one.get_pin_display()),
]


@login_required
@require_safe
@needs(VIEW)
def segment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Size over time, comings and goings, pins, wordings, packages."""
    segment = access.segment_for(request.user, pk)
    return render(request, "campaigns/segment_detail.html", _detail(request, segment))


def _detail(request: HttpRequest, segment: Segment) -> dict[str, object]:
    chart = pages.size_chart(segment)
    days = chart.pop("days")
    moves, pins = pages.moves_and_pins(request.user, segment)
    return {
        "segment": segment,
        "words": pages.words_of(segment.current.rule) if segment.current else "",
        "chart": chart,
        "days": days[::-1][:30],
        "moves": moves,
        "pins": pins,
        "wordings": pages.wordings(segment),
        "packages": list(segment.packages.filter(is_active=True).order_by("place", "name")),
        "pin_form": PinForm(),
        "can_change": request.user.has_perm(CHANGE),
        "can_see_sql": request.user.has_perm(SQL),
        "is_list": segment.kind == Segment.Kind.LIST,
    }


@login_required
@require_safe
@needs(VIEW)
def segment_members(request: HttpRequest, pk: int) -> HttpResponse:
    """Who belongs, to narrow, sort and export."""
    segment = access.segment_for(request.user, pk)
    return listing(
        request,
        pages.members_in(segment),
        filterset=BelongingFilter,
        template="campaigns/segment_members.html",
        orderings={"newest": ("-member_id",)},
        prepare=lambda rows: pages.as_rows(request.user, rows),
        export=Export("segment", _MEMBERS) if request.user.has_perm(CHANGE) else None,
        context={"segment": segment},
    )


@login_required
@require_safe
@needs(VIEW)
def segment_common(request: HttpRequest, pk: int) -> HttpResponse:
    """What its members have in common."""
    segment = access.segment_for(request.user, pk)
    context = {"segment": segment, "common": in_common(segment, Clock.now())}
    return render(request, "campaigns/segment_common.html", context)


@login_required
@require_safe
@needs(SQL)
def segment_sql(request: HttpRequest, pk: int) -> HttpResponse:
    """The statement of the rule and how the database answers it."""
    segment = access.segment_for(request.user, pk, SQL)
    return render(request, "campaigns/segment_sql.html", {"segment": segment, "plan": plan_of(segment, Clock.now())})


@login_required
@require_POST
@needs(CHANGE)
def segment_archive(request: HttpRequest, pk: int) -> HttpResponse:
    segment = access.segment_for(request.user, pk, CHANGE)
    return done(
        request,
        lambda: services.archive_segment(segment_id=segment.pk, actor=request.user),
        _("Put away."),
        reverse("campaigns:segment_detail", args=[pk]),
    )


@login_required
@require_POST
@needs(CHANGE)
def segment_restore(request: HttpRequest, pk: int) -> HttpResponse:
    segment = access.segment_for(request.user, pk, CHANGE)
    return done(
        request,
        lambda: services.restore_segment(segment_id=segment.pk, actor=request.user),
        _("In use again. Who belongs is being computed."),
        reverse("campaigns:segment_detail", args=[pk]),
    )


@login_required
@require_POST
@needs(CHANGE)
def segment_pin(request: HttpRequest, pk: int) -> HttpResponse:
    """A member in or out by hand, with the reason."""
    segment = access.segment_for(request.user, pk, CHANGE)
    form = PinForm(request.POST)
    if form.is_valid() and carried_out(
        form, lambda: pin_by_number(segment_id=segment.pk, actor=request.user, **form.cleaned_data)
    ):
        return redirect(f"{reverse('campaigns:segment_detail', args=[pk])}#pins")
    return render(request, "campaigns/segment_detail.html", _detail(request, segment) | {"pin_form": form}, status=422)


@login_required
@require_POST
@needs(CHANGE)
def segment_unpin(request: HttpRequest, pk: int, member_id: int) -> HttpResponse:
    """Leave a member to the rule again."""
    segment = access.segment_for(request.user, pk, CHANGE)
    return done(
        request,
        lambda: services.pin_member(segment_id=segment.pk, member_id=member_id, pin=0, reason="", actor=request.user),
        _("The rule decides again."),
        f"{reverse('campaigns:segment_detail', args=[pk])}#pins",
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def segment_upload(request: HttpRequest) -> HttpResponse:
    """A list of members from a file; a worker reads it."""
    return form_page(
        request,
        UploadForm(request.user, request.POST or None, request.FILES or None),
        title=_("Upload a list"),
        lead=_(
            "Members by their numbers, phones or cards become a segment. Lines that mean nobody come back with the reason."
        ),
        deed=lambda data: upload_list(actor=request.user, **data),
        said=_("The file is being read."),
        to=lambda made: reverse("staff:job_detail", args=[made[1].pk]),
        template=FORM,
        back=reverse("campaigns:segment_list"),
    )
