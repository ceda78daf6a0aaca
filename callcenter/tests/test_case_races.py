"""Two colleagues, one case: one wins. Without the lock both would."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from callcenter.models import Case, CaseEntry, CaseRating, CaseStep
from callcenter.services.cases import take_case
from callcenter.services.solving import solve_case
from callcenter.services.steps import answer_step
from callcenter.services.watching import watch_clocks
from callcenter.tests.factories import make_case, make_step
from loyalty.tests.threads import at_the_same_time
from members.tests.factories import make_member
from staff.models import Notice, Outbox
from staff.tests.factories import make_user
from stores.tests.factories import make_counter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def role():
    return "agent"


@pytest.fixture
def agents(store_a):
    return [make_user("agent", [store_a]) for _number in range(2)]


@pytest.fixture
def case(store_a):
    return make_case(store_a, None, channel="web")


def taking(case, agent):
    return lambda: take_case(case_id=case.pk, actor=agent)


def test_of_two_agents_who_take_a_case_one_gets_it(case, agents):
    raised = at_the_same_time(*[taking(case, agent) for agent in agents])
    assert sorted(type(error).__name__ for error in raised) == ["NoneType", "WrongState"]
    assert CaseEntry.objects.filter(case=case, kind="change").count() == 1


def test_without_the_lock_both_believe_the_case_is_theirs(case, agents, monkeypatch):
    """The control: both read a case without an owner before either writes."""
    both_have_read = threading.Barrier(2)

    def read_without_lock(case_id):
        found = Case.objects.get(pk=case_id)
        both_have_read.wait(timeout=30)
        return found

    monkeypatch.setattr("callcenter.services.cases.lock_case", read_without_lock)
    raised = at_the_same_time(*[taking(case, agent) for agent in agents])
    assert raised == [None, None]
    assert CaseEntry.objects.filter(case=case, kind="change").count() == 2


@pytest.fixture
def step(case, ada, store_a):
    return make_step(case, ada, counter=make_counter(store_a))


def answering(step, agent, words):
    return lambda: answer_step(step_id=step.pk, answer=words, actor=agent)


def test_a_step_is_answered_once(step, agents):
    raised = at_the_same_time(answering(step, agents[0], "可以"), answering(step, agents[1], "不行"))
    assert sorted(type(error).__name__ for error in raised) == ["NoneType", "WrongState"]
    assert CaseEntry.objects.filter(step=step, data__event="answered").count() == 1


def test_without_the_lock_the_second_answer_overwrites_the_first(step, agents, monkeypatch):
    """The control: both read an open step before either writes."""
    both_have_read = threading.Barrier(2)

    def read_without_lock(step_id):
        found = CaseStep.objects.select_related("case").get(pk=step_id)
        both_have_read.wait(timeout=30)
        return found

    monkeypatch.setattr("callcenter.services.steps.lock_step", read_without_lock)
    raised = at_the_same_time(answering(step, agents[0], "可以"), answering(step, agents[1], "不行"))
    assert raised == [None, None]
    assert CaseEntry.objects.filter(step=step, data__event="answered").count() == 2


def test_many_cases_opened_at_once_have_numbers_of_their_own(store_a, ada):
    raised = at_the_same_time(*[lambda n=n: make_case(store_a, ada, title=f"事 {n}") for n in range(8)])
    assert raised == [None] * 8
    assert Case.objects.values("number").distinct().count() == 8


def test_two_clocks_hand_a_late_step_up_once(step, ada, store_a):
    manager = make_user("manager", [store_a], phone="+8613800000001")
    CaseStep.objects.update(due_at=timezone.now() - timedelta(days=9))
    raised = at_the_same_time(watch_clocks, watch_clocks, watch_clocks)
    assert raised == [None] * 3
    assert Notice.objects.filter(user=manager).count() == 1
    assert Outbox.objects.count() == 1


def test_two_cases_of_a_member_solved_at_once_ask_for_one_rating(store_a, ada):
    member = make_member(store=store_a)
    cases = [make_case(store_a, ada, member=member, kind="consultation") for _number in range(2)]
    raised = at_the_same_time(*[lambda one=one: solve_case(case_id=one.pk, solution="好", actor=ada) for one in cases])
    assert raised == [None, None]
    assert CaseRating.objects.count() == 1


def test_without_the_lock_on_the_member_both_cases_ask(store_a, ada, monkeypatch):
    """The control: both look whether the member was asked this month before either asks."""
    both_have_looked = threading.Barrier(2)
    real = CaseRating.objects.create

    def create_late(**fields):
        both_have_looked.wait(timeout=30)
        return real(**fields)

    member = make_member(store=store_a)
    cases = [make_case(store_a, ada, member=member, kind="consultation") for _number in range(2)]
    monkeypatch.setattr("callcenter.services.solving._hold_member", lambda case_id: None)
    monkeypatch.setattr(CaseRating.objects, "create", create_late)
    at_the_same_time(*[lambda one=one: solve_case(case_id=one.pk, solution="好", actor=ada) for one in cases])
    assert CaseRating.objects.count() == 2
