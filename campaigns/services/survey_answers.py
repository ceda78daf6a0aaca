"""Answers to surveys: checked against the questions, one per member."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from campaigns.campaign_exceptions import AlreadyAnswered, SurveyRefused
from campaigns.models import Question, SegmentMember, Survey, SurveyAnswer, SurveyValue
from campaigns.selectors.surveys import is_running, questions_of
from loyalty.models import Account
from members.locks import share_members
from members.models import Member
from staff.audit import record
from staff.models import User

Kind = Question.Kind
MOST_WORDS = 1000


@transaction.atomic
def answer_survey(
    *, survey_id: int, member_id: int, answers: Mapping[str, Any], way: str, actor: User | None = None,
    store_id: int | None = None,
) -> SurveyAnswer:  # fmt: skip
    """Keep a member's answer: by key of the question a place among its choices, a list of them, a number from 0 to 10, or
    words. One per member: a second one refuses and the first stays, also when both come at the same moment."""
    member_id = share_members([member_id])[member_id]
    survey = Survey.objects.select_related("current").filter(pk=survey_id).first()
    if survey is None or survey.current is None or not is_running(survey):
        raise SurveyRefused(_("This survey is not open any more. Thank you for your interest."))
    if has_answered(survey_id, member_id):
        raise AlreadyAnswered(_("You have answered already. Thank you."))
    member = Member.objects.get(pk=member_id)
    if member.is_erased or not _is_chosen(survey, member_id):
        raise SurveyRefused(_("This survey is for other members."))
    rows = [row for question in questions_of(survey.current) for row in _values(question, answers.get(question.key))]
    answer = _insert(survey, member, way, actor, store_id)
    for row in rows:
        row.answer = answer
    SurveyValue.objects.bulk_create(rows)
    if actor is not None:
        record(actor, "campaigns.survey_taken", survey, store=answer.store_id, member=member_id)
    return answer


def has_answered(survey_id: int, member_id: int) -> bool:
    """Whether there is an answer of this member."""
    return SurveyAnswer.objects.filter(survey_id=survey_id, member_id=member_id).exists()


def _insert(survey: Survey, member: Member, way: str, actor: User | None, store_id: int | None) -> SurveyAnswer:
    rank = Account.objects.filter(member_id=member.pk).values_list("tier_rank", flat=True).first() or 0
    try:
        with transaction.atomic():
            return SurveyAnswer.objects.create(
                survey=survey, version=survey.current, member=member, store_id=store_id or member.home_store_id,
                rank=rank, way=way, taken_by=actor,
            )  # fmt: skip
    except IntegrityError as exc:
        raise AlreadyAnswered(_("You have answered already. Thank you.")) from exc


def _is_chosen(survey: Survey, member_id: int) -> bool:
    if survey.segment_id is None:
        return True
    return SegmentMember.objects.filter(segment_id=survey.segment_id, member_id=member_id, is_in=True).exists()


def _values(question: Question, given: Any) -> list[SurveyValue]:
    """The rows of one question; raises when it does not fit."""
    if given is None or given == "" or given == []:
        if question.is_required:
            raise SurveyRefused(
                _("Please answer: %(question)s") % {"question": question.label}, fields={question.key: True}
            )
        return []
    match question.kind:
        case Kind.TEXT:
            return [SurveyValue(question=question, words=str(given).replace("\x00", "")[:MOST_WORDS])]
        case Kind.SCALE:
            return [SurveyValue(question=question, number=_whole(question, given, 10))]
        case Kind.SINGLE:
            return [SurveyValue(question=question, choice=_whole(question, given, len(question.options) - 1))]
    places = given if isinstance(given, (list, tuple, set)) else [given]
    chosen = {_whole(question, one, len(question.options) - 1) for one in places}
    return [SurveyValue(question=question, choice=place) for place in sorted(chosen)]


def _whole(question: Question, given: Any, most: int) -> int:
    try:
        number = int(str(given)[:4])
    except ValueError:
        number = -1
    if not 0 <= number <= most:
        raise SurveyRefused(
            _("Please choose one of the answers: %(question)s") % {"question": question.label},
            fields={question.key: True},
        )
    return number
