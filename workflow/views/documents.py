"""Documents that came in and go out, and the archive."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from kit.answers import form_page
from kit.lists import Export, listing
from kit.workbooks import Column
from staff.access import needs
from workflow import access
from workflow.forms.office import ArchiveForm, DocumentForm
from workflow.office_filters import DocumentFilter
from workflow.services import documents

FORM = "workflow/form.html"
REGISTER = Export(
    "documents",
    (
        Column(gettext_lazy("Number"), "number"),
        Column(gettext_lazy("Date"), "dated_on"),
        Column(gettext_lazy("Kind"), "get_kind_display"),
        Column(gettext_lazy("Title"), "title", 40),
        Column(gettext_lazy("From or to"), "correspondent", 24),
        Column(gettext_lazy("Their number"), "their_number"),
        Column(gettext_lazy("Urgency"), "get_urgency_display"),
        Column(gettext_lazy("Secrecy"), "get_secrecy_display"),
        Column(gettext_lazy("Place in the archive"), "archive_place", 24),
    ),
)


@login_required
@require_safe
@needs("workflow.view_documents")
def document_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.documents_for(request.user),
        filterset=DocumentFilter,
        template="workflow/document_list.html",
        orderings={"newest": ("-dated_on", "-pk"), "number": ("number", "pk")},
        export=REGISTER,
    )


@login_required
@require_safe
@needs("workflow.view_documents")
def document_detail(request: HttpRequest, pk: int) -> HttpResponse:
    document = access.document_for(request.user, pk)
    context = {
        "document": document,
        "papers": document.papers.all(),
        "circulations": document.circulations.select_related("started_by"),
    }
    return render(request, "workflow/document_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.register_document")
def document_register(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        DocumentForm(request.user, request.POST or None, request.FILES or None),
        title=_("Register a document"),
        deed=lambda data: documents.register_document(actor=request.user, **data),
        said=_("Registered."),
        to=lambda document: reverse("workflow:document_detail", args=[document.pk]),
        template=FORM,
        back=reverse("workflow:document_list"),
        lead=_("It gets the next number of its year."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.register_document")
def document_archive(request: HttpRequest, pk: int) -> HttpResponse:
    document = access.document_for(request.user, pk)
    place = reverse("workflow:document_detail", args=[pk])
    return form_page(
        request,
        ArchiveForm(request.POST or None),
        title=_("Archive %(number)s") % {"number": document.number},
        deed=lambda data: documents.archive_document(document_id=document.pk, actor=request.user, **data),
        said=_("It is in the archive."),
        to=place,
        template=FORM,
        back=place,
        lead=document.title,
    )
