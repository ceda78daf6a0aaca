"""Bulletins: for me, mine, who has read them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.answers import done, form_page
from kit.lists import listing
from staff.access import needs
from workflow import access
from workflow import office_selectors as selectors
from workflow.forms.office import BulletinForm
from workflow.office_filters import BulletinFilter
from workflow.services import bulletins


@login_required
@require_safe
@needs("workflow.view_office")
def bulletin_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.bulletins_for(request.user),
        filterset=BulletinFilter,
        template="workflow/bulletin_list.html",
        orderings={"newest": ("-published_at", "-pk")},
        prepare=lambda rows: selectors.with_read_marks(rows, request.user),
        context={"today": timezone.localdate()},
    )


@login_required
@require_safe
@needs("workflow.view_office")
def bulletin_detail(request: HttpRequest, pk: int) -> HttpResponse:
    bulletin = access.bulletin_for(request.user, pk)
    context = {"bulletin": bulletin, "shown": selectors.bulletin_page(bulletin, request.user)}
    return render(request, "workflow/bulletin_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.publish_bulletin")
def bulletin_publish(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        BulletinForm(request.user, request.POST or None, request.FILES or None),
        title=_("A bulletin"),
        deed=lambda data: bulletins.publish_bulletin(actor=request.user, **data),
        said=_("Published: everybody it is for has a notice."),
        to=lambda bulletin: reverse("workflow:bulletin_detail", args=[bulletin.pk]),
        template="workflow/form.html",
        back=reverse("workflow:bulletin_list"),
    )


@login_required
@require_POST
@needs("workflow.view_office")
def bulletin_read(request: HttpRequest, pk: int) -> HttpResponse:
    bulletin = access.bulletin_for(request.user, pk)
    deed = lambda: bulletins.mark_bulletin_read(bulletin_id=bulletin.pk, user=request.user)  # noqa: E731
    return done(request, deed, _("Noted that you have read it."), reverse("workflow:bulletin_list"))


@login_required
@require_POST
@needs("workflow.publish_bulletin")
def bulletin_remind(request: HttpRequest, pk: int) -> HttpResponse:
    bulletin = access.own_bulletin(request.user, pk)
    deed = lambda: bulletins.remind_readers(bulletin_id=bulletin.pk, actor=request.user)  # noqa: E731
    place = reverse("workflow:bulletin_detail", args=[pk])
    return done(request, deed, _("Everybody who has not read it has another notice."), place)


@login_required
@require_POST
@needs("workflow.publish_bulletin")
def bulletin_end(request: HttpRequest, pk: int) -> HttpResponse:
    bulletin = access.own_bulletin(request.user, pk)
    deed = lambda: bulletins.end_bulletin(bulletin_id=bulletin.pk, actor=request.user)  # noqa: E731
    return done(request, deed, _("Taken down."), reverse("workflow:bulletin_detail", args=[pk]))
