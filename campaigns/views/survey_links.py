"""What members see of a survey: by their link without a login, or in their own pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from campaigns.forms.surveys import AnswerForm
from campaigns.models import Survey, SurveyAnswer
from campaigns.selectors.surveys import is_running, questions_of, surveys_to_answer
from campaigns.services.survey_answers import answer_survey, has_answered
from campaigns.services.survey_links import opened
from kit.doors import behind
from kit.errors import DomainError, NotFound
from kit.forms import carried_out
from members.models import Member

PAGE, OWN_PAGE = "campaigns/survey_answer.html", "campaigns/me_survey.html"


@never_cache
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The questions; once answered, a word of thanks. Opening it changes nothing."""
    try:
        survey, member = opened(token, request.META.get("REMOTE_ADDR", ""))
    except DomainError as exc:
        return render(request, PAGE, {"reason": str(exc)}, status=exc.status)
    response = _asked(request, survey, member, SurveyAnswer.Way.LINK, PAGE)
    response.headers["Referrer-Policy"] = "same-origin"  # "no-referrer" would make browsers post without an origin
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@require_http_methods(["GET", "POST"])
@behind("me")
def own_answer(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """A survey in the member's own pages."""
    mine = {one.pk: one for one in surveys_to_answer(member)}
    survey = mine.get(pk) or Survey.objects.select_related("current").filter(pk=pk, answers__member=member).first()
    if survey is None:
        raise NotFound(_("This survey is not open any more. Thank you for your interest."))
    return _asked(request, survey, member, SurveyAnswer.Way.OWN, OWN_PAGE, member=member)


def _asked(
    request: HttpRequest, survey: Survey, who: Member, way: str, template: str, **context: object
) -> HttpResponse:
    context |= {"survey": survey, "is_answered": has_answered(survey.pk, who.pk)}
    if context["is_answered"] or not is_running(survey) or survey.current is None:
        return render(request, template, context)
    form = AnswerForm(questions_of(survey.current), request.POST or None)
    if form.is_valid() and carried_out(
        form,
        lambda: answer_survey(survey_id=survey.pk, member_id=who.pk, answers=form.answers, way=way),
    ):
        return render(request, template, {**context, "is_answered": True})
    return render(request, template, {**context, "form": form}, status=422 if form.is_bound else 200)
