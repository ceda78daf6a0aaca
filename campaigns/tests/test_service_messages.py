"""Service messages: no yes is needed, a no is heard, nobody is held out."""

import pytest

from campaigns.models import SendRecipient
from campaigns.services.opting_out import opt_out_by_reply, unsubscribe
from campaigns.services.pumping import pump
from campaigns.tests.send_factories import keep_book, make_people, make_sending, open_always
from members.models import Consent
from members.services.consent import last_word, record_consent

pytestmark = pytest.mark.django_db
State = SendRecipient.State
SERVICE = Consent.Purpose.SERVICE


@pytest.fixture
def book(monkeypatch):
    return keep_book(monkeypatch, open_always())


def reasons(send) -> dict:
    return dict(SendRecipient.objects.filter(send_id=send.pk).exclude(reason="").values_list("member_id", "reason"))


def say(member, *, granted: bool, channel: str = "sms") -> None:
    record_consent(member_id=member.pk, channel=channel, granted=granted, actor=None, purpose=SERVICE, evidence="x")


def test_silence_is_enough_and_the_last_word_counts(book):
    silent, refuses, changed_mind, other_channel, no_offers = make_people(5)
    no_offers.__class__.objects.filter(pk=no_offers.pk).update(allows_sms=False)
    say(refuses, granted=True)
    say(refuses, granted=False)
    say(changed_mind, granted=False)
    say(changed_mind, granted=True)
    say(other_channel, granted=False, channel="email")
    send = make_sending([silent, refuses, changed_mind, other_channel, no_offers], purpose="service")
    assert reasons(send) == {refuses.pk: "no_service"}
    assert pump(seconds=5) == 4


def test_a_no_between_drawing_up_and_sending_is_heard(book):
    first, second = make_people(2)
    send = make_sending([first, second], purpose="service")
    say(second, granted=False)
    assert pump(seconds=5) == 1
    assert reasons(send) == {second.pk: "no_service"}


def test_offers_do_not_ask_about_service_messages(book):
    (member,) = make_people(1)
    say(member, granted=False)
    make_sending([member])
    assert pump(seconds=5) == 1


def test_nobody_is_held_out_of_service_messages(book):
    send = make_sending(make_people(30), purpose="service", holdout_share=5_000)
    assert not SendRecipient.objects.filter(send_id=send.pk, state=State.HOLDOUT).exists()


def test_unsubscribing_from_a_service_message_is_a_no_to_both(book):
    (member,) = make_people(1)
    send = make_sending([member], purpose="service")
    pump(seconds=5)
    for _time in range(2):
        unsubscribe(send_id=send.pk, member_id=member.pk)
    assert not last_word(member, "sms", SERVICE).granted
    member.refresh_from_db()
    assert not member.allows_sms
    assert member.consents.filter(purpose=SERVICE).count() == 1


def test_a_reply_to_an_offer_leaves_service_messages_alone(book):
    (member,) = make_people(1)
    phone = member.phones.get().e164
    offer = make_sending([member])
    pump(seconds=5)
    opt_out_by_reply(phone=phone, text="R", send_id=offer.pk)
    assert last_word(member, "sms", SERVICE) is None
    service = make_sending([member], purpose="service")
    assert pump(seconds=5) == 1
    opt_out_by_reply(phone=phone, text="R", send_id=service.pk)
    assert not last_word(member, "sms", SERVICE).granted
