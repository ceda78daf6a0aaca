"""What colleagues learn about a member: sizes, tastes, family, occasions."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from members import access
from members.forms.facts import FactsForm
from members.selectors.facts import definitions
from members.services.facts import learn_facts
from members.views.answers import form_page


@login_required
@require_http_methods(["GET", "POST"])
def facts_learn(request: HttpRequest, pk: int) -> HttpResponse:
    """The store's own fields in one form; an emptied field is forgotten."""
    member = access.member_for(request.user, pk, "members.learn_facts")
    fields = definitions.get()
    return form_page(
        request,
        FactsForm(fields, request.POST or None, initial=FactsForm.values_of(member)),
        member=member,
        title=_("What we know"),
        lead="" if fields else _("Nobody has defined facts yet. An administrator does that in the administration."),
        deed=lambda data: learn_facts(member_id=member.pk, facts=data, actor=request.user),
        said=_("Saved."),
    )
