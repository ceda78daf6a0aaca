"""Points and stars by hand: asked for, approved, granted and ended."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kit.lists import listing
from loyalty import access
from loyalty.filters import AdjustmentFilter
from loyalty.forms.desk import AdjustmentForm, GrantForm, ReasonForm
from loyalty.models import Adjustment, Tier
from loyalty.services.grants import end_grant, grant_tier
from loyalty.services.points import ask_adjustment
from loyalty.services.rules import current_rules
from loyalty.views.answers import form_page
from sales.selectors.receipts import member_names
from staff.access import needs
from workflow.services.requests import last_requests_of


@login_required
@require_http_methods(["GET", "POST"])
def adjustment_ask(request: HttpRequest, pk: int) -> HttpResponse:
    member = access.member_in_scope(request.user, pk, "loyalty.ask_adjustment")
    limit = current_rules().programme_at(timezone.now()).adjustment_limit
    return form_page(
        request,
        AdjustmentForm(request.POST or None),
        member=member,
        title=_("Adjust points"),
        lead=_("Up to %(limit)s points are booked at once; above that it needs approval.") % {"limit": f"{limit:,}"},
        deed=lambda data: ask_adjustment(
            member_id=member.pk, points=data["points"], reason=data["reason"], actor=request.user
        ),
        said=_said,
    )


def _said(adjustment: Adjustment) -> str:
    if adjustment.state == Adjustment.State.BOOKED:
        return _("Booked.")
    return _("Asked. It is booked when it has been approved.")


@login_required
@require_safe
@needs("loyalty.confirm_adjustment", "loyalty.ask_adjustment")
def adjustment_list(request: HttpRequest) -> HttpResponse:
    """Adjustments in scope, those that wait first."""

    def dressed(rows: list[Adjustment]) -> list[Adjustment]:
        names = member_names(request.user, [row.account.member for row in rows])
        requests = last_requests_of(rows)
        for row in rows:
            row.member_name = names[row.account.member_id]
            row.approval = requests.get(row.pk)
        return rows

    return listing(
        request,
        access.adjustments_for(request.user),
        filterset=AdjustmentFilter,
        template="loyalty/adjustment_list.html",
        orderings={"newest": ("-asked_at", "-pk"), "state": ("-state", "-asked_at", "-pk")},
        prepare=dressed,
    )


@login_required
@require_http_methods(["GET", "POST"])
def tier_grant(request: HttpRequest, pk: int) -> HttpResponse:
    member = access.member_in_scope(request.user, pk, "loyalty.grant_tier")
    rules = current_rules()
    ids = [tier.pk for tier in rules.tiers(rules.scheme_at(timezone.now())) if tier.rank]
    form = GrantForm(Tier.objects.filter(pk__in=ids).order_by("rank"), request.POST or None)
    return form_page(
        request,
        form,
        member=member,
        title=_("Grant a star"),
        lead=_("The member holds the star through this day, whatever they buy; the reason stays with it."),
        deed=lambda data: grant_tier(
            member_id=member.pk,
            tier_id=data["tier"].pk,
            until_on=form.until(),
            reason=data["reason"],
            actor=request.user,
        ),
        said=_("The star is granted."),
    )


@login_required
@require_http_methods(["GET", "POST"])
def tier_grant_end(request: HttpRequest, pk: int) -> HttpResponse:
    period = access.grant_for(request.user, pk)
    return form_page(
        request,
        ReasonForm(request.POST or None),
        member=period.account.member,
        title=_("End the granted star today"),
        lead=_("The star then follows from what the member bought."),
        deed=lambda data: end_grant(period_id=period.pk, reason=data["reason"], actor=request.user),
        said=_("The granted star has ended."),
    )
