"""Steps: asked at the case, answered at the counter on a phone."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callcenter import access
from callcenter.access import ANSWER, WORK
from callcenter.forms.cases import AnswerForm, DeclineForm, StepForm
from callcenter.selectors.desk import names_of, purchase_of
from callcenter.services.cases import page_of
from callcenter.services.steps import accept_step, answer_step, ask_step, decline_step, page_of_step, withdraw_step
from kit.answers import done, form_page
from kit.lists import listing
from staff.access import needs


@login_required
@require_safe
@needs(ANSWER)
def step_list(request: HttpRequest) -> HttpResponse:
    """What my counters, my department or I are asked: the open ones first, by their due time."""
    steps = access.steps_asked_of(request.user)
    shown = steps.unanswered() if request.GET.get("tab") != "done" else steps.exclude(state__in=["open", "accepted"])
    order = ("-answered_at", "-pk") if request.GET.get("tab") == "done" else ("due_at", "pk")
    return listing(
        request,
        shown.select_related("case", "counter", "department", "person", "asked_by"),
        template="callcenter/step_list.html",
        orderings={"due": order},
        context={"tab": request.GET.get("tab", "open"), "now": timezone.now()},
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(ANSWER)
def step_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The question, what it is about, and the answer: no more of the case than that."""
    step = access.step_for(request.user, pk)
    case = step.case
    return form_page(
        request,
        AnswerForm(request.POST or None, request.FILES or None),
        title=case.title,
        deed=lambda data: answer_step(step_id=step.pk, answer=data["answer"], file=data["file"], actor=request.user),
        said=_("Answered. Thank you."),
        to=page_of_step(step),
        template="callcenter/step_detail.html",
        step=step,
        case=case,
        who=names_of(request.user, [case.member]).get(case.member_id, "") if case.member else case.caller_name,
        purchase=purchase_of(case),
        now=timezone.now(),
        sees_case=request.user.has_perm(WORK),
    )


@login_required
@require_POST
@needs(ANSWER)
def step_accept(request: HttpRequest, pk: int) -> HttpResponse:
    step = access.step_for(request.user, pk)
    return done(
        request, lambda: accept_step(step_id=step.pk, actor=request.user), _("You see to it."), page_of_step(step)
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(ANSWER)
def step_decline(request: HttpRequest, pk: int) -> HttpResponse:
    step = access.step_for(request.user, pk)
    return form_page(
        request,
        DeclineForm(request.POST or None),
        title=_("Not for us"),
        deed=lambda data: decline_step(step_id=step.pk, reason=data["reason"], actor=request.user),
        said=_("Declined."),
        to=reverse("callcenter:step_list"),
        template="callcenter/form.html",
        step=step,
        lead=step.question,
    )


@login_required
@require_POST
@needs(WORK)
def step_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    step = access.step_for(request.user, pk)
    return done(
        request, lambda: withdraw_step(step_id=step.pk, actor=request.user), _("Taken back."), page_of(step.case)
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(WORK)
def step_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask; the counter of the case, else the department of its category is suggested."""
    case = access.case_for(request.user, pk, WORK)
    department = case.category.department_id if case.category and not case.counter_id else None
    form = StepForm(case, request.POST or None, initial={"counter": case.counter_id, "department": department})
    return form_page(
        request,
        form,
        title=_("Ask a counter or colleague"),
        deed=lambda data: ask_step(case_id=case.pk, actor=request.user, **data),
        said=_("Asked."),
        to=page_of(case),
        template="callcenter/form.html",
        case=case,
    )
