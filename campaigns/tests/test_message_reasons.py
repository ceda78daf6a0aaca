"""A message that reached the member is a reason to be here, and opens what was sent."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.message_reasons import message_reached
from campaigns.models import SendRecipient
from campaigns.providers.protocol import Verdict
from campaigns.services.pumping import pump
from campaigns.tests.send_factories import keep_book, make_content, make_people, make_sending, open_always
from kit.testing import counted_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(monkeypatch):
    return keep_book(monkeypatch, open_always())


def found(rf, user, member, days=7):
    request = rf.get("/")
    request.user = user
    return list(message_reached(request, member, days))


def test_reached_within_the_days_and_opens_what_was_sent(rf, client, ada, book, store_a):
    member, other = make_people(2, store_a, name="王芳")
    send = make_sending([member], content=make_content(body="{name|会员}您好"))
    pump(seconds=5)
    ((said, url, on),) = found(rf, ada, member)
    assert send.name in said
    assert on == timezone.localdate()
    assert found(rf, ada, other) == []
    client.force_login(ada)
    assert "王芳您好" in client.get(url).content.decode()
    back = timezone.now() - timedelta(days=9)
    SendRecipient.objects.filter(send_id=send.pk).update(accepted_at=back)
    assert found(rf, ada, member, 7) == []
    assert len(found(rf, ada, member, 10)) == 1


def test_what_never_arrived_is_no_reason(rf, ada, book, store_a):
    (member,) = make_people(1, store_a)
    book.says = lambda _message: Verdict.REFUSED
    make_sending([member])
    pump(seconds=5)
    assert found(rf, ada, member) == []


def test_a_fixed_number_of_queries(rf, ada, book, store_a):
    (member,) = make_people(1, store_a)
    for _number in range(4):
        make_sending([member], purpose="service")
    pump(seconds=5)
    with counted_queries() as queries:
        assert len(found(rf, ada, member)) == 3
    assert len(queries) <= 3


def test_only_who_serves_the_member_reads_it(client, ada, ben, cho, book, store_a):
    member, other = make_people(2, store_a)
    send = make_sending([member])
    pump(seconds=5)
    url = reverse("campaigns:member_message", args=[send.pk, member.pk])
    client.force_login(ada)
    assert client.get(url).status_code == 200
    assert client.get(reverse("campaigns:member_message", args=[send.pk, other.pk])).status_code == 404
    assert client.get(reverse("campaigns:member_message", args=[send.pk, 10**17])).status_code == 404
    client.force_login(cho)
    assert client.get(url).status_code == 403
