"""The customer pyramid, its scores, the movement between two pictures, and the members behind every figure."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.forms.pyramids import PictureForm, SchemeForm
from campaigns.models import Layer, Pyramid
from campaigns.pyramid_access import pyramid_for, pyramids_for
from campaigns.pyramid_filters import BehindFilter
from campaigns.selectors import pyramids as selectors
from campaigns.selectors.pyramid_words import chart_of_layers, chart_of_moves, layer_words, summary_of_layers
from campaigns.services.pyramid_jobs import start_picture
from campaigns.services.pyramid_segments import segment_of_cell
from campaigns.services.pyramids import change_scheme, compare_pyramids, current_scheme
from kit.answers import form_page
from kit.lists import Export, listing
from kit.workbooks import Column
from members.selectors import member_rows
from staff.access import needs

VIEW, CHANGE = "campaigns.view_pyramid", "campaigns.change_segment"
EXPORT = Export(
    "pyramid",
    [
        Column(lazy("Rank"), "rank"),
        Column(lazy("Member number"), "member.member_no"),
        Column(lazy("Layer"), lambda row: str(Layer(row.layer).label)),
        Column(lazy("Net spend"), "spend"),
        Column(lazy("Margin"), "profit"),
        Column(lazy("Bought at a discount"), "discounted"),
        Column(lazy("Purchases"), "receipts"),
        Column(lazy("Last purchase"), "last_on"),
        Column("R", "r"),
        Column("F", "f"),
        Column("M", "m"),
    ],
)


@login_required
@require_safe
@needs(VIEW)
def pyramid_latest(request: HttpRequest) -> HttpResponse:
    """The newest picture, or how to take the first."""
    newest = pyramids_for(request.user).first()
    if newest is None:
        return render(request, "campaigns/pyramid_none.html", {"form": PictureForm(user=request.user)})
    return _shown(request, newest)


@login_required
@require_safe
@needs(VIEW)
def pyramid_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _shown(request, pyramid_for(request.user, pk))


def _shown(request: HttpRequest, picture: Pyramid) -> HttpResponse:
    bands = selectors.layers(picture)
    context = {
        "picture": picture,
        "pictures": list(pyramids_for(request.user)[:24]),
        "bands": bands,
        "chart": chart_of_layers(picture, bands),
        "summary": summary_of_layers(bands),
        "steps": list(picture.steps.order_by("share")),
        "kinds": selectors.customer_kinds(picture),
        "tenths": selectors.by_discount(picture),
        "line": selectors.transaction_tenth(picture) * 10,
        "earlier": selectors.compared_with(picture),
    }
    return render(request, "campaigns/pyramid_detail.html", context)


@login_required
@require_safe
@needs(VIEW)
def pyramid_scores(request: HttpRequest, pk: int) -> HttpResponse:
    picture = pyramid_for(request.user, pk)
    across = request.GET.get("across") if request.GET.get("across") in ("f", "m") else "f"
    rows = selectors.grid(picture, across=across)
    most = max((cell.members for _score, cells in rows for cell in cells), default=0)
    context = {
        "picture": picture,
        "across": across,
        "scheme": picture.scheme,
        "rows": [
            (score, [(cell, 100 * cell.members // most if most else 0) for cell in cells]) for score, cells in rows
        ],
    }
    return render(request, "campaigns/pyramid_scores.html", context)


@login_required
@require_safe
@needs(VIEW)
def pyramid_moves(request: HttpRequest, pk: int, before_pk: int) -> HttpResponse:
    after, before = pyramid_for(request.user, pk), pyramid_for(request.user, before_pk)
    rows = selectors.matrix(before, after)
    earlier = [one for one in pyramids_for(request.user)[:24] if one.store_id == after.store_id]
    context = {
        "picture": after,
        "before": before,
        "targets": selectors.STANDING,
        "rows": [(layer_words(origin), total, cells) for origin, total, cells in rows],
        "chart": chart_of_moves(rows),
        "is_counted": any(total for _origin, total, _cells in rows),
        "earlier": [one for one in earlier if one.as_of_on < after.as_of_on],
    }
    return render(request, "campaigns/pyramid_moves.html", context)


@login_required
@require_POST
@needs(CHANGE)
def pyramid_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Count the movement from an earlier picture (posted as `before`)."""
    after = pyramid_for(request.user, pk)
    given = request.POST.get("before", "")
    before = pyramid_for(request.user, int(given) if given.isdigit() else 0)
    compare_pyramids(before_id=before.pk, after_id=after.pk, actor=request.user)
    return redirect("campaigns:pyramid_moves", after.pk, before.pk)


