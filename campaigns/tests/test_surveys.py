"""Surveys: written, opened, answered once by link, in the own pages or at the desk; results with n; fields of segments."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.campaign_exceptions import AlreadyAnswered, SurveyRefused
from campaigns.models import Question, SegmentMember, Survey, SurveyAnswer, SurveyValue
from campaigns.selectors import survey_results as results
from campaigns.selectors.surveys import questions_of, surveys_to_answer
from campaigns.services import surveys as services
from campaigns.services.segment_builds import rebuild_segment
from campaigns.services.segments import make_segment as make_rule_segment
from campaigns.services.survey_answers import answer_survey, has_answered
from campaigns.services.survey_fields import fields
from campaigns.services.survey_links import link_of
from campaigns.services.surveys import QuestionFacts, SurveyFacts
from campaigns.tests.project_factories import make_segment
from loyalty.tests.threads import at_the_same_time
from members.services.erasure import erase_member
from members.services.merging import merge_members
from members.tests.factories import make_member
from staff.tests.factories import make_user

QUESTIONS = (
    QuestionFacts("single", "怎么来的？", "How did you come?", (("地铁", "Metro"), ("开车", "Car"), ("步行", ""))),
    QuestionFacts("multiple", "看了什么？", "", (("女装", "Ladies"), ("美妆", "Beauty")), is_required=False),
    QuestionFacts("scale", "愿意推荐吗？", "Would you recommend us?"),
    QuestionFacts("text", "还想说什么？", "", is_required=False),
)
GOOD = {"q1": "0", "q2": ["0", "1"], "q3": "9", "q4": "电梯太慢"}


@pytest.fixture
def role():
    return "marketer"


@pytest.fixture
def outsider_role():
    return "buyer"


def make_survey(actor, questions=QUESTIONS, **facts):
    made = services.make_survey(facts=SurveyFacts(name="到店体验", **facts), questions=questions, actor=actor)
    return services.open_survey(survey_id=made.pk, actor=actor)


def answer(survey, member, answers=GOOD, way="link", **more):
    return answer_survey(survey_id=survey.pk, member_id=member.pk, answers=answers, way=way, **more)


def typed(**changes):
    data = {
        "name": "到店体验", "questions-TOTAL_FORMS": "2", "questions-INITIAL_FORMS": "0", "questions-0-kind": "single",
        "questions-0-text": "怎么来的？", "questions-0-options": "地铁 | Metro\n开车｜Car\n\n", "questions-0-is_required": "on",
        "questions-1-kind": "scale",
    }  # fmt: skip
    return data | changes


def test_a_survey_is_written_and_opened_in_the_browser(client, db, ada, ben, cho, store_a):
    client.force_login(ada)
    new = reverse("campaigns:survey_new")
    assert client.get(new).status_code == 200
    assert client.post(new, typed()).status_code == 422
    assert client.post(new, typed(store=store_a.pk, **{"questions-0-options": "只有一个"})).status_code == 422
    response = client.post(new, typed(store=store_a.pk))
    survey = Survey.objects.get()
    assert response.url == reverse("campaigns:survey_detail", args=[survey.pk])
    assert Question.objects.get().options == [["地铁", "Metro"], ["开车", "Car"]]
    assert client.get(response.url).status_code == 200
    open_url = reverse("campaigns:survey_open", args=[survey.pk])
    assert client.get(open_url).status_code == 405
    client.post(open_url)
    survey.refresh_from_db()
    assert (survey.state, survey.current.number) == ("open", 1)
    assert client.get(reverse("campaigns:survey_edit", args=[survey.pk])).status_code == 200
    assert "到店体验" in client.get(reverse("campaigns:survey_list")).content.decode()
    for person, status in ((ben, 404), (cho, 403)):
        client.force_login(person)
        assert client.get(response.url).status_code == status
        assert client.post(open_url).status_code == status


def test_a_member_answers_by_link_once_and_opening_it_changes_nothing(client, db, ada, store_a):
    survey, member = make_survey(ada), make_member(store=store_a)
    url = link_of(survey.pk, member.pk)
    page = client.get(url).content.decode()
    assert "怎么来的？" in page
    assert not SurveyAnswer.objects.exists()
    assert client.post(url, {"q1": "0"}).status_code == 422
    assert client.post(url, {**GOOD, "q1": "7"}).status_code == 422
    assert client.post(url, GOOD).status_code == 200
    kept = SurveyAnswer.objects.get()
    assert (kept.member, kept.way, kept.store, kept.values.count()) == (member, "link", store_a, 5)
    assert "已收到" in client.get(url).content.decode()
    client.post(url, {**GOOD, "q1": "1"})
    assert SurveyAnswer.objects.count() == 1
    client.cookies["atrium_language"] = "en"
    other = make_member(store=store_a)
    assert "How did you come?" in client.get(link_of(survey.pk, other.pk)).content.decode()


@pytest.mark.parametrize("token", ["x", "WzEsMl0:abc", "%00", "é", "a" * 500])
def test_a_wrong_link_is_refused_in_words(client, db, token):
    response = client.get(reverse("survey_link:answer", args=[token]))
    assert response.status_code in (404, 409)


def test_the_desk_asks_and_the_member_finds_it_in_the_own_pages(client, db, ada, store_a):
    survey, member = make_survey(ada), make_member(store=store_a)
    clerk = make_user("clerk", [store_a])
    url = reverse("campaigns:survey_take", args=[survey.pk, member.pk])
    client.force_login(make_user("buyer", [store_a]))
    assert client.post(url, GOOD).status_code == 403
    client.force_login(clerk)
    assert client.get(url).status_code == 200
    assert client.post(url, {"q1": "0"}).status_code == 422
    assert client.post(url, GOOD).status_code == 302
    assert client.post(url, GOOD).status_code == 422
    assert SurveyAnswer.objects.get().taken_by == clerk
    assert surveys_to_answer(member) == []
    assert surveys_to_answer(make_member(store=store_a)) == [survey]


def test_only_the_segment_is_asked_and_only_in_time(db, ada, store_a):
    chosen, other, gone = (make_member(store=store_a) for _number in range(3))
    survey = make_survey(ada, segment=make_segment(chosen))
    with pytest.raises(SurveyRefused):
        answer(survey, other)
    answer(survey, chosen)
    late = make_survey(ada, until_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(SurveyRefused):
        answer(late, gone)
    services.close_survey(survey_id=survey.pk, actor=ada)
    assert services.close_survey(survey_id=survey.pk, actor=ada).state == "closed"
    with pytest.raises(SurveyRefused):
        services.open_survey(survey_id=survey.pk, actor=ada)


def test_changed_questions_are_a_new_version_and_answers_keep_theirs(db, ada, store_a):
    survey = make_survey(ada)
    first = answer(survey, make_member(store=store_a))
    keys = [question.key for question in questions_of(survey.current)]
    changed = [QuestionFacts(**{**_facts(one), "key": key}) for one, key in zip(QUESTIONS, keys, strict=True)]
    same = services.change_survey(survey_id=survey.pk, facts=SurveyFacts(name="x"), questions=QUESTIONS, actor=ada)
    assert same.versions.count() == 1
    changed[0] = QuestionFacts("single", "您怎么来的？", "", QUESTIONS[0].options, key=keys[0])
    services.change_survey(survey_id=survey.pk, facts=SurveyFacts(name="x"), questions=changed, actor=ada)
    survey = services.open_survey(survey_id=survey.pk, actor=ada)
    assert survey.current.number == 2
    answer(survey, make_member(store=store_a), {**GOOD, "q1": "1"})
    first.refresh_from_db()
    assert first.version.number == 1
    (result, *_rest) = results.results_of(survey)
    assert result.question.text == "您怎么来的？"
    assert [row.total.count for row in result.rows] == [1, 1, 0]
    for change in (lambda: Question.objects.update(text="x"), lambda: Question.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def _facts(one):
    return {name: getattr(one, name) for name in ("kind", "text", "text_en", "options", "is_required")}


def test_results_are_told_apart_with_n(client, db, ada, store_a, store_b):
    survey = make_survey(ada, store=store_a)
    members = [make_member(store=store_a), make_member(store=store_a), make_member(store=store_b)]
    for member, way, score in zip(members, ("0", "0", "1"), ("10", "9", "3"), strict=True):
        answer(survey, member, {"q1": way, "q3": score})
    segment = make_segment(members[0])
    first, _multiple, scale, _text = results.results_of(survey, "store")
    assert [(column.label, column.n) for column in first.columns] == [(store_b.label, 1), (store_a.label, 2)]
    assert [row.total.count for row in first.rows] == [2, 1, 0]
    assert first.rows[0].total.share == Decimal("0.6667")
    assert (scale.mean, scale.promoters) == (Decimal("7.33"), Decimal("0.3333"))
    by_segment = results.results_of(survey, "segment")[0]
    assert [(column.label, column.n) for column in by_segment.columns] == [(segment.label, 1)]
    client.force_login(ada)
    url = reverse("campaigns:survey_detail", args=[survey.pk])
    for by in ("", "store", "star", "segment", "nonsense"):
        assert client.get(f"{url}?by={by}").status_code == 200
    assert client.get(f"{url}?export=xlsx")["Content-Type"].endswith("sheet")
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for _number in range(20):
        answer(survey, make_member(store=store_a))
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) <= len(few) + 1 <= 20


def test_answers_are_fields_of_segments(db, ada, store_a):
    survey = make_survey(ada)
    happy, sad, silent = (make_member(store=store_a) for _number in range(3))
    answer(survey, happy, {"q1": "0", "q3": "10"})
    answer(survey, sad, {"q1": "1", "q3": "2"})
    fields.forget()

    def belongs(name, test, value):
        rule = {"version": 1, "op": "all", "rules": [{"field": name, "test": test, "value": value}]}
        segment = make_rule_segment(name="x", rule=rule, actor=ada)
        rebuild_segment(segment_id=segment.pk)
        return {pk for pk in (happy.pk, sad.pk, silent.pk) if segment_has(segment, pk)}

    assert belongs("survey.answered", "is_one_of", [str(survey.pk)]) == {happy.pk, sad.pk}
    assert belongs(f"survey.{survey.pk}.q1", "is_one_of", ["1"]) == {sad.pk}
    assert belongs(f"survey.{survey.pk}.q3", "at_least", "9") == {happy.pk}


def segment_has(segment, member_id):
    return SegmentMember.objects.filter(segment=segment, member_id=member_id, is_in=True).exists()


def test_merging_keeps_one_answer_and_erasing_takes_the_words(db, ada, store_a):
    survey = make_survey(ada)
    winner, loser, third = (make_member(store=store_a) for _number in range(3))
    answer(survey, loser)
    merge_members(winner_id=winner.pk, loser_id=loser.pk, actor=ada)
    assert has_answered(survey.pk, winner.pk)
    answer(survey, third)
    merge_members(winner_id=winner.pk, loser_id=third.pk, actor=ada)
    assert results.answered_count(survey) == 1
    with pytest.raises(AlreadyAnswered):
        answer(survey, third)
    erase_member(member_id=winner.pk, reason="本人要求", actor=None)
    assert not SurveyValue.objects.exclude(words="").filter(answer__member=winner).exists()
    assert results.answered_count(survey) == 1


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.dictionaries(
        st.sampled_from(["q1", "q2", "q3", "q4", "q9"]),
        st.one_of(st.none(), st.text(max_size=8), st.integers(), st.lists(st.text(max_size=3), max_size=4)),
    )
)
def test_whatever_is_sent_is_kept_whole_or_refused_in_words(db, ada, store_a, answers):
    with transaction.atomic():
        survey, member = make_survey(ada), make_member(store=store_a)
        try:
            answer(survey, member, answers)
        except SurveyRefused:
            assert not SurveyAnswer.objects.exists()
        else:
            values = SurveyValue.objects.all()
            assert all(0 <= one.choice < len(one.question.options) for one in values if one.choice is not None)
            required = {one.key for one in questions_of(survey.current) if one.is_required}
            assert required <= {one.question.key for one in values}
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_are_one(store_a):
    office = make_user("marketer", [], all_stores=True)
    survey, member = make_survey(office), make_member(store=store_a)
    raised = at_the_same_time(*[lambda w=w: answer(survey, member, {**GOOD, "q1": w}) for w in ("0", "1", "2")])
    assert sorted(type(error).__name__ for error in raised) == ["AlreadyAnswered", "AlreadyAnswered", "NoneType"]
    assert SurveyAnswer.objects.count() == 1
    assert SurveyValue.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_without_the_constraint_two_answers_at_once_are_two(store_a, monkeypatch):
    """The control: both see that there is no answer yet, and nothing in the database stops the second."""
    office = make_user("marketer", [], all_stores=True)
    survey, member = make_survey(office), make_member(store=store_a)
    constraint = SurveyAnswer._meta.constraints[0]
    both_have_looked = threading.Barrier(2)

    def look(survey_id, member_id):
        found = has_answered(survey_id, member_id)
        both_have_looked.wait(timeout=30)
        return found

    monkeypatch.setattr("campaigns.services.survey_answers.has_answered", look)
    with connection.schema_editor() as editor:
        editor.remove_constraint(SurveyAnswer, constraint)
    try:
        raised = at_the_same_time(*[lambda w=w: answer(survey, member, {**GOOD, "q1": w}) for w in ("0", "1")])
        assert raised == [None, None]
        assert SurveyAnswer.objects.count() == 2
    finally:
        SurveyAnswer.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(SurveyAnswer, constraint)
