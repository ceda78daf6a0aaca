"""Two workers take from the same send at the same moment: each gets other recipients, and two sends of a day do not both
slip under a cap. Without the locks they do."""

import threading
from collections import Counter

import pytest
from django.utils import timezone

from campaigns.models import ContactLedger, SendRecipient
from campaigns.services import leasing
from campaigns.services.leasing import count_contacts, lease_batch
from campaigns.services.pumping import work_lease
from campaigns.tests.send_factories import keep_book, make_people, make_sending, open_always
from loyalty.tests.threads import at_the_same_time

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def book(monkeypatch):
    return keep_book(monkeypatch, open_always())


def working(send):
    def work():
        while lease := lease_batch(send_id=send.pk, most=5):
            work_lease(lease)

    return work


def test_four_workers_at_once_send_to_everybody_once(book):
    people = make_people(60)
    send = make_sending(people)
    assert at_the_same_time(*[working(send)] * 4) == [None] * 4
    assert book.times == Counter({one.pk: 1 for one in people})
    assert SendRecipient.objects.filter(send_id=send.pk, state=SendRecipient.State.ACCEPTED).count() == 60


def test_without_the_locks_two_workers_take_the_same_recipients(book, monkeypatch):
    """The control: both read who waits before either takes them, and nobody's lease is looked at again."""
    send = make_sending(make_people(5))
    both_have_read = threading.Barrier(2)
    taken = []

    def take_without_lock(send, most, now):
        rows = SendRecipient.objects.filter(send_id=send.pk, state=SendRecipient.State.READY)
        ids = list(rows.order_by("member_id").values_list("member_id", flat=True)[:most])
        both_have_read.wait(timeout=30)
        taken.append(ids)
        return [], 0

    from campaigns.models import Send

    monkeypatch.setattr("campaigns.services.leasing.lock_send", lambda pk: Send.objects.get(pk=pk))
    monkeypatch.setattr("campaigns.services.leasing.lock_provider", lambda pk: type(send.provider).objects.get(pk=pk))
    monkeypatch.setattr("campaigns.services.leasing._take", take_without_lock)
    assert at_the_same_time(*[lambda: leasing.lease_batch(send_id=send.pk)] * 2) == [None, None]
    assert taken[0] == taken[1]


def test_two_sends_at_once_count_under_the_cap(book):
    ids = sorted(one.pk for one in make_people(20))
    today = timezone.localdate()
    counted: list[set[int]] = []
    raised = at_the_same_time(*[lambda: counted.append(count_contacts("sms", ids, today))] * 4)
    assert raised == [None] * 4
    assert Counter(pk for one in counted for pk in one) == Counter(dict.fromkeys(ids, 1))
    assert set(ContactLedger.objects.values_list("times", flat=True)) == {1}


def test_without_the_lock_of_the_insert_both_count(book):
    """The control: both read how often somebody was contacted, then both count."""
    ids = [one.pk for one in make_people(3)]
    today = timezone.localdate()
    both_have_read = threading.Barrier(2)
    counted = []

    def count_naively():
        known = set(
            ContactLedger.objects.filter(member_id__in=ids, touched_on=today).values_list("member_id", flat=True)
        )
        both_have_read.wait(timeout=30)
        counted.append([pk for pk in ids if pk not in known])

    assert at_the_same_time(count_naively, count_naively) == [None, None]
    assert len(counted[0]) + len(counted[1]) == 6
