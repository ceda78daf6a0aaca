"""Warnings before papers run out: each milestone once, nothing after the last day, whatever the worker slept through."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from staff.models import Notice, Outbox
from staff.tests.factories import make_user
from stores.tests.factories import make_store
from suppliers.models import LicenceMilestone, PartyContact
from suppliers.services.milestones import MILESTONES, tell_milestones
from suppliers.tests.factories_parties import make_licence, make_party, make_person, make_type

END = date(2027, 3, 1)


@pytest.fixture
def buyer(store_a):
    return make_user("buyer", [store_a], username="buyer1", email="buyer@example.com", phone="+8613800000001")


@pytest.fixture
def licence(store_a, buyer):
    party = make_party(store_a, status="supplier", buyer=buyer, short_name="之春")
    PartyContact.objects.create(
        party=party, name="王经理", phone="+8613900000002", email="wang@example.com", is_primary=True
    )
    return make_licence(party, make_type(), END)


def told():
    return list(LicenceMilestone.objects.filter(told=True).order_by("pk").values_list("days", flat=True))


def run(*days_left):
    return [tell_milestones(on=END - timedelta(days=left)) for left in days_left]


@pytest.mark.django_db
def test_every_milestone_is_told_once_through_notice_mail_and_text(licence, buyer):
    assert run(*range(70, -5, -1)).count(1) == 4
    assert told() == [60, 30, 7, 0]
    assert Notice.objects.filter(user=buyer).count() == 4
    assert Outbox.objects.filter(to="buyer@example.com", channel="email").count() == 4
    assert Outbox.objects.filter(to="+8613800000001", channel="sms").count() == 4
    assert Outbox.objects.filter(to="wang@example.com").count() == 4
    assert Outbox.objects.filter(to="+8613900000002").count() == 4
    assert "之春" in Notice.objects.filter(user=buyer).first().text


@pytest.mark.django_db
def test_three_days_without_a_worker_lose_no_milestone(licence):
    run(63, 59, 33, 29, 10, 6, 3, 0)
    assert told() == [60, 30, 7, 0]


@pytest.mark.django_db
def test_a_paper_recorded_late_tells_the_nearest_milestone_only(licence):
    assert run(5, 5, 4) == [1, 0, 0]
    assert told() == [7]
    assert LicenceMilestone.objects.filter(told=False).count() == 2


@pytest.mark.django_db
def test_after_the_last_day_nothing_is_said(licence):
    assert run(-1, -2, -30) == [0, 0, 0]
    assert Outbox.objects.count() == 0


@pytest.mark.django_db
def test_a_paper_without_a_last_day_and_one_renewed_are_silent(store_a, buyer):
    party = make_party(store_a, buyer=buyer)
    type = make_type()
    make_licence(party, type, None)
    new = make_licence(party, type, END + timedelta(days=365))
    make_licence(party, type, END, replaced_by=new)
    assert run(60, 30, 0) == [0, 0, 0]


@pytest.mark.django_db
def test_certificates_of_people_are_warned_about_by_name(store_a, buyer):
    party = make_party(store_a, buyer=buyer)
    person = make_person(party, name="李小红")
    make_licence(party, make_type("HC", holder="person", name="健康证"), END, person=person)
    assert run(30) == [1]
    assert "李小红" in Notice.objects.get(user=buyer).text


@pytest.mark.django_db
def test_without_a_buyer_in_charge_buyers_and_managers_of_its_stores_are_told(store_a, store_b):
    mine, manager = make_user("buyer", [store_a]), make_user("manager", [store_a])
    make_user("buyer", [store_b])
    make_licence(make_party(store_a), make_type(), END)
    run(60)
    assert set(Notice.objects.values_list("user", flat=True)) == {mine.pk, manager.pk}


class MilestonesUnderAnySchedule(TestCase):
    """Whichever nights the worker runs, milestones are told in order, at most once, and never late."""

    @settings(max_examples=40, deadline=None)
    @given(st.sets(st.integers(-10, 80), min_size=1, max_size=25))
    def test_any_nights(self, nights):
        licence = make_licence(make_party(make_store()), make_type(), END)
        nights = sorted(nights, reverse=True)
        expected, known = [], set()
        for left in nights:
            due = [days for days in MILESTONES if 0 <= left <= days and days not in known]
            if due:
                expected.append(min(due))
                known |= set(due)
        for left in nights:
            tell_milestones(on=END - timedelta(days=left))
            tell_milestones(on=END - timedelta(days=left))
        assert told() == expected
        assert licence.milestones.count() == len(known)
