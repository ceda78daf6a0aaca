"""Addresses nothing is sent to any more: found by who knows the address, added, lifted with a reason."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import sending_access as access
from campaigns.forms.sending import LiftForm, SuppressForm
from campaigns.sending_access import CHANGE_SUPPRESSION, VIEW_SUPPRESSION
from campaigns.sending_filters import SuppressionFilter
from campaigns.services.suppressions import code_of, lift_suppression, suppress_by_hand, without_addresses
from kit.answers import form_page
from kit.lists import Export, listing
from kit.workbooks import Column
from staff.access import needs

FORM = "campaigns/segment_form.html"
EXPORT = Export(
    "suppressed",
    [
        Column(lazy("Code"), lambda one: code_of(one.address_hash)),
        Column(lazy("Channel"), lambda one: one.get_channel_display()),
        Column(lazy("Reason"), lambda one: str(one.get_reason_display()), 30),
        Column(lazy("Note"), lambda one: without_addresses(one.evidence), 40),
        Column(lazy("Since"), "at", 18),
    ],
)


def _dressed(rows: list) -> list[dict[str, object]]:
    return [{"row": one, "code": code_of(one.address_hash), "note": without_addresses(one.evidence)} for one in rows]


@login_required
@require_safe
@needs(VIEW_SUPPRESSION)
def suppression_list(request: HttpRequest) -> HttpResponse:
    """Suppressed addresses by code: the addresses themselves are not kept."""
    user = request.user
    return listing(
        request,
        access.suppressions_for(user),
        filterset=SuppressionFilter,
        template="campaigns/suppression_list.html",
        orderings={"newest": ("-at", "-pk"), "channel": ("channel", "-at", "-pk")},
        prepare=_dressed,
        export=EXPORT,
        context={
            "can_add": user.has_perm(CHANGE_SUPPRESSION),
            "can_lift": access.may_manage(user, CHANGE_SUPPRESSION),
        },
    )


def _list(_result: object = None) -> str:
    return reverse("campaigns:suppression_list")


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE_SUPPRESSION)
def suppression_new(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        SuppressForm(request.POST or None),
        title=_("Suppress an address"),
        deed=lambda data: suppress_by_hand(**data, actor=request.user),
        said=_("Nothing is sent to this address any more."),
        to=_list,
        template=FORM,
        back=_list(),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE_SUPPRESSION)
def suppression_lift(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.suppression_for(request.user, pk)
    return form_page(
        request,
        LiftForm(request.POST or None),
        title=_("Lift %(code)s: %(reason)s") % {"code": code_of(row.address_hash), "reason": row.get_reason_display()},
        deed=lambda data: lift_suppression(suppression_id=row.pk, reason=data["reason"], actor=request.user),
        said=_("The address may be written to again, as far as its member agrees."),
        to=_list,
        template=FORM,
        back=_list(),
    )
