"""Everything that waits for me, on one page; what I asked for, got a copy of, and have decided."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from kit.lists import listing
from staff.access import needs
from workflow import access
from workflow.filters import CopyFilter, RequestFilter, TaskFilter
from workflow.registry import registered
from workflow.services.bulk import approve_all

JOINED = ("request__initiator", "request__store")


def _tray(request: HttpRequest, tab: str, queryset, filterset: type, order: tuple[str, ...]) -> HttpResponse:
    """One tab of the tray; every row carries its request as `approval`."""
    kinds = {kind.key: kind.label for kind in registered()}

    def dressed(rows: list) -> list:
        for row in rows:
            row.approval = row if tab == "mine" else row.request
            row.approval.kind_label = kinds.get(row.approval.subject_type, row.approval.subject_type)
        return rows

    return listing(
        request,
        queryset,
        filterset=filterset,
        template="workflow/in_tray.html",
        orderings={"newest": order},
        prepare=dressed,
        per_page=30,
        context={"tab": tab, "open_count": access.tasks_to_decide(request.user)[:100].count()},
    )


@login_required
@require_safe
@needs("workflow.view_own_tasks")
def in_tray(request: HttpRequest) -> HttpResponse:
    tasks = access.tasks_to_decide(request.user).select_related("assignee", *JOINED)
    return _tray(request, "open", tasks, TaskFilter, ("-request__is_urgent", "-pk"))


@login_required
@require_safe
@needs("workflow.view_own_tasks")
def request_list(request: HttpRequest) -> HttpResponse:
    mine = access.requests_asked(request.user).select_related("initiator", "store")
    return _tray(request, "mine", mine, RequestFilter, ("-pk",))


@login_required
@require_safe
@needs("workflow.view_own_tasks")
def copy_list(request: HttpRequest) -> HttpResponse:
    return _tray(request, "copied", access.copies_for(request.user).select_related(*JOINED), CopyFilter, ("-pk",))


@login_required
@require_safe
@needs("workflow.view_own_tasks")
def decided_list(request: HttpRequest) -> HttpResponse:
    done = access.tasks_decided(request.user).select_related(*JOINED)
    return _tray(request, "done", done, TaskFilter, ("-decided_at",))


@login_required
@require_POST
@needs("workflow.view_own_tasks")
def tasks_approve(request: HttpRequest) -> HttpResponse:
    """Approve what is ticked; each request stands for itself."""
    chosen = [int(pk) for pk in request.POST.getlist("task") if pk.isdigit() and len(pk) < 19]
    mine = access.tasks_to_decide(request.user).filter(pk__in=chosen)
    approved, refused = approve_all(task_ids=list(mine.values_list("pk", flat=True)), actor=request.user)
    if approved:
        said = ngettext("%(count)s request approved.", "%(count)s requests approved.", approved)
        messages.success(request, said % {"count": approved})
    for one in refused:
        messages.error(request, f"{one.number}: {one.why}")
    if not approved and not refused:
        messages.error(request, _("Tick what you want to approve."))
    return redirect("workflow:in_tray")
