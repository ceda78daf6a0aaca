"""What is done with a case: it waits, goes on, is solved, confirmed, closed, opened again; promises, compensation."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from callcenter import access
from callcenter.access import ANSWER, WORK
from callcenter.forms.cases import CompensationForm, ConfirmForm, PromiseForm, SolveForm, WaitForm, WhyForm
from callcenter.models import Case
from callcenter.services.cases import let_wait, page_of, resume_case
from callcenter.services.compensation import compensate, compensation_limit
from callcenter.services.promises import break_promise, keep_promise, make_promise
from callcenter.services.solving import close_case, confirm_solution, reopen_case, solve_case
from kit.answers import done, form_page
from kit.forms import StaffForm
from kit.money import format_yuan
from staff.access import needs

FORM = "callcenter/form.html"


def _deed(
    request: HttpRequest,
    case: Case,
    form: StaffForm,
    title: str,
    deed: Callable[[dict[str, object]], object],
    said: str,
    lead: str = "",
) -> HttpResponse:
    """A form about a case, back to it afterwards."""
    return form_page(
        request, form, title=title, deed=deed, said=said, to=page_of(case), template=FORM, case=case, lead=lead
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(WORK)
def case_wait(request: HttpRequest, pk: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    lead = _("The clock stands until the case goes on.")
    return _deed(
        request,
        case,
        WaitForm(request.POST or None),
        _("Let the case wait"),
        lambda data: let_wait(case_id=case.pk, actor=request.user, **data),
        _("It waits."),
        lead,
    )


@login_required
@require_POST
@needs(WORK)
def case_resume(request: HttpRequest, pk: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    return done(request, lambda: resume_case(case_id=case.pk, actor=request.user), _("It goes on."), page_of(case))


@login_required
@require_http_methods(["GET", "POST"])
@needs(WORK)
def case_solve(request: HttpRequest, pk: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    lead = _("The member may be asked by text whether it is settled, and how it was.")
    return _deed(
        request,
        case,
        SolveForm(request.POST or None),
        _("Solve the case"),
        lambda data: solve_case(case_id=case.pk, actor=request.user, **data),
        _("Solved."),
        lead,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(WORK)
def case_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    return _deed(
        request,
        case,
        ConfirmForm(request.POST or None),
        _("The member agrees"),
        lambda data: confirm_solution(case_id=case.pk, actor=request.user, **data),
        _("Written down."),
    )


@login_required
@require_POST
@needs(WORK)
def case_close(request: HttpRequest, pk: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    return done(request, lambda: close_case(case_id=case.pk, actor=request.user), _("Closed."), page_of(case))


@login_required
@require_http_methods(["GET", "POST"])
@needs(WORK)
def case_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    form = WhyForm(request.POST or None, button=_("Open it again"))
    return _deed(
        request,
        case,
        form,
        _("Open the case again"),
        lambda data: reopen_case(case_id=case.pk, actor=request.user, **data),
        _("The case is open again."),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs("callcenter.compensate")
def case_compensate(request: HttpRequest, pk: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    lead = _("Up to %(limit)s in a case it is given at once, above that it is approved first.") % {
        "limit": format_yuan(compensation_limit())
    }
    form = CompensationForm(request.POST or None)
    return _deed(
        request,
        case,
        form,
        _("Something for the trouble"),
        lambda data: compensate(case_id=case.pk, actor=request.user, **data),
        _("Done."),
        lead,
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(WORK)
def promise_make(request: HttpRequest, pk: int) -> HttpResponse:
    case = access.case_for(request.user, pk, WORK)
    form = PromiseForm(request.POST or None, initial={"owner": request.user.pk})
    return _deed(
        request,
        case,
        form,
        _("Promise the member something"),
        lambda data: make_promise(case_id=case.pk, actor=request.user, **data),
        _("Promised."),
    )


@login_required
@require_POST
@needs(ANSWER)
def promise_keep(request: HttpRequest, pk: int) -> HttpResponse:
    promise = access.promise_for(request.user, pk)
    to = page_of(promise.case) if promise.case else "/"
    return done(request, lambda: keep_promise(promise_id=promise.pk, actor=request.user), _("Promise kept."), to)


@login_required
@require_http_methods(["GET", "POST"])
@needs(ANSWER)
def promise_break(request: HttpRequest, pk: int) -> HttpResponse:
    promise = access.promise_for(request.user, pk)
    return form_page(
        request,
        WhyForm(request.POST or None, button=_("It could not be kept")),
        title=_("A promise that could not be kept"),
        deed=lambda data: break_promise(promise_id=promise.pk, note=data["reason"], actor=request.user),
        said=_("Written down."),
        to=page_of(promise.case) if promise.case else "/",
        template=FORM,
        case=promise.case,
        lead=promise.what,
    )
