"""Who is in the house: today's visits, registered with one key."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callcenter import access
from callcenter.access import REGISTER_VISIT, VIEW_VISIT
from callcenter.forms.desk import MemberVisitForm, VisitForm
from callcenter.selectors.visits import desk_today, store_of_visits
from callcenter.services.visits import end_visit, register_visit, serve_visit
from kit.answers import done, form_page
from kit.errors import DomainError
from members.access import member_for
from staff.access import needs


@login_required
@require_safe
@needs(VIEW_VISIT)
def visit_list(request: HttpRequest) -> HttpResponse:
    """Today: who waits, who is served, who has left; another day by ?on=."""
    user = request.user
    seen = desk_today(user, access.visits_for(user), request.GET.get("on", ""), request.GET.get("store", ""))
    return render(request, "callcenter/visit_list.html", {"seen": seen, "can_register": user.has_perm(REGISTER_VISIT)})


@login_required
@require_http_methods(["GET", "POST"])
@needs(REGISTER_VISIT)
def visit_new(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        VisitForm(request.user, request.POST or None),
        title=_("Somebody has come"),
        deed=lambda data: register_visit(actor=request.user, **data),
        said=_("Registered."),
        to=reverse("callcenter:visit_list"),
        template="callcenter/form.html",
        lead=_("For a member, look them up and press the key of the reason."),
    )


@login_required
@require_POST
@needs(REGISTER_VISIT)
def visit_register(request: HttpRequest, pk: int) -> HttpResponse:
    """A member has come: one key on the member's page."""
    member = member_for(request.user, pk)
    form = MemberVisitForm(request.user, request.POST)
    to = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(to, allowed_hosts={request.get_host()}):
        to = reverse("callcenter:visit_list")
    if not form.is_valid():
        messages.error(request, _("Choose a reason."))
        return redirect(to)
    try:
        store = form.cleaned_data["store"] or store_of_visits(request.user)
        register_visit(store=store, reason=form.cleaned_data["reason"], member_id=member.pk, actor=request.user)
    except DomainError as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, _("Registered."))
    return redirect(to)


@login_required
@require_POST
@needs(REGISTER_VISIT)
def visit_serve(request: HttpRequest, pk: int) -> HttpResponse:
    visit = access.visit_for(request.user, pk)
    return done(
        request,
        lambda: serve_visit(visit_id=visit.pk, actor=request.user),
        _("You look after them."),
        reverse("callcenter:visit_list"),
    )


@login_required
@require_POST
@needs(REGISTER_VISIT)
def visit_leave(request: HttpRequest, pk: int) -> HttpResponse:
    visit = access.visit_for(request.user, pk)
    return done(
        request,
        lambda: end_visit(visit_id=visit.pk, actor=request.user),
        _("Goodbye."),
        reverse("callcenter:visit_list"),
    )
