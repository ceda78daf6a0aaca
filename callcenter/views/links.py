"""What a member opens by link: is it settled, and how was it? No login, a phone in the hand."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from callcenter.forms.cases import NotSettledForm, RatingForm
from callcenter.models import Case, CaseRating
from callcenter.services.links import case_of_link
from callcenter.services.solving import rate_by_link, reopen_by_link
from kit.errors import DomainError
from kit.forms import carried_out


def _refused(request: HttpRequest, exc: DomainError) -> HttpResponse:
    return render(request, "callcenter/link_refused.html", {"reason": str(exc)}, status=exc.status)


def _shown(request: HttpRequest, case: Case, token: str, *, status: int = 200, **forms: object) -> HttpResponse:
    rating = CaseRating.objects.filter(case=case).first()
    context = {
        "case": case,
        "token": token,
        "asks_stars": rating is not None and rating.stars is None,
        "is_answered": case.confirmed_at is not None,
        "form": RatingForm(),
        "again": NotSettledForm(),
        **forms,
    }
    response = render(request, "callcenter/link.html", context, status=status)
    response.headers["Referrer-Policy"] = "same-origin"  # "no-referrer" would make browsers post without an origin
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_safe
def case_answer(request: HttpRequest, token: str) -> HttpResponse:
    try:
        case = case_of_link(token, _who(request))
    except DomainError as exc:
        return _refused(request, exc)
    return _shown(request, case, token)


@never_cache
@require_POST
def case_rate(request: HttpRequest, token: str) -> HttpResponse:
    try:
        case = case_of_link(token, _who(request))
    except DomainError as exc:
        return _refused(request, exc)
    form = RatingForm(request.POST)
    if form.is_valid() and carried_out(form, lambda: rate_by_link(token=token, who=_who(request), **form.cleaned_data)):
        return redirect("callcenter_link:case_answer", token)
    return _shown(request, case, token, status=422, form=form)


@never_cache
@require_POST
def case_unsettled(request: HttpRequest, token: str) -> HttpResponse:
    try:
        case = case_of_link(token, _who(request))
    except DomainError as exc:
        return _refused(request, exc)
    form = NotSettledForm(request.POST)
    if form.is_valid() and carried_out(
        form, lambda: reopen_by_link(token=token, who=_who(request), **form.cleaned_data)
    ):
        return render(request, "callcenter/link_reopened.html", {"case": case})
    return _shown(request, case, token, status=422, again=form)


def _who(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR", "")
