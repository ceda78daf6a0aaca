"""The control group: how large, since when, who; drawn and ended."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import sending_access as access
from campaigns.forms.sending import ControlForm
from campaigns.selectors import sending_pages as pages
from campaigns.sending_access import MANAGE_CONTROL, VIEW_CONTROL
from campaigns.sending_filters import DrawnFilter
from campaigns.services.control_groups import begin_control_group, end_control_group
from kit.answers import done, form_page
from kit.lists import listing
from members.access import members_visible
from members.models import Member
from members.selectors import member_rows
from staff.access import needs


@login_required
@require_safe
@needs(VIEW_CONTROL)
def control_group(request: HttpRequest) -> HttpResponse:
    """The group of today with its members, and the groups there were."""
    user = request.user
    groups = pages.group_rows(list(access.control_groups_for(user)[:20]))
    now = next((one for one in groups if one.group.until_on is None), None)
    members = members_visible(user).select_related("home_store") if user.has_perm("members.view_member") else None
    drawn = pages.members_drawn(now.group, members) if now and members is not None else Member.objects.none()
    return listing(
        request,
        drawn,
        filterset=DrawnFilter,
        template="campaigns/control_group.html",
        orderings={"member": ("pk",)},
        prepare=lambda rows: member_rows(user, rows),
        context={"groups": groups, "now": now, "can_change": access.may_manage(user, MANAGE_CONTROL)},
    )


def _page(_result: object = None) -> str:
    return reverse("campaigns:control_group")


@login_required
@require_http_methods(["GET", "POST"])
@needs(MANAGE_CONTROL)
def control_group_new(request: HttpRequest) -> HttpResponse:

    def deed(data: dict[str, object]) -> object:
        access.require_control(request.user)
        return begin_control_group(share=int(data["percent"] * 100), actor=request.user)

    return form_page(
        request,
        ControlForm(request.POST or None),
        title=_("Draw a control group"),
        deed=deed,
        said=_("Drawn: its members get no offers from now on."),
        to=_page,
        template="campaigns/segment_form.html",
        back=_page(),
    )


@login_required
@require_POST
@needs(MANAGE_CONTROL)
def control_group_end(request: HttpRequest) -> HttpResponse:
    access.require_control(request.user)
    said = _("Ended: its members get offers again.")
    return done(request, lambda: end_control_group(actor=request.user), said, _page())
