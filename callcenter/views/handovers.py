"""Shift hand-over: written at the end of a shift, taken over by a colleague."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callcenter import access
from callcenter.access import HAND_OVER
from callcenter.filters import HandOverFilter
from callcenter.forms.desk import HandOverForm
from callcenter.services.handovers import take_hand_over, write_hand_over
from kit.answers import done, form_page
from kit.lists import listing
from staff.access import needs


@login_required
@require_safe
@needs(HAND_OVER)
def handover_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.hand_overs_for(request.user).prefetch_related("items"),
        filterset=HandOverFilter,
        template="callcenter/handover_list.html",
        orderings={"newest": ("-written_at", "-pk")},
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(HAND_OVER)
def handover_new(request: HttpRequest) -> HttpResponse:
    def deed(data: dict[str, object]) -> object:
        picked = {"cases": data.pop("cases", []), "promises": data.pop("promises", [])}
        return write_hand_over(actor=request.user, **picked, **data)

    return form_page(
        request,
        HandOverForm(request.user, request.POST or None),
        title=_("Hand the shift over"),
        deed=deed,
        said=_("Handed over. A colleague takes it from here."),
        to=lambda row: reverse("callcenter:handover_detail", args=[row.pk]),
        template="callcenter/form.html",
        back=reverse("callcenter:handover_list"),
        lead=_("What you tick becomes the case or promise of whoever takes over."),
    )


@login_required
@require_safe
@needs(HAND_OVER)
def handover_detail(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.hand_over_for(request.user, pk)
    items = list(row.items.select_related("case", "promise__case").order_by("pk"))
    can_take = row.taken_at is None and row.written_by_id != request.user.pk
    return render(request, "callcenter/handover_detail.html", {"row": row, "items": items, "can_take": can_take})


@login_required
@require_POST
@needs(HAND_OVER)
def handover_take(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.hand_over_for(request.user, pk)
    return done(
        request,
        lambda: take_hand_over(hand_over_id=row.pk, actor=request.user),
        _("The shift is yours."),
        reverse("callcenter:handover_detail", args=[row.pk]),
    )
