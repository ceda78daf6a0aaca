"""The clock of the minute: what fell due is stored and told once, also after days of silence."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from callcenter.models import Case, CaseEntry, CaseStep, Promise
from callcenter.services.cases import let_wait
from callcenter.services.complaint_metric import complaints
from callcenter.services.promises import make_promise
from callcenter.services.steps import answer_step, ask_step
from callcenter.services.watching import watch_clocks
from callcenter.tests.factories import make_case, make_step
from staff.models import DepartmentHead, Notice, Outbox
from staff.tests.factories import make_user
from stores.tests.factories import make_counter, make_department
from suppliers.services.metrics import Asked, CounterFacts, MonthSales, metric_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def role():
    return "agent"


@pytest.fixture
def manager(store_a):
    return make_user("manager", [store_a], email="manager@example.com")


@pytest.fixture
def case(store_a, ada, manager):
    return make_case(store_a, ada, owner=ada)


def long_ago():
    return timezone.now() - timedelta(days=5)


def test_a_late_step_goes_to_the_head_of_the_department_once(case, ada, store_a, manager):
    department = make_department(store_a)
    head = make_user("buyer", [store_a], phone="+8613800000009")
    DepartmentHead.objects.create(department=department, user=head)
    step = make_step(case, ada, counter=make_counter(store_a, department=make_department(store_a, parent=department)))
    assert watch_clocks() == 0
    CaseStep.objects.update(due_at=long_ago())
    assert (watch_clocks(), watch_clocks()) == (1, 0)
    step.refresh_from_db()
    assert (step.escalated_to, step.failed_at) == (head, step.due_at)
    assert Notice.objects.filter(user=head).count() == 1
    assert Outbox.objects.get().to == head.phone
    assert CaseEntry.objects.filter(kind="late").count() == 1


def test_a_late_person_is_told_of_to_the_supervisor_else_to_the_manager(case, ada, store_a, manager):
    boss = make_user("finance", [store_a])
    for person in (make_user("finance", [store_a], manager=boss), make_user("finance", [store_a])):
        ask_step(case_id=case.pk, question=f"{person}?", hours=Decimal(1), person=person, actor=ada)
    CaseStep.objects.update(due_at=long_ago())
    watch_clocks()
    assert list(CaseStep.objects.order_by("no").values_list("escalated_to", flat=True)) == [boss.pk, manager.pk]
    assert Outbox.objects.get().channel == "email"


def test_an_answered_step_is_not_handed_up_but_stays_late(case, ada, store_a):
    step = make_step(case, ada, counter=make_counter(store_a))
    CaseStep.objects.update(due_at=long_ago())
    answer_step(step_id=step.pk, answer="晚了", actor=ada)
    assert watch_clocks() == 0
    step.refresh_from_db()
    assert step.failed_at == step.due_at


def test_late_answers_and_solutions_are_stored_and_told(store_a, ada, manager):
    case = make_case(store_a, None, channel="email", owner=ada)
    Case.objects.update(response_due_at=long_ago(), solution_due_at=long_ago())
    Notice.objects.all().delete()
    assert (watch_clocks(), watch_clocks()) == (2, 0)
    case.refresh_from_db()
    assert case.response_failed_at == case.response_due_at
    assert case.solution_failed_at == case.solution_due_at
    assert Notice.objects.filter(user=manager).count() == Notice.objects.filter(user=ada).count() == 2


def test_a_waiting_case_is_not_late(case, ada):
    let_wait(case_id=case.pk, waits_for="member", why="照片", actor=ada)
    Case.objects.update(solution_due_at=long_ago())
    assert watch_clocks() == 0


def test_a_missed_promise_is_told_to_its_owner_once(case, ada):
    make_promise(case_id=case.pk, what="回电", due_at=timezone.now() + timedelta(hours=1), owner=ada, actor=ada)
    Promise.objects.update(due_at=long_ago())
    assert (watch_clocks(), watch_clocks()) == (1, 0)
    assert Notice.objects.filter(user=ada, text__contains="回电").count() == 1


def test_nothing_is_late_before_its_time(case, ada, store_a):
    make_step(case, ada, counter=make_counter(store_a))
    CaseStep.objects.update(due_at=long_ago())
    assert watch_clocks(now=long_ago() - timedelta(days=1)) == 0
    assert watch_clocks() == 1


def test_counters_are_measured_by_complaints_and_late_answers(store_a, ada):
    counter, quiet = make_counter(store_a), make_counter(store_a)
    today = timezone.localdate()
    facts = {one.pk: CounterFacts(one.pk, None, None, None) for one in (counter, quiet)}
    sales = {one: MonthSales(Decimal(0), Decimal(0), Decimal(0)) for one in facts}
    asked = Asked(store_a.pk, today.replace(day=1), today, facts, sales)
    assert complaints(asked) == {}
    case = make_case(store_a, ada, counter=counter)
    make_case(store_a, ada, counter=counter, kind="suggestion")
    make_step(case, ada, counter=counter)
    assert complaints(asked) == {counter.pk: Decimal(1), quiet.pk: Decimal(0)}
    CaseStep.objects.update(failed_at=timezone.now())
    assert complaints(asked)[counter.pk] == Decimal(2)
    assert metric_of("complaints").measure is complaints
