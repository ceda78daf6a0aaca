"""Documents passed round: mine to read, mine passed on, who has read."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.answers import done, form_page
from kit.lists import listing
from staff.access import needs
from workflow import access
from workflow import office_selectors as selectors
from workflow.forms.office import CirculationForm, ReaderForm, RemarkForm
from workflow.models import OfficialDocument
from workflow.office_filters import CirculationFilter
from workflow.services import circulations

FORM = "workflow/form.html"


@login_required
@require_safe
@needs("workflow.view_office")
def circulation_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.circulations_for(request.user),
        filterset=CirculationFilter,
        template="workflow/circulation_list.html",
        orderings={"newest": ("-pk",)},
        prepare=lambda rows: selectors.with_turns(rows, request.user),
    )


@login_required
@require_safe
@needs("workflow.view_office")
def circulation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    circulation = access.circulation_for(request.user, pk)
    context = {
        "circulation": circulation,
        "shown": selectors.circulation_page(circulation, request.user),
        "form": RemarkForm(),
        "reader_form": ReaderForm(),
    }
    return render(request, "workflow/circulation_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.circulate")
def circulation_start(request: HttpRequest) -> HttpResponse:
    return _start(request, None)


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.register_document")
def document_circulate(request: HttpRequest, pk: int) -> HttpResponse:
    return _start(request, access.document_for(request.user, pk))


def _start(request: HttpRequest, document: OfficialDocument | None) -> HttpResponse:
    return form_page(
        request,
        CirculationForm(request.POST or None, request.FILES or None, document=document),
        title=_("Pass documents round"),
        deed=lambda data: circulations.start_circulation(actor=request.user, document=document, **data),
        said=_("The readers have a notice."),
        to=lambda circulation: reverse("workflow:circulation_detail", args=[circulation.pk]),
        template=FORM,
        back=reverse("workflow:circulation_list"),
        lead=str(document or ""),
    )


@login_required
@require_POST
@needs("workflow.view_office")
def circulation_open(request: HttpRequest, pk: int) -> HttpResponse:
    circulation = access.circulation_for(request.user, pk)
    deed = lambda: circulations.open_circulation(circulation_id=circulation.pk, user=request.user)  # noqa: E731
    return done(request, deed, _("Noted that you are reading it."), reverse("workflow:circulation_detail", args=[pk]))


@login_required
@require_POST
@needs("workflow.view_office")
def circulation_read(request: HttpRequest, pk: int) -> HttpResponse:
    circulation = access.circulation_for(request.user, pk)
    place = reverse("workflow:circulation_detail", args=[pk])
    return form_page(
        request,
        RemarkForm(request.POST),
        title=circulation.title,
        deed=lambda data: circulations.mark_circulation_read(circulation_id=circulation.pk, user=request.user, **data),
        said=_("Noted that you have read it."),
        to=place,
        template=FORM,
        back=place,
    )


@login_required
@require_POST
@needs("workflow.circulate")
def reader_add(request: HttpRequest, pk: int) -> HttpResponse:
    circulation = access.circulation_for(request.user, pk)
    place = reverse("workflow:circulation_detail", args=[pk])
    return form_page(
        request,
        ReaderForm(request.POST),
        title=_("One more reader"),
        deed=lambda data: circulations.add_reader(circulation_id=circulation.pk, actor=request.user, **data),
        said=_("Added."),
        to=place,
        template=FORM,
        back=place,
        lead=circulation.title,
    )


@login_required
@require_POST
@needs("workflow.circulate")
def reader_skip(request: HttpRequest, pk: int, reader: int) -> HttpResponse:
    circulation = access.circulation_for(request.user, pk)
    deed = lambda: circulations.skip_reader(circulation_id=circulation.pk, reader_id=reader, actor=request.user)  # noqa: E731
    return done(request, deed, _("Taken off."), reverse("workflow:circulation_detail", args=[pk]))


@login_required
@require_POST
@needs("workflow.circulate")
def reader_up(request: HttpRequest, pk: int, reader: int) -> HttpResponse:
    circulation = access.circulation_for(request.user, pk)
    deed = lambda: circulations.move_reader_up(circulation_id=circulation.pk, reader_id=reader, actor=request.user)  # noqa: E731
    return done(request, deed, _("Moved."), reverse("workflow:circulation_detail", args=[pk]))
