"""Exports of many rows are led to asking first."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from kit.lists import EXPORT_LIMIT, Export, guard_exports
from workflow.services.exports import rows_without_asking


def lead_to_asking(request: HttpRequest, export: Export, rows: int) -> HttpResponse | None:
    """None lets the export go; above the chain's limit, or what a browser waits for, the way leads to a form."""
    if rows <= min(rows_without_asking(), EXPORT_LIMIT) or getattr(request, "export_is_approved", False):
        return None
    query = request.GET.copy()
    query.pop("export", None)
    asked = {"path": request.path, "query": query.urlencode(), "name": export.filename, "rows": rows}
    return redirect(f"{reverse('workflow:export_ask')}?{urlencode(asked)}")


guard_exports(lead_to_asking)
