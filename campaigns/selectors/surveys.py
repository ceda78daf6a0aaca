"""Which surveys a member may answer, and what the pages of surveys show."""

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from campaigns.models import Question, SegmentMember, Survey, SurveyAnswer, SurveyVersion
from kit.remembered import Remembered
from members.models import Member


def _load() -> list[Survey]:
    rows = Survey.objects.filter(state=Survey.State.OPEN).select_related("current", "campaign")
    return list(rows.order_by("-made_at")[:50])


open_surveys: Remembered[list[Survey]] = Remembered(_load)


def is_running(survey: Survey) -> bool:
    """Whether answers are taken today."""
    return survey.state == Survey.State.OPEN and (survey.until_on is None or survey.until_on >= timezone.localdate())


def surveys_to_answer(member: Member) -> list[Survey]:
    """The running surveys for this member that have no answer yet; one statement, and none while no survey runs."""
    running = [one for one in open_surveys.get() if is_running(one)]
    if not running:
        return []
    answered = SurveyAnswer.objects.filter(survey=OuterRef("pk"), member=member)
    chosen = SegmentMember.objects.filter(segment_id=OuterRef("segment_id"), member_id=member.pk, is_in=True)
    rows = Survey.objects.filter(
        Q(segment=None) | Exists(chosen), ~Exists(answered), pk__in=[one.pk for one in running]
    )
    wanted = set(rows.values_list("pk", flat=True))
    return [one for one in running if one.pk in wanted]


def questions_of(version: SurveyVersion) -> list[Question]:
    """The questions of a version in their order."""
    return list(version.questions.select_related("version").order_by("position", "pk"))


def newest_questions(survey: Survey) -> list[Question]:
    """The questions as they are written now, published or not."""
    newest = survey.versions.order_by("-number").first()
    return questions_of(newest) if newest else []


def with_answers(surveys: list[Survey]) -> list[Survey]:
    """Dress the rows of a list with how many answered."""
    counts = SurveyAnswer.objects.filter(survey__in=[one.pk for one in surveys], member__merged_into=None)
    found = dict(counts.order_by().values_list("survey").annotate(Count("pk")))
    for one in surveys:
        one.answered = found.get(one.pk, 0)
    return surveys
