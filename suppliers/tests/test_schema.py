"""What the database itself refuses."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from stores.tests.factories import make_counter
from suppliers.models import CounterScore, Party, PartyEvent, ScoreGrade, ScorePeriod, ScoreScheme, ScoreWeight

pytestmark = pytest.mark.django_db


@pytest.fixture
def party():
    return Party.objects.create(code="S1", name="青岛之春服饰有限公司")


def test_the_log_is_append_only(party):
    entry = PartyEvent.objects.create(party=party, kind="call", summary="问了三楼的位置")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        PartyEvent.objects.filter(pk=entry.pk).update(summary="别的")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        entry.delete()


def check_now():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.parametrize("weights", [["60", "39.99"], ["60", "40.01"], ["100", "1"]])
def test_weights_that_do_not_sum_to_100_are_refused(store_a, weights):
    scheme = ScoreScheme.objects.create(store=store_a, valid_from=date(2026, 1, 1))
    for number, weight in enumerate(weights):
        ScoreWeight.objects.create(scheme=scheme, metric=f"m{number}", weight=Decimal(weight), bands=[[None, 0]])
    with pytest.raises(IntegrityError, match="not to 100"), transaction.atomic():
        check_now()
    scheme.weights.all().delete()


def grade(scheme, letter, lower, upper):
    return ScoreGrade.objects.create(
        scheme=scheme, letter=letter, lower=lower, upper=upper, rate_from=0, rate_to=1, term_from=1, term_to=2
    )


def test_grades_with_a_gap_are_refused(store_a):
    scheme = ScoreScheme.objects.create(store=store_a, valid_from=date(2026, 1, 1))
    grade(scheme, "A", 80, 100)
    grade(scheme, "B", 0, 79)
    with pytest.raises(IntegrityError, match="not 100"), transaction.atomic():
        check_now()
    scheme.grades.all().delete()


def test_grades_that_overlap_are_refused_but_two_schemes_may_share_a_range(store_a, store_b):
    one = ScoreScheme.objects.create(store=store_a, valid_from=date(2026, 1, 1))
    two = ScoreScheme.objects.create(store=store_b, valid_from=date(2026, 1, 1))
    grade(one, "A", 0, 100)
    grade(two, "A", 0, 100)
    with pytest.raises(IntegrityError, match="without_overlap"), transaction.atomic():
        grade(one, "B", 79, 81)


def test_a_closed_month_is_frozen(store_a):
    scheme = ScoreScheme.objects.create(store=store_a, valid_from=date(2026, 1, 1))
    period = ScorePeriod.objects.create(store=store_a, month=date(2026, 1, 1), scheme=scheme)
    score = CounterScore.objects.create(period=period, counter=make_counter(store_a), net_sales=1)
    ScorePeriod.objects.filter(pk=period.pk).update(closed_at="2026-02-05T00:00Z")
    for change in (
        lambda: CounterScore.objects.filter(pk=score.pk).update(net_sales=2),
        lambda: CounterScore.objects.create(period=period, counter=make_counter(store_a), net_sales=1),
        lambda: ScorePeriod.objects.filter(pk=period.pk).update(closed_at=None),
    ):
        with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
            change()
