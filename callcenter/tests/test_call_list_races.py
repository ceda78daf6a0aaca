"""Two agents press "next" at the same moment: each gets somebody else. Without the lock both get the same member."""

import threading

import pytest

from callcenter.models import CallAttempt, CallListEntry
from callcenter.services import call_list_work as work
from callcenter.tests.call_factories import make_list
from loyalty.tests.threads import at_the_same_time
from members.tests.factories import make_member
from staff.tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def agents(store_a):
    return [make_user("agent", [store_a]) for _number in range(4)]


@pytest.fixture
def call_list(store_a, agents):
    return make_list(make_user("manager", [store_a]), store_a, [make_member(store=store_a) for _number in range(4)])


def taking(call_list, agent, taken):
    return lambda: taken.append(work.take_next(call_list=call_list, actor=agent))


def test_four_agents_at_once_get_four_members(call_list, agents):
    taken = []
    assert at_the_same_time(*[taking(call_list, agent, taken) for agent in agents]) == [None] * 4
    assert len({entry.pk for entry in taken}) == 4


def test_without_the_lock_two_agents_call_the_same_member(call_list, agents, monkeypatch):
    """The control: both read the best entry before either takes it."""
    both_have_read = threading.Barrier(2)

    def read_without_lock(list_id, user_id, now):
        found = CallListEntry.objects.select_related("call_list").filter(call_list_id=list_id).order_by("pk").first()
        both_have_read.wait(timeout=30)
        return found

    monkeypatch.setattr("callcenter.services.call_list_work.lock_next_entry", read_without_lock)
    taken = []
    assert at_the_same_time(*[taking(call_list, agent, taken) for agent in agents[:2]]) == [None, None]
    assert len({entry.pk for entry in taken}) == 1


def noting(entry, agent, outcome):
    return lambda: work.note_outcome(entry_id=entry.pk, result=work.Result(outcome), actor=agent)


def test_a_result_pressed_twice_is_one_attempt(call_list, agents):
    entry = work.take_next(call_list=call_list, actor=agents[0])
    raised = at_the_same_time(noting(entry, agents[0], "visit"), noting(entry, agents[0], "never"))
    assert sorted(type(error).__name__ for error in raised) == ["ListRefused", "NoneType"]
    assert CallAttempt.objects.count() == 1


def test_without_the_lock_a_result_pressed_twice_counts_twice(call_list, agents, monkeypatch):
    """The control: both read the entry in hand before either settles it."""
    both_have_read = threading.Barrier(2)
    entry = work.take_next(call_list=call_list, actor=agents[0])

    def read_without_lock(entry_id):
        found = CallListEntry.objects.select_related("call_list").get(pk=entry_id)
        both_have_read.wait(timeout=30)
        return found

    monkeypatch.setattr("callcenter.services.call_list_work.lock_entry", read_without_lock)
    raised = at_the_same_time(noting(entry, agents[0], "visit"), noting(entry, agents[0], "declined"))
    assert raised == [None, None]
    assert CallAttempt.objects.count() == 2
