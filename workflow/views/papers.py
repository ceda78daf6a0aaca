"""Files put to claims, bulletins, tasks, documents and circulations."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kit.uploads import served
from staff.access import needs
from workflow import access


@login_required
@require_safe
@needs("workflow.view_office")
def paper_file(request: HttpRequest, pk: int) -> HttpResponse:
    paper = access.paper_for(request.user, pk)
    return served(paper.file, paper.name)
