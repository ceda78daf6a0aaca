"""Files of members: uploaded, columns matched, looked at row by row, applied, undone."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.answers import done
from kit.errors import DomainError, NotFound
from kit.forms import carried_out
from kit.lists import listing
from members import access
from members.exceptions import ImportRefused
from members.forms.imports import ImportFileForm, MemberMappingForm
from members.models import MemberImport
from members.selectors.imports import VERDICTS, counts_of, figures_of
from members.services.imports import running
from members.services.imports.preview import figure_labels, preview_rows
from staff.access import needs, stores_for

IMPORT = "members.import_member"
State = MemberImport.State


@login_required
@require_safe
@needs(IMPORT)
def import_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.member_imports_for(request.user),
        template="members/import_list.html",
        orderings={"newest": ("-pk",)},
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(IMPORT)
def import_start(request: HttpRequest) -> HttpResponse:
    """Upload; the columns come next."""
    form = ImportFileForm(access.member_profiles(), request.POST or None, request.FILES or None)
    first = None
    if form.is_valid():
        profile = form.cleaned_data["profile"]
        try:
            batch = running.upload_import(
                file=form.cleaned_data["file"],
                actor=request.user,
                spec=profile.spec if profile else None,
                profile=profile,
            )
        except ImportRefused as exc:
            first = exc.import_id
            form.add_error("file", str(exc))
        except DomainError as exc:
            form.add_error("file", str(exc))
        else:
            return redirect("members:import_mapping", batch.pk)
    context = {"form": form, "first": first}
    return render(request, "members/import_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
@needs(IMPORT)
def import_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Which column is what; then the whole file is checked."""
    batch = access.member_import_for(request.user, pk)
    form = MemberMappingForm(batch, stores_for(request.user), request.POST or None)
    if form.is_valid() and carried_out(
        form,
        lambda: running.choose_mapping(
            import_id=batch.pk, spec=form.spec(), save_as=form.cleaned_data["save_as"], actor=request.user
        ),
    ):
        return redirect("members:import_detail", batch.pk)
    context = {"form": form, "batch": batch}
    return render(request, "members/import_mapping.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
@needs(IMPORT)
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Counts per verdict and the rows of one; before, while and after it is applied."""
    batch = access.member_import_for(request.user, pk)
    if batch.state == State.UPLOADED:
        return redirect("members:import_mapping", batch.pk)
    counts = counts_of(batch)
    chosen = request.GET.get("verdict", "")
    if chosen not in VERDICTS:
        chosen = next((one.verdict for one in counts if one.rows), VERDICTS[0])
    context = {
        "batch": batch,
        "counts": counts,
        "chosen": chosen,
        "figures": figures_of(batch, figure_labels()),
        "job": batch.job,
        "unknown": [(name, list(words.items())) for name, words in batch.unknown_values.items()],
        "working": batch.state in (State.CHECKING, State.APPLYING, State.UNDOING),
        "can_apply": batch.state in (State.CHECKED, State.PAUSED),
        "can_undo": batch.state in (State.APPLIED, State.PAUSED),
        "can_discard": batch.state == State.CHECKED,
    }
    return listing(
        request,
        access.staged_rows(batch, chosen),
        template="members/import_detail.html",
        orderings={"row": ("row_no",)},
        context=context,
        prepare=lambda rows: preview_rows(batch, rows),
    )


@login_required
@require_POST
@needs(IMPORT)
def import_apply(request: HttpRequest, pk: int) -> HttpResponse:
    batch = access.member_import_for(request.user, pk)
    return done(
        request,
        lambda: running.start_applying(import_id=batch.pk, actor=request.user),
        _("The import is being applied."),
        batch.get_absolute_url(),
    )


@login_required
@require_POST
@needs(IMPORT)
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    batch = access.member_import_for(request.user, pk)
    return done(
        request,
        lambda: running.start_undoing(import_id=batch.pk, actor=request.user),
        _("The import is being undone."),
        batch.get_absolute_url(),
    )


@login_required
@require_POST
@needs(IMPORT)
def import_discard(request: HttpRequest, pk: int) -> HttpResponse:
    batch = access.member_import_for(request.user, pk)
    running.discard_import(import_id=batch.pk, actor=request.user)
    messages.success(request, _("The file is thrown away."))
    return redirect("members:import_list")


@login_required
@require_safe
@needs(IMPORT)
def import_errors(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that were not taken, as the file has them, with the reason."""
    batch = access.member_import_for(request.user, pk)
    if not batch.error_file:
        raise NotFound(_("There is no such file."))
    return FileResponse(batch.error_file.open("rb"), as_attachment=True, filename=f"not-taken-{batch.pk}.csv")
