"""Surveys of the store: the list, one with its results, its questions, asked at the desk."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import campaign_access as access
from campaigns.campaign_access import CHANGE_SURVEY, TAKE_SURVEY, VIEW_SURVEY
from campaigns.campaign_filters import SurveyFilter
from campaigns.forms.surveys import AnswerForm, SurveyForm, question_rows, questions_typed
from campaigns.models import Survey, SurveyAnswer
from campaigns.selectors import survey_results as results
from campaigns.selectors import surveys as reads
from campaigns.services import surveys as services
from campaigns.services.survey_answers import answer_survey
from kit.answers import done, form_page
from kit.errors import NotFound
from kit.forms import carried_out
from kit.lists import listing
from kit.workbooks import Column, workbook_response
from members.access import member_for, require_scope
from staff.access import needs


def _page_of(survey: Survey) -> str:
    return reverse("campaigns:survey_detail", args=[survey.pk])


@login_required
@require_safe
@needs(VIEW_SURVEY)
def survey_list(request: HttpRequest) -> HttpResponse:
    return listing(
        request,
        access.surveys_for(request.user),
        filterset=SurveyFilter,
        template="campaigns/survey_list.html",
        orderings={"newest": ("-made_at", "-pk")},
        prepare=reads.with_answers,
        per_page=30,
        context={"can_make": request.user.has_perm(CHANGE_SURVEY)},
    )


@login_required
@require_safe
@needs(VIEW_SURVEY)
def survey_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The results of each question, `?by=store`, star or segment; `?export=xlsx` is one row per answer."""
    survey = access.survey_for(request.user, pk)
    if request.GET.get("export") == "xlsx":
        return _workbook(survey)
    by = request.GET.get("by", "")
    context = {
        "survey": survey,
        "n": results.answered_count(survey),
        "results": results.results_of(survey, by),
        "by": by,
        "groups": [("", _("All")), ("store", _("By store")), ("star", _("By star")), ("segment", _("By segment"))],
        "is_running": reads.is_running(survey),
        "may_change": request.user.has_perm(CHANGE_SURVEY) and survey.state != Survey.State.CLOSED,
        "newest": survey.versions.order_by("-number").first(),
    }
    return render(request, "campaigns/survey_detail.html", context)


def _workbook(survey: Survey) -> HttpResponse:
    questions, rows = results.answers_as_rows(survey)
    heads = [_("Answered at"), _("How it came"), _("Member number"), _("Store"), _("Star")]
    heads += [question.label for question in questions]
    columns = [Column(head, lambda row, place=place: row[place], 22) for place, head in enumerate(heads)]
    return workbook_response("survey", columns, rows)


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE_SURVEY)
def survey_new(request: HttpRequest) -> HttpResponse:
    form, rows = SurveyForm(request.user, request.POST or None), question_rows(request.POST or None)

    def deed() -> Survey:
        return services.make_survey(facts=form.facts, questions=questions_typed(rows), actor=request.user)

    if form.is_valid() and rows.is_valid() and (made := carried_out(form, deed)):
        return redirect(_page_of(made))
    return _form(request, form, rows, _("New survey"))


@login_required
@require_http_methods(["GET", "POST"])
@needs(CHANGE_SURVEY)
def survey_edit(request: HttpRequest, pk: int) -> HttpResponse:
    survey = access.survey_for(request.user, pk, CHANGE_SURVEY)
    form = SurveyForm(
        request.user, request.POST or None, initial={name: getattr(survey, name) for name in services.FACTS}
    )
    rows = question_rows(request.POST or None, reads.newest_questions(survey))

    def deed() -> Survey:
        return services.change_survey(
            survey_id=survey.pk, facts=form.facts, questions=questions_typed(rows), actor=request.user
        )

    if form.is_valid() and rows.is_valid() and carried_out(form, deed):
        return redirect(_page_of(survey))
    return _form(request, form, rows, survey.label, survey=survey)


def _form(request: HttpRequest, form: SurveyForm, rows: object, title: str, **context: object) -> HttpResponse:
    context |= {"form": form, "formset": rows, "title": title}
    return render(request, "campaigns/survey_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
@needs(CHANGE_SURVEY)
def survey_open(request: HttpRequest, pk: int) -> HttpResponse:
    survey = access.survey_for(request.user, pk, CHANGE_SURVEY)
    return done(
        request,
        lambda: services.open_survey(survey_id=survey.pk, actor=request.user),
        _("The survey is open."),
        _page_of(survey),
    )


@login_required
@require_POST
@needs(CHANGE_SURVEY)
def survey_close(request: HttpRequest, pk: int) -> HttpResponse:
    survey = access.survey_for(request.user, pk, CHANGE_SURVEY)
    return done(
        request,
        lambda: services.close_survey(survey_id=survey.pk, actor=request.user),
        _("The survey is closed."),
        _page_of(survey),
    )


@login_required
@require_http_methods(["GET", "POST"])
@needs(TAKE_SURVEY)
def survey_take(request: HttpRequest, pk: int, member_id: int) -> HttpResponse:
    """A colleague asks the member who stands here or is on the phone."""
    survey = access.survey_for(request.user, pk, TAKE_SURVEY)
    member = member_for(request.user, member_id)
    require_scope(request.user, member)
    if survey.current is None:
        raise NotFound(_("This survey has not been opened."))
    form = AnswerForm(reads.questions_of(survey.current), request.POST or None)
    to = reverse("members:member_detail", args=[member.pk])
    return form_page(
        request,
        form,
        title=survey.label,
        lead=f"{member.display_name} · {survey.intro_label}".strip(" ·"),
        deed=lambda _data: answer_survey(
            survey_id=survey.pk, member_id=member.pk, answers=form.answers, way=SurveyAnswer.Way.DESK,
            actor=request.user, store_id=survey.store_id,
        ),
        said=_("Thank you, the answers are kept."),
        to=to,
        template="campaigns/campaign_form_page.html",
        back=to,
    )  # fmt: skip
