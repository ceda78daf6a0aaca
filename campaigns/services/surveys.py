"""Questionnaires: written, opened, changed as a new version, closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.campaign_exceptions import SurveyRefused
from campaigns.campaign_locks import lock_survey
from campaigns.models import Campaign, Question, Segment, Survey, SurveyVersion
from campaigns.selectors.surveys import open_surveys
from staff.audit import record
from staff.models import User
from stores.models import Store

Kind, State = Question.Kind, Survey.State
FACTS = ("name", "name_en", "intro", "intro_en", "store", "campaign", "segment", "until_on")
MOST_QUESTIONS, MOST_OPTIONS = 40, 30


@dataclass(frozen=True, slots=True)
class SurveyFacts:
    """What a survey is: everything but its questions."""

    name: str
    name_en: str = ""
    intro: str = ""
    intro_en: str = ""
    store: Store | None = None
    campaign: Campaign | None = None
    segment: Segment | None = None
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class QuestionFacts:
    """One question; `key` names the one it was in the version before, "" is a new one. Options: Chinese and English."""

    kind: str
    text: str
    text_en: str = ""
    options: Sequence[tuple[str, str]] = ()
    is_required: bool = True
    key: str = ""


@transaction.atomic
def make_survey(*, facts: SurveyFacts, questions: Sequence[QuestionFacts], actor: User) -> Survey:
    """Begin a questionnaire. Nobody can answer before it is opened. Each call begins another one."""
    survey = Survey.objects.create(**{name: getattr(facts, name) for name in FACTS}, made_by=actor)
    _write(survey, questions)
    record(actor, "campaigns.survey_made", survey, store=survey.store_id)
    return survey


@transaction.atomic
def change_survey(*, survey_id: int, facts: SurveyFacts, questions: Sequence[QuestionFacts], actor: User) -> Survey:
    """Change words and questions. Of an open survey the questions become a further version, which is asked from the next
    opening on; answers keep the version they were given to. A closed one refuses."""
    survey = lock_survey(survey_id)
    if survey.state == State.CLOSED:
        raise SurveyRefused(_("This survey is closed."))
    for name in FACTS:
        setattr(survey, name, getattr(facts, name))
    survey.save(update_fields=FACTS)
    _write(survey, questions)
    open_surveys.forget()
    record(actor, "campaigns.survey_changed", survey, store=survey.store_id)
    return survey


@transaction.atomic
def open_survey(*, survey_id: int, actor: User) -> Survey:
    """Ask it: the newest version is published and never changes again. A second call changes nothing; a closed one
    refuses."""
    survey = lock_survey(survey_id)
    if survey.state == State.CLOSED:
        raise SurveyRefused(_("This survey is closed."))
    newest = survey.versions.order_by("-number").first()
    if newest is None or not newest.questions.exists():
        raise SurveyRefused(_("Write at least one question."))
    if newest.published_at is None:
        newest.published_at = timezone.now()
        newest.save(update_fields=["published_at"])
    elif survey.state == State.OPEN:
        return survey
    survey.current, survey.state = newest, State.OPEN
    survey.save(update_fields=["current", "state"])
    open_surveys.forget()
    record(actor, "campaigns.survey_opened", survey, store=survey.store_id, version=newest.number)
    return survey


@transaction.atomic
def close_survey(*, survey_id: int, actor: User | None) -> Survey:
    """Take no more answers. A second call changes nothing."""
    survey = lock_survey(survey_id)
    if survey.state == State.OPEN:
        survey.state = State.CLOSED
        survey.save(update_fields=["state"])
        open_surveys.forget()
        record(actor, "campaigns.survey_closed", survey, store=survey.store_id)
    elif survey.state == State.DRAFT:
        raise SurveyRefused(_("This survey has not been opened."))
    return survey


def _write(survey: Survey, questions: Sequence[QuestionFacts]) -> None:
    """Write the questions into the version that is not published, or into a further one where they differ."""
    _check(questions)
    newest = survey.versions.order_by("-number").first()
    if newest is not None and newest.published_at is not None:
        if _same(newest, questions):
            return
        newest = None
    if newest is None:
        newest = SurveyVersion.objects.create(survey=survey, number=survey.versions.count() + 1)
    known = set(Question.objects.filter(version__survey=survey).values_list("key", flat=True))
    newest.questions.all().delete()
    rows, used = [], set()
    for position, one in enumerate(questions, 1):
        key = one.key if one.key in known and one.key not in used else _next_key(known | used)
        used.add(key)
        rows.append(
            Question(
                version=newest, position=position, key=key, kind=one.kind, text=one.text, text_en=one.text_en,
                options=[list(pair) for pair in one.options], is_required=one.is_required,
            )
        )  # fmt: skip
    Question.objects.bulk_create(rows)


def _next_key(taken: set[str]) -> str:
    number = 1 + max((int(key[1:]) for key in taken if key[1:].isdigit()), default=0)
    return f"q{number}"


def _same(version: SurveyVersion, questions: Sequence[QuestionFacts]) -> bool:
    kept = [
        (row.kind, row.text, row.text_en, [tuple(pair) for pair in row.options], row.is_required)
        for row in version.questions.order_by("position")
    ]
    return kept == [
        (one.kind, one.text, one.text_en, [tuple(pair) for pair in one.options], one.is_required) for one in questions
    ]


def _check(questions: Sequence[QuestionFacts]) -> None:
    if len(questions) > MOST_QUESTIONS:
        raise SurveyRefused(_("Ask at most %(most)s questions.") % {"most": MOST_QUESTIONS})
    for one in questions:
        if one.kind in (Kind.SINGLE, Kind.MULTIPLE) and not 2 <= len(one.options) <= MOST_OPTIONS:
            raise SurveyRefused(
                _("%(question)s: give two to %(most)s choices, one a line.")
                % {"question": one.text, "most": MOST_OPTIONS}
            )
