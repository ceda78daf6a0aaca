"""Answers to surveys as fields of segments: who answered, and for each question of closed or open surveys what."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from campaigns.models import Question, Survey
from campaigns.services.segment_fields import (
    ANSWERS,
    Choice,
    Clock,
    Cost,
    Field,
    Number,
    Sql,
    register,
    register_family,
    watch,
)
from kit.remembered import Remembered


def _surveys() -> list[tuple[str, str]]:
    rows = Survey.objects.exclude(state=Survey.State.DRAFT).order_by("-made_at")[:200]
    return [(str(one.pk), one.label) for one in rows]


def _answered(_test: str, value: Any, _clock: Clock) -> Sql:
    return Sql("SELECT member_id FROM campaigns_surveyanswer WHERE survey_id = ANY(%s)", [[int(one) for one in value]])


register(
    Field(
        name="survey.answered", label=_("Answered the survey"), group=ANSWERS, kind=Choice(_surveys), members=_answered,
        cost=Cost.SET,
    )
)  # fmt: skip
watch("campaigns.survey", "campaigns_surveyanswer", "SELECT member_id FROM campaigns_surveyanswer WHERE id > %(after)s")

_FROM = (
    "SELECT a.member_id FROM campaigns_surveyanswer a JOIN campaigns_surveyvalue v ON v.answer_id = a.id"
    " JOIN campaigns_question q ON q.id = v.question_id WHERE a.survey_id = %s AND q.key = %s AND "
)


def _field(survey: Survey, question: Question) -> Field:
    label = f"{survey.label}: {question.label}"
    name = f"survey.{survey.pk}.{question.key}"
    if question.kind == Question.Kind.SCALE:
        kind = Number()

        def rated(test: str, value: Any, clock: Clock) -> Sql:
            told = kind.condition(test, value, "v.number", clock)
            return Sql(_FROM + told.text, [survey.pk, question.key, *told.params])

        return Field(name=name, label=label, group=ANSWERS, kind=kind, members=rated, cost=Cost.SET)

    def chose(_test: str, value: Any, _clock: Clock) -> Sql:
        return Sql(_FROM + "v.choice = ANY(%s)", [survey.pk, question.key, [int(one) for one in value]])

    options = [(str(place), text) for place, text in enumerate(question.option_labels)]
    return Field(name=name, label=label, group=ANSWERS, kind=Choice(lambda: options), members=chose, cost=Cost.SET)


def _load() -> list[Field]:
    rows = Question.objects.filter(version__survey__current=F("version")).exclude(kind=Question.Kind.TEXT)
    rows = rows.select_related("version__survey").order_by("-version__survey__made_at", "position")[:400]
    return [_field(row.version.survey, row) for row in rows]


fields: Remembered[list[Field]] = Remembered(_load)


def survey_fields() -> Sequence[Field]:
    """One field per question of the published versions."""
    return fields.get()


register_family(survey_fields)
