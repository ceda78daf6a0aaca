"""Flows: the list, their versions, drawing a draft, and who would be asked."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kit.errors import DomainError
from kit.forms import carried_out
from staff.access import needs, stores_for
from workflow import access, selectors
from workflow.engine.definition import Definition
from workflow.forms.drawing import FORMS, DryRunForm, FlowForm
from workflow.models import FlowVersion
from workflow.registry import subject_of
from workflow.services import drafts, flows
from workflow.services.linting import dry_run, lint


@login_required
@require_safe
@needs("workflow.view_flows")
def flow_list(request: HttpRequest) -> HttpResponse:
    """All flows with the version in force."""
    return render(
        request, "workflow/flow_list.html", {"flows": selectors.flows_with_versions(access.flows_for(request.user))}
    )


@login_required
@require_safe
@needs("workflow.view_flows")
def flow_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A flow: the version in force, its versions."""
    flow = access.flow_for(request.user, pk)
    versions = list(flow.versions.select_related("published_by", "created_by").order_by("-number"))
    current = next((one for one in versions if one.status == "published"), None) or (versions[0] if versions else None)
    if current is None:
        return render(request, "workflow/flow_detail.html", {"flow": flow, "versions": []})
    return _version_page(request, flow, current, versions)


@login_required
@require_safe
@needs("workflow.view_flows")
def version_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One version; a draft with the tools to draw it."""
    version = access.version_for(request.user, pk)
    versions = list(version.flow.versions.select_related("published_by", "created_by").order_by("-number"))
    return _version_page(request, version.flow, version, versions)


def _version_page(request: HttpRequest, flow, version: FlowVersion, versions: list[FlowVersion]) -> HttpResponse:
    kind = subject_of(flow.subject_type)
    form = DryRunForm(kind, stores_for(request.user), request.GET if "initiator" in request.GET else None)
    asked = None
    if form.is_bound and form.is_valid():
        store = form.cleaned_data["store"]
        asked = carried_out(
            form,
            lambda: dry_run(
                version.definition,
                kind,
                flow,
                form.cleaned_data["initiator"],
                form.facts(),
                store.pk if store else None,
            ),
        )
    definition = Definition(version.definition)
    before = next((one for one in versions if one.number < version.number), None)
    editable = version.status == "draft" and request.user.has_perm("workflow.manage_flows")
    context = {
        "flow": flow,
        "kind": kind,
        "version": version,
        "versions": versions,
        "draft": version if editable else None,
        "boxes": selectors.picture(version.definition, (), kind),
        "details": selectors.node_details(version.definition),
        "findings": lint(version.definition, kind, flow, request.user),
        "form": form,
        "asked": [
            (selectors.name_of(definition.nodes[one.node]), one.people, one.falls_back)
            for one in (asked if isinstance(asked, list) else [])
        ],
        "diff": selectors.diff(before.definition, version.definition) if before else [],
        "before": before,
    }
    return render(request, "workflow/flow_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.manage_flows")
def flow_add(request: HttpRequest) -> HttpResponse:
    """A new flow; its first draft is drawn next."""
    form = FlowForm(request.POST or None)
    if form.is_valid() and (
        draft := carried_out(form, lambda: flows.create_flow(actor=request.user, **form.cleaned_data))
    ):
        return redirect("workflow:version_detail", draft.pk)
    context = {
        "form": form,
        "title": _("New flow"),
        "lead": _("It is drawn as a draft. It is used once it is published and put in use."),
        "back": reverse("workflow:flow_list"),
    }
    return render(request, "workflow/form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
@needs("workflow.manage_flows")
def flow_use(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a flow in use in place of the one its kind has."""
    flow = access.flow_for(request.user, pk, "workflow.manage_flows")
    try:
        flows.use_flow(flow_id=flow.pk, actor=request.user)
        messages.success(request, _("New requests follow this flow now; those in approval keep theirs."))
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("workflow:flow_detail", flow.pk)


@login_required
@require_POST
@needs("workflow.manage_flows")
def draft_begin(request: HttpRequest, pk: int) -> HttpResponse:
    flow = access.flow_for(request.user, pk, "workflow.manage_flows")
    draft = drafts.begin_draft(flow_id=flow.pk, actor=request.user)
    return redirect("workflow:version_detail", draft.pk)


def _edit(request: HttpRequest, pk: int, deed) -> HttpResponse:
    """One edit of a draft, then the draft again; a refusal is said there."""
    draft = access.draft_for(request.user, pk)
    try:
        deed(draft)
    except DomainError as exc:
        messages.error(request, str(exc))
    return redirect("workflow:version_detail", draft.pk)


@login_required
@require_POST
@needs("workflow.manage_flows")
def draft_discard(request: HttpRequest, pk: int) -> HttpResponse:
    draft = access.draft_for(request.user, pk)
    drafts.discard_draft(version_id=draft.pk, actor=request.user)
    messages.success(request, _("The draft was thrown away."))
    return redirect("workflow:flow_detail", draft.flow_id)


@login_required
@require_POST
@needs("workflow.manage_flows")
def draft_publish(request: HttpRequest, pk: int) -> HttpResponse:
    def deed(draft: FlowVersion) -> None:
        drafts.publish_draft(version_id=draft.pk, actor=request.user)
        messages.success(request, _("Published. Requests in approval keep the version they began with."))

    return _edit(request, pk, deed)


@login_required
@require_POST
@needs("workflow.manage_flows")
def node_add(request: HttpRequest, pk: int) -> HttpResponse:
    draft = access.draft_for(request.user, pk)
    branch = request.POST.get("branch", "0")
    try:
        key = drafts.add_node(
            version_id=draft.pk,
            actor=request.user,
            kind=request.POST.get("kind", ""),
            parent=request.POST.get("parent", ""),
            branch=int(branch) if branch.isdigit() and len(branch) < 4 else -1,
        )
    except DomainError as exc:
        messages.error(request, str(exc))
        return redirect("workflow:version_detail", draft.pk)
    return redirect("workflow:node_edit", draft.pk, key)


@login_required
@require_POST
@needs("workflow.manage_flows")
def node_move(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    by = 1 if request.POST.get("by") == "1" else -1
    return _edit(request, pk, lambda draft: drafts.move_node(version_id=draft.pk, actor=request.user, key=key, by=by))


@login_required
@require_POST
@needs("workflow.manage_flows")
def node_delete(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    return _edit(request, pk, lambda draft: drafts.remove_node(version_id=draft.pk, actor=request.user, key=key))


@login_required
@require_http_methods(["GET", "POST"])
@needs("workflow.manage_flows")
def node_edit(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The settings of one node of a draft."""
    draft = access.draft_for(request.user, pk)
    node = access.node_for(draft, key)
    kind = subject_of(draft.flow.subject_type)
    typed = request.POST if "more" in request.POST else None
    form = FORMS[node["kind"]](node, kind, None if typed else request.POST or None, typed=typed)
    if form.is_valid() and carried_out(
        form,
        lambda: drafts.change_node(version_id=draft.pk, actor=request.user, key=key, settings=form.settings()),
    ):
        return redirect(reverse("workflow:version_detail", args=[draft.pk]))
    context = {"form": form, "draft": draft, "title": selectors.name_of(node)}
    return render(request, "workflow/node_form.html", context, status=422 if form.is_bound else 200)
