"""What a survey says: each question in all and by segment, store, star or way, always with how many answered."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from campaigns.models import Question, Segment, Survey, SurveyAnswer, SurveyValue
from campaigns.selectors.surveys import newest_questions
from loyalty.services.rules import current_rules
from stores.models import Store

# By what results are told apart: an expression over the answer, and a join where one is needed.
GROUPS: dict[str, tuple[str, str]] = {
    "": ("NULL::bigint", ""),
    "store": ("a.store_id", ""),
    "star": ("a.rank::bigint", ""),
    "segment": (
        "s.segment_id",
        "JOIN campaigns_segmentmember s ON s.member_id = a.member_id AND s.is_in AND s.segment_id = ANY(%(segments)s)",
    ),
}
COUNTS = """
SELECT q.key, v.choice, v.number, {group}, count(*), count(*) FILTER (WHERE v.words <> '')
FROM campaigns_surveyanswer a JOIN members_member m ON m.id = a.member_id AND m.merged_into_id IS NULL {join}
JOIN campaigns_surveyvalue v ON v.answer_id = a.id JOIN campaigns_question q ON q.id = v.question_id
WHERE a.survey_id = %(survey)s GROUP BY 1, 2, 3, 4"""
ANSWERED = """
SELECT q.key, {group}, count(DISTINCT a.id)
FROM campaigns_surveyanswer a JOIN members_member m ON m.id = a.member_id AND m.merged_into_id IS NULL {join}
JOIN campaigns_surveyvalue v ON v.answer_id = a.id JOIN campaigns_question q ON q.id = v.question_id
WHERE a.survey_id = %(survey)s GROUP BY 1, 2"""
SEGMENTS_SHOWN, WORDS_SHOWN = 8, 15


@dataclass(frozen=True)
class Cell:
    """One choice within one group: how many, and their share of those who answered the question there."""

    count: int
    share: Decimal


@dataclass(frozen=True)
class Row:
    """One choice, in all and by group."""

    label: str
    total: Cell
    cells: list[Cell]


@dataclass(frozen=True)
class Column:
    """One group: its name, how many answered the question, and of a scale the mean."""

    label: str
    n: int
    mean: Decimal | None = None


@dataclass(frozen=True)
class QuestionResult:
    """The result of one question. `promoters`: of a scale, the share of 9 and 10 less that of 0 to 6."""

    question: Question
    n: int
    rows: list[Row]
    columns: list[Column]
    mean: Decimal | None = None
    promoters: Decimal | None = None
    words: list[SurveyValue] = field(default_factory=list)
    chart: dict[str, object] = field(default_factory=dict)
    summary: str = ""

    @property
    def chart_id(self) -> str:
        """The name under which the chart finds its data."""
        return f"data-{self.question.key}"


@dataclass
class _Counts:
    """Counts as read: by key, group and choice."""

    choices: dict[str, dict[int | None, dict[int, int]]]
    answered: dict[str, dict[int | None, int]]


def answered_count(survey: Survey) -> int:
    """How many members answered."""
    return SurveyAnswer.objects.filter(survey=survey, member__merged_into=None).count()


def results_of(survey: Survey, by: str = "") -> list[QuestionResult]:
    """Every question of the newest version with its answers over all versions, told apart by `by` (`GROUPS`)."""
    by = by if by in GROUPS else ""
    names = _names(survey, by)
    whole, apart = _read(survey, "", []), _read(survey, by, sorted(names)) if by else None
    found = []
    for question in newest_questions(survey):
        n = whole.answered.get(question.key, {}).get(None, 0)
        groups = sorted(
            (one for one in (apart.answered.get(question.key, {}) if apart else {}) if one in names),
            key=lambda one: names[one],
        )
        found.append(_result(question, n, whole, apart, [(one, names[one]) for one in groups]))
    return found


def _read(survey: Survey, by: str, segments: list[int]) -> _Counts:
    group, join = GROUPS[by]
    given = {"survey": survey.pk, "segments": segments}
    counts = _Counts(defaultdict(lambda: defaultdict(dict)), defaultdict(dict))
    with connection.cursor() as cursor:
        cursor.execute(COUNTS.format(group=group, join=join), given)
        for key, choice, number, place, count, _words in cursor.fetchall():
            value = choice if choice is not None else number
            if value is not None:
                counts.choices[key][place][value] = counts.choices[key][place].get(value, 0) + count
        cursor.execute(ANSWERED.format(group=group, join=join), given)
        for key, place, count in cursor.fetchall():
            counts.answered[key][place] = count
    return counts


def _names(survey: Survey, by: str) -> dict[int, str]:
    match by:
        case "store":
            return {store.pk: store.label for store in Store.objects.all()}
        case "star":
            rules = current_rules()
            tiers = rules.tiers(rules.schemes[-1]) if rules.schemes else []
            return {tier.rank: "★" * tier.stars for tier in tiers}
        case "segment":
            rows = Segment.objects.filter(state=Segment.State.ACTIVE, size__gt=0).order_by("size")
            return {row.pk: row.label for row in rows[:SEGMENTS_SHOWN]}
    return {}


def _result(
    question: Question, n: int, whole: _Counts, apart: _Counts | None, groups: list[tuple[int, str]]
) -> QuestionResult:
    if question.kind == Question.Kind.TEXT:
        return QuestionResult(question, n, [], [], words=_words(question))
    labels = [str(one) for one in range(11)] if question.kind == Question.Kind.SCALE else question.option_labels
    total = whole.choices[question.key][None]
    columns, by_group = [], []
    for place, name in groups:
        counts = apart.choices[question.key][place]
        answered = apart.answered[question.key][place]
        columns.append(Column(name, answered, _mean(counts) if question.kind == Question.Kind.SCALE else None))
        by_group.append((counts, answered))
    rows = [
        Row(label, _cell(total.get(place, 0), n), [_cell(counts.get(place, 0), base) for counts, base in by_group])
        for place, label in enumerate(labels)
    ]
    mean = _mean(total) if question.kind == Question.Kind.SCALE else None
    return QuestionResult(
        question, n, rows, columns, mean=mean, promoters=_promoters(total, n) if mean is not None else None,
        chart={"labels": labels, "values": [str(row.total.share * 100) for row in rows], "name": question.label},
        summary=_summary(question, rows, n, mean),
    )  # fmt: skip


def _cell(count: int, n: int) -> Cell:
    return Cell(count, (Decimal(count) / n).quantize(Decimal("0.0001")) if n else Decimal(0))


def _mean(counts: dict[int, int]) -> Decimal | None:
    n = sum(counts.values())
    return (Decimal(sum(place * count for place, count in counts.items())) / n).quantize(Decimal("0.01")) if n else None


def _promoters(counts: dict[int, int], n: int) -> Decimal | None:
    """The net promoter score as a share: 9 and 10 less 0 to 6."""
    if not n:
        return None
    for_us = sum(count for place, count in counts.items() if place >= 9)
    against = sum(count for place, count in counts.items() if place <= 6)
    return (Decimal(for_us - against) / n).quantize(Decimal("0.0001"))


def _summary(question: Question, rows: list[Row], n: int, mean: Decimal | None) -> str:
    if not n:
        return _("Nobody has answered this yet.")
    if mean is not None:
        return _("%(n)s answers, %(mean)s on average.") % {"n": f"{n:,}", "mean": mean}
    best = max(rows, key=lambda row: row.total.count)
    return _("%(n)s answers; most often: %(best)s (%(share)s %%).") % {
        "n": f"{n:,}", "best": best.label, "share": f"{best.total.share * 100:.0f}",
    }  # fmt: skip


def _words(question: Question) -> list[SurveyValue]:
    rows = SurveyValue.objects.filter(
        question__key=question.key,
        question__version__survey=question.version.survey_id,
        answer__member__merged_into=None,
    )
    return list(rows.exclude(words="").select_related("answer__store").order_by("-answer")[:WORDS_SHOWN])


def answers_as_rows(survey: Survey) -> tuple[list[Question], Iterator[list[object]]]:
    """The questions, and one row per answer for the workbook: when, how, member, store, star, then each question."""
    questions = newest_questions(survey)
    answers = SurveyAnswer.objects.filter(survey=survey, member__merged_into=None).select_related("member", "store")
    return questions, (
        _sheet_row(answer, questions)
        for answer in answers.prefetch_related("values__question").order_by("pk").iterator(chunk_size=1000)
    )


def _sheet_row(answer: SurveyAnswer, questions: list[Question]) -> list[object]:
    said: dict[str, list[str]] = defaultdict(list)
    for value in answer.values.all():
        question = value.question
        if value.choice is not None:
            labels = question.option_labels
            said[question.key].append(labels[value.choice] if value.choice < len(labels) else str(value.choice))
        elif value.number is not None:
            said[question.key].append(str(value.number))
        else:
            said[question.key].append(value.words)
    head = [
        answer.answered_at,
        answer.get_way_display(),
        answer.member.member_no,
        answer.store.label if answer.store else "",
    ]
    return [*head, answer.rank, *("; ".join(said[question.key]) for question in questions)]
