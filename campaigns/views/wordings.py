"""The library of wordings: bilingual, in versions that never change."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import sending_access as access
from campaigns.forms.sending import WordingForm
from campaigns.models import MessageTemplate
from campaigns.selectors import sending_pages as pages
from campaigns.send_access import sends_for
from campaigns.sending_access import CHANGE_WORDING, VIEW_WORDING, WRITE_SERVICE
from campaigns.sending_filters import WordingFilter
from campaigns.services.contents import move_template
from campaigns.services.preflight import findings_of_newest
from campaigns.services.wordings import rewrite_wording, write_wording
from kit.answers import done, form_page
from kit.lists import listing
from staff.access import needs, stores_for

FORM = "campaigns/segment_form.html"


@login_required
@require_safe
@needs(VIEW_WORDING)
def wording_list(request: HttpRequest) -> HttpResponse:
    """The library; wordings written for one send on request."""
    return listing(
        request,
        access.wordings_for(request.user),
        filterset=WordingFilter,
        template="campaigns/wording_list.html",
        orderings={"newest": ("-made_at", "-pk"), "name": ("name", "pk")},
        prepare=pages.with_newest,
        per_page=25,
        context={"can_change": request.user.has_perm(CHANGE_WORDING)},
    )


@login_required
@require_safe
@needs(VIEW_WORDING)
def wording_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One wording: its versions, what the provider says to the newest, the sends that say it."""
    user = request.user
    template = access.wording_for(user, pk)
    context = {
        "template": template,
        "versions": pages.versions_of(template),
        "findings": findings_of_newest(template),
        "sends": pages.sends_with(template, sends_for(user)),
        "can_change": access.may_change_wording(user, template),
        "can_send": user.has_perm(CHANGE_WORDING) and template.state == MessageTemplate.State.ACTIVE,
    }
    return render(request, "campaigns/wording_detail.html", context)


def _page(template: MessageTemplate) -> str:
    return reverse("campaigns:wording_detail", args=[template.pk])


def _purposes(request: HttpRequest) -> list[tuple[str, object]]:
    service = request.user.has_perm(WRITE_SERVICE)
    return [one for one in MessageTemplate.Purpose.choices if service or one[0] != MessageTemplate.Purpose.SERVICE]


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE_WORDING)
def wording_new(request: HttpRequest) -> HttpResponse:
    stores = stores_for(request.user).order_by("code")
    form = WordingForm(stores, request.POST or None, purposes=_purposes(request))
    return form_page(
        request,
        form,
        title=_("New wording"),
        deed=lambda data: write_wording(
            name=data["name"], channel=data["channel"], purpose=data["purpose"], store=data["store"],
            in_library=data["in_library"], words=form.words, actor=request.user,
        ),
        said=_("Saved."),
        to=_page,
        template=FORM,
        back=reverse("campaigns:wording_list"),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE_WORDING)
def wording_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Other words become a further version; sends that said the earlier ones keep them."""
    template = access.wording_for(request.user, pk, CHANGE_WORDING)
    newest = template.versions.order_by("-number").first()
    names = ("subject", "body", "subject_en", "body_en", "provider_template")
    initial = {"name": template.name, "in_library": template.in_library}
    initial |= {name: getattr(newest, name) for name in names} if newest else {}
    form = WordingForm(stores_for(request.user), request.POST or None, initial=initial, is_new=False)
    return form_page(
        request,
        form,
        title=template.name,
        deed=lambda data: rewrite_wording(
            template_id=template.pk, name=data["name"], in_library=data["in_library"], words=form.words,
            actor=request.user,
        ),
        said=_("Saved."),
        to=_page,
        template=FORM,
        back=_page(template),
    )  # fmt: skip


@login_required
@require_POST
@needs(CHANGE_WORDING)
def wording_archive(request: HttpRequest, pk: int) -> HttpResponse:
    return _moved(request, pk, MessageTemplate.State.ARCHIVED, _("Put away."))


@login_required
@require_POST
@needs(CHANGE_WORDING)
def wording_restore(request: HttpRequest, pk: int) -> HttpResponse:
    return _moved(request, pk, MessageTemplate.State.ACTIVE, _("In use again."))


def _moved(request: HttpRequest, pk: int, state: str, said: str) -> HttpResponse:
    template = access.wording_for(request.user, pk, CHANGE_WORDING)
    return done(
        request,
        lambda: move_template(template_id=template.pk, state=state, actor=request.user),
        said,
        _page(template),
    )
