"""Imports of receipts: asked for here, done as a job; mappings for new kinds of files."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.forms import carried_out
from kit.lists import listing
from loyalty import access
from loyalty.filters import ImportFilter
from loyalty.forms.imports import HeaderForm, ImportForm, MappingForm
from loyalty.services.import_jobs import header_of, save_mapping, start_import
from staff.access import needs

IMPORT = "loyalty.import_receipts"


@login_required
@require_safe
@needs(IMPORT)
def import_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.imports_for(request.user),
        filterset=ImportFilter,
        template="loyalty/import_list.html",
        orderings={"newest": ("-pk",), "lines": ("-lines", "-pk")},
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(IMPORT)
def import_start(request: HttpRequest) -> HttpResponse:
    """Choose the mapping and the file; a worker does the rest, and the job's page shows how far it is."""
    form = ImportForm(
        access.profiles_for(request.user),
        request.POST or None,
        request.FILES or None,
        initial={"profile": request.GET.get("profile")},
    )
    if form.is_valid():
        data = form.cleaned_data

        def deed() -> object:
            access.require_import_into(request.user, data["profile"])
            return start_import(profile=data["profile"], file=data["file"], dry_run=data["dry_run"], actor=request.user)

        if job := carried_out(form, deed):
            return redirect("staff:job_detail", job.pk)
    context = {"form": form, "title": _("Import receipts")}
    return render(request, "loyalty/import_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
@needs(IMPORT)
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    batch = access.import_for(request.user, pk)
    may_see_job = batch.job_id and (
        batch.job.created_by_id == request.user.pk or request.user.has_perm("staff.view_all_jobs")
    )
    return render(request, "loyalty/import_detail.html", {"batch": batch, "job": batch.job if may_see_job else None})


@login_required
@require_http_methods(["GET", "POST"])
@needs(IMPORT)
def profile_upload(request: HttpRequest) -> HttpResponse:
    """First step of a new mapping: a file of that kind, of which only the heading is read."""
    form = HeaderForm(request.POST or None, request.FILES or None)
    if form.is_valid() and (header := carried_out(form, lambda: header_of(form.cleaned_data["file"]))):
        mapping = MappingForm(access.import_stores(request.user), header)
        return render(request, "loyalty/import_mapping.html", {"form": mapping, "title": _("Match the columns")})
    context = {"form": form, "title": _("New mapping")}
    return render(request, "loyalty/import_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
@needs(IMPORT)
def profile_save(request: HttpRequest) -> HttpResponse:
    """Second step: which column is what. A saved mapping is offered at the next import."""
    header = MappingForm.header_from(request.POST.get("header", ""))
    form = MappingForm(access.import_stores(request.user), header, request.POST)
    if form.is_valid() and (profile := carried_out(form, lambda: save_mapping(spec=form.spec(), actor=request.user))):
        messages.success(request, _("The mapping “%(name)s” is saved.") % {"name": profile.name})
        return redirect(f"{reverse('loyalty:import_start')}?profile={profile.pk}")
    context = {"form": form, "title": _("Match the columns")}
    return render(request, "loyalty/import_mapping.html", context, status=422)
