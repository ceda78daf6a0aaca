"""Scores through the browser."""

from datetime import date

import pytest
from django.urls import reverse

from kit.testing import assert_same_queries
from staff.tests.factories import make_user
from stores.tests.factories import make_counter
from suppliers.models import CounterScore, ScorePeriod, ScoreScheme
from suppliers.services.schemes import STANDARD_GRADES, save_scheme, standard_weights
from suppliers.services.scoring import calculate_month
from suppliers.tests.test_scoring import sell

MONTH = date(2026, 9, 1)


@pytest.fixture
def role():
    return "manager"


@pytest.fixture
def outsider_role():
    return "clerk"


@pytest.fixture
def score(store_a, ada):
    save_scheme(
        store=store_a, valid_from=date(2026, 1, 1), weights=standard_weights(), grades=STANDARD_GRADES, actor=ada
    )
    sell(make_counter(store_a), 50_000)
    make_counter(store_a)
    calculate_month(store_id=store_a.pk, month=MONTH)
    return CounterScore.objects.get(score__isnull=False)


def url(name, *args):
    return reverse(f"suppliers:{name}", args=args)


def test_a_score_explains_itself_line_by_line(client, ada, ben, cho, score):
    client.force_login(ada)
    page = client.get(url("score_detail", score.pk)).content.decode()
    assert str(score.score) in page
    assert "无数据" in page
    assert "¥50,000.00" in page
    other = CounterScore.objects.get(score=None)
    assert "未评分" in client.get(url("score_detail", other.pk)).content.decode()
    for user, status in ((ben, 404), (cho, 403)):
        client.force_login(user)
        assert client.get(url("score_detail", score.pk)).status_code == status
        assert client.get(url("counter_scores", score.counter_id)).status_code == status


def test_the_archive_of_a_counter_has_a_chart_with_its_table_and_a_sentence(client, ada, score):
    client.force_login(ada)
    page = client.get(url("counter_scores", score.counter_id)).content.decode()
    assert 'data-chart="scores"' in page
    assert "2026-09" in page
    assert "2026 Q3" in page


def test_a_month_is_calculated_and_closed_in_the_browser(client, ada, ben, store_a, score):
    client.force_login(ada)
    response = client.post(url("score_calculate"), {"store": store_a.pk, "month": "2026-09"})
    assert response.status_code == 302
    period = ScorePeriod.objects.get()
    client.force_login(ben)
    assert client.post(url("month_close", period.pk)).status_code == 404
    client.force_login(make_user("buyer", [store_a]))
    assert client.post(url("month_close", period.pk)).status_code == 403
    client.force_login(ada)
    assert client.get(url("month_close", period.pk)).status_code == 405
    client.post(url("month_close", period.pk))
    period.refresh_from_db()
    assert period.is_closed
    response = client.post(url("score_calculate"), {"store": store_a.pk, "month": "2026-09"})
    assert response.status_code == 422


def fields_of(form):
    initial = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: "" if value is None else value for name, value in initial.items() if value is not False}


def test_a_scheme_is_saved_and_wrong_sums_are_said(client, ada, store_a):
    client.force_login(ada)
    data = fields_of(client.get(url("scheme_edit", store_a.pk)).context["form"])
    wrong = {**data, "weight_growth": "16"}
    response = client.post(url("scheme_edit", store_a.pk), wrong)
    assert response.status_code == 422
    assert "101" in response.content.decode()
    response = client.post(url("scheme_edit", store_a.pk), {**data, "lower_2": "10"})
    assert response.status_code == 422
    response = client.post(url("scheme_edit", store_a.pk), {**data, "bands_growth": "rubbish"})
    assert response.status_code == 422
    assert not ScoreScheme.objects.exists()
    assert client.post(url("scheme_edit", store_a.pk), data).status_code == 302
    assert ScoreScheme.objects.get().weights.count() == 9
    assert client.get(url("scheme_list")).status_code == 200


D = {"letter_3": "D", "lower_3": "0", "upper_3": "40", "rates_3": "20–30", "terms_3": "3–6"}


def test_a_grade_is_added_and_taken_out_without_a_script(client, ada, store_a):
    client.force_login(ada)
    page = url("scheme_edit", store_a.pk)
    data = fields_of(client.get(page).context["form"])
    assert client.post(page, {**data, **D}).status_code == 422  # overlaps with C
    assert client.post(page, {**data, **D, "lower_2": "50"}).status_code == 422  # 40 to 50 is not covered
    assert client.post(page, {**data, **D, "lower_2": "40"}).status_code == 302
    assert [one.letter for one in ScoreScheme.objects.get().grades.all()] == ["A", "B", "C", "D"]
    data = fields_of(client.get(page).context["form"])
    assert data["letter_3"] == "D"
    assert data["letter_5"] == ""
    response = client.post(page, {**data, "drop_3": "on"})
    assert response.status_code == 422  # 0 to 40 is covered by nobody
    assert "40" in response.content.decode()
    wrong_but_out = {"drop_3": "on", "rates_3": "rubbish", "lower_3": "-1"}
    assert client.post(page, {**data, **wrong_but_out, "lower_2": "0"}).status_code == 302
    assert [one.letter for one in ScoreScheme.objects.get().grades.all()] == ["A", "B", "C"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"letter_3": "D"},
        {"letter_1": "A"},
        {"letter_1": ""},
        {"letter_1": "  "},
        {"letter_1": "Excellent"},
        {"rates_1": "20–10"},
        {"rates_1": "20–1000"},
        {"terms_1": "0–12"},
        {"terms_1": "1–99999"},
        {f"drop_{row}": "on" for row in range(5)},
    ],
    ids=str,
)
def test_grades_that_cannot_be_are_refused(client, ada, store_a, wrong):
    client.force_login(ada)
    page = url("scheme_edit", store_a.pk)
    data = fields_of(client.get(page).context["form"])
    assert client.post(page, {**data, **wrong}).status_code == 422
    assert not ScoreScheme.objects.exists()


def test_another_stores_scheme_is_not_touched(client, ada, store_b):
    client.force_login(ada)
    assert client.get(url("scheme_edit", store_b.pk)).status_code == 403


def test_the_same_queries_for_few_counters_and_many(client, ada, store_a, score):
    client.force_login(ada)

    def add():
        for _ in range(20):
            sell(make_counter(store_a), 100)
        calculate_month(store_id=store_a.pk, month=MONTH)

    assert assert_same_queries(lambda: client.get(url("score_list")), add) <= 15
    assert client.get(url("score_list") + "?month=xx&grade=Q&store=1e9").status_code == 200
    assert client.get(url("score_list") + "?export=xlsx").status_code == 200


def test_the_filter_shows_the_month_chosen(client, ada, score):
    client.force_login(ada)
    for query, month in (("", "2026-09"), ("?month=2026-08", "2026-08"), ("?month=rubbish", "2026-09")):
        assert f'value="{month}"' in client.get(url("score_list") + query).content.decode(), query
