"""Members who asked to be erased: look, refuse with a reason, or carry it out before its day."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kit.answers import form_page
from kit.lists import listing
from members import access
from members.erasure_filter import ErasureFilter
from members.forms.people import EraseForm, ReasonForm
from members.selectors.erasures import erasure_rows
from members.services.erasure import carry_erasure_out, refuse_erasure
from staff.access import needs

ERASE = "members.erase_member"


@login_required
@require_safe
@needs(ERASE)
def erasure_list(request: HttpRequest) -> HttpResponse:
    """What waits first, the most urgent on top."""
    return listing(
        request,
        access.erasures_for(request.user),
        filterset=ErasureFilter,
        template="members/erasure_list.html",
        orderings={"due": ("due_on", "pk"), "newest": ("-asked_at", "-pk")},
        prepare=lambda rows: erasure_rows(request.user, rows),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(ERASE)
def erasure_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Say no; the member reads why."""
    wish = access.erasure_for(request.user, pk)
    return form_page(
        request,
        ReasonForm(request.POST or None),
        title=_("Refuse to erase %(name)s") % {"name": wish.member.display_name},
        deed=lambda data: refuse_erasure(request_id=wish.pk, reason=data["reason"], actor=request.user),
        said=_("Refused. The member reads the reason on the own pages."),
        to="members:erasure_list",
        template="members/member_form.html",
        lead=_("The member reads this reason."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(ERASE)
def erasure_carry_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase now, after a last look."""
    wish = access.erasure_for(request.user, pk)
    return form_page(
        request,
        EraseForm(request.POST or None),
        title=_("Erase %(name)s now") % {"name": wish.member.display_name},
        deed=lambda _data: [carry_erasure_out(request_id=wish.pk, actor=request.user)],
        said=_("Erased. Receipts and points stay in the books without a name."),
        to="members:erasure_list",
        template="members/erasure_confirm.html",
        wish=wish,
    )
