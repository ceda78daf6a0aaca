"""Identity papers of a member."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from members import access
from members.forms.identities import IdentityForm
from members.services.identities import forget_identity, record_identity
from members.views.answers import done, form_page

RECORD = "members.record_identity"


@login_required
@require_http_methods(["GET", "POST"])
def identity_record(request: HttpRequest, pk: int) -> HttpResponse:
    """The papers shown so far, and one more."""
    member = access.member_for(request.user, pk, RECORD)
    return form_page(
        request,
        IdentityForm(request.POST or None),
        member=member,
        title=_("Identity papers"),
        deed=lambda data: record_identity(
            member_id=member.pk, kind=data["kind"], number=data["identity"], actor=request.user
        ),
        said=_("The paper is recorded."),
        template="members/identity_record.html",
        identities=list(member.identities.order_by("kind")),
    )


@login_required
@require_POST
def identity_forget(request: HttpRequest, pk: int) -> HttpResponse:
    row = access.identity_for(request.user, pk, RECORD)
    return done(
        request,
        row.member_id,
        lambda: forget_identity(identity_id=row.pk, actor=request.user),
        _("The paper is removed."),
    )