@login_required
@require_safe
@needs(VIEW)
def pyramid_members(request: HttpRequest, pk: int) -> HttpResponse:
    """The members behind a cell."""
    picture = pyramid_for(request.user, pk)
    chosen = BehindFilter(request.GET, request=request).chosen
    if before := chosen.get("before"):
        chosen["before"] = pyramid_for(request.user, before)
    export = EXPORT if request.user.has_perm("members.export_member") else None

    def dressed(rows: list) -> list:
        members = [row.member for row in rows]
        return list(zip(rows, member_rows(request.user, members), strict=True))

    return listing(
        request,
        selectors.members_behind(picture, chosen).select_related("member__home_store"),
        filterset=BehindFilter,
        template="campaigns/pyramid_members.html",
        orderings={
            "rank": ("rank", "member_id"),
            "last": ("-last_on", "rank"),
        },
        context={"picture": picture, "chosen": chosen, "words": _words(chosen)},
        export=export,
        prepare=dressed,
    )


def _words(chosen: dict[str, object]) -> str:
    """The cell in words."""
    parts = []
    if "before" in chosen and "was" in chosen:
        was = chosen["was"]
        parts.append(
            _("on %(day)s: %(layer)s") % {"day": chosen["before"], "layer": layer_words(Layer(was) if was else None)}
        )
    if "layer" in chosen:
        parts.append(str(Layer(chosen["layer"]).label))
    parts += [f"{name.upper()}{chosen[name]}" for name in ("r", "f", "m") if name in chosen]
    return " · ".join(parts)


@login_required
@require_POST
@needs(CHANGE)
def pyramid_segment(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a segment of a cell in one click."""
    picture = pyramid_for(request.user, pk)
    chosen = BehindFilter(request.POST, request=request).chosen
    if before := chosen.get("before"):
        chosen["before"] = pyramid_for(request.user, before)
    segment = segment_of_cell(picture=picture, chosen=chosen, name=_words(chosen), actor=request.user)
    return redirect("campaigns:segment_detail", segment.pk)


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def pyramid_take(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        PictureForm(request.POST or None, user=request.user),
        title=_("Take a picture of the pyramid"),
        deed=lambda data: start_picture(**data, actor=request.user),
        said=_("The picture is being taken."),
        to=lambda job: reverse("staff:job_detail", args=[job.pk]),
        template="campaigns/form_page.html",
        back="campaigns:pyramid_latest",
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE)
def pyramid_scheme(request: HttpRequest) -> HttpResponse:
    scheme = current_scheme()
    initial = {name: " ".join(map(str, getattr(scheme, name))) for name in ("recency", "frequency", "spend")}
    initial |= {"mode": scheme.mode, "transaction_share": f"{scheme.transaction_share.normalize():f}"}
    return form_page(
        request,
        SchemeForm(request.POST or None, initial=initial),
        title=_("How buyers are scored"),
        deed=lambda data: change_scheme(**data, actor=request.user),
        said=_("The next picture is scored this way."),
        to=reverse("campaigns:pyramid_latest"),
        template="campaigns/form_page.html",
        back="campaigns:pyramid_latest",
    )
