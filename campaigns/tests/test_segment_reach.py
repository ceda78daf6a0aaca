"""Whom a send could reach today, as the builder says it: the same people a send would be drawn up for."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import ContactLedger, SendRecipient
from campaigns.rules.document import read_rule
from campaigns.rules.sql import Clock
from campaigns.services.opting_out import suppress
from campaigns.services.segment_reach import reach_today
from campaigns.services.segment_sample import draw_sample
from campaigns.tests.segment_factories import build, group, leaf
from campaigns.tests.send_factories import make_people, make_sending, open_always
from members.models import Member, MemberPhone
from stores.models import Store

pytestmark = pytest.mark.django_db
WOMEN = group("all", leaf("member.gender", "is_one_of", ["female"]))


@pytest.fixture
def role():
    return "marketer"


@pytest.fixture
def people(store_a, store_b):
    """Eight women: one without consent, one with a bad number, one suppressed, one contacted today, four free."""
    open_always()
    here = make_people(5, store_a, gender="female")
    there = make_people(3, store_b, gender="female")
    make_people(2, store_a, gender="male")
    Member.objects.filter(pk=here[0].pk).update(allows_sms=False)
    MemberPhone.objects.filter(member=here[1]).update(invalid=True)
    suppress(channel="sms", address=here[2].phones.get().e164, reason="reply")
    ContactLedger.objects.create(member=there[0], channel="sms", touched_on=timezone.localdate(), times=1)
    return here + there


def today(rule=WOMEN, **where):
    found = reach_today(read_rule(rule), clock=Clock.now(), **where)
    return found, {one.channel: one for one in found.channels}


def test_suppression_and_caps_are_taken_away(people):
    found, by_channel = today()
    sms = by_channel["sms"]
    assert (sms.able, sms.suppressed, sms.capped, sms.members) == (6, 1, 1, 4)
    assert by_channel["email"].members == 8
    assert not found.is_scaled


def test_it_is_whom_a_send_is_drawn_up_for(people):
    build(WOMEN["rules"][0])
    send = make_sending(people)
    waiting = SendRecipient.objects.filter(send_id=send.pk, state=SendRecipient.State.READY).count()
    assert waiting == today()[1]["sms"].members


def test_prices_are_those_of_the_members_stores(people, store_b):
    found, by_channel = today()
    assert not found.prices_differ
    assert by_channel["sms"].cost == Decimal("0.22")
    Store.objects.filter(pk=store_b.pk).update(settings={"sms_price": "1.00"})
    found, by_channel = today()
    assert found.prices_differ
    assert by_channel["sms"].cost == Decimal("2.11")
    assert today(store_id=store_b.pk)[1]["sms"].cost == Decimal("2.00")


def test_large_chains_are_estimated_from_the_sample(people, monkeypatch):
    monkeypatch.setattr("campaigns.services.segment_sample.SHARE", 1)
    draw_sample()
    monkeypatch.setattr("campaigns.selectors.segment_counts.SMALL_CHAIN", 3)
    from kit.remembered import Remembered

    Remembered.forget_all()
    assert today()[1]["sms"].members == 4


def test_the_builder_asks_for_it(client, ada, people):
    client.force_login(ada)
    data = {"rule": "x"}
    assert client.post(reverse("campaigns:segment_reach"), data).status_code == 200
    assert client.get(reverse("campaigns:segment_reach")).status_code == 405
