"""What came of the calls of a send comes back to it."""

from decimal import Decimal

import pytest
from django.urls import reverse

from callcenter.models import CallList, CallListEntry
from callcenter.services.call_list_work import Result, note_outcome, take_next
from callcenter.services.call_lists import close_call_list
from callcenter.services.send_outcomes import tell_sends
from callcenter.tests.call_factories import make_agent, make_list, make_system
from campaigns.models import ContactLedger, Send, SendRecipient, Suppression, TrackEvent
from campaigns.services.pumping import pump
from campaigns.tests.send_factories import make_content, make_people, make_sending, open_always
from members.models import Consent, MemberPhone
from members.services.consent import last_word
from staff.roles import Role
from staff.tests.factories import make_user
from stores.models import Chain

pytestmark = pytest.mark.django_db
State = SendRecipient.State


@pytest.fixture
def agent(store_a):
    return make_agent(make_system(), "801", (store_a,))


@pytest.fixture
def called(store_a, ada):
    """A send whose six recipients are on its list, which is worked at any hour."""
    open_always()
    Chain.objects.filter(pk=1).update(settings={"quiet_hours": None})
    from campaigns.services.provider_profiles import provider_for

    profile = provider_for("phone")
    type(profile).objects.filter(pk=profile.pk).update(window_from="00:00", window_until="00:00", rate=1000, price=2)
    send = make_sending(make_people(6, store_a), "phone", content=make_content("phone", "请问您收到邀请了吗？"))
    Send.objects.filter(pk=send.pk).update(made_by=ada)
    assert pump(seconds=5) == 6
    made = CallList.objects.get(source_key=f"send:{send.pk}")
    CallList.objects.filter(pk=made.pk).update(call_from="00:00", call_until="23:59:59", most_attempts=1)
    made.refresh_from_db()
    send.refresh_from_db()
    return send, made


def note(made, agent, outcome: str) -> int:
    entry = take_next(call_list=made, actor=agent)
    note_outcome(entry_id=entry.pk, result=Result(outcome), actor=agent)
    return entry.member_id


def of(send, member_id) -> tuple[int, str]:
    return SendRecipient.objects.values_list("state", "reason").get(send_id=send.pk, member_id=member_id)


def test_each_result_comes_back(called, agent):
    send, made = called
    expected = {
        "interested": (State.DELIVERED, "call_yes"), "declined": (State.DELIVERED, "call_no"),
        "no_answer": (State.FAILED, "call_none"), "wrong": (State.FAILED, "call_wrong"),
        "never": (State.DELIVERED, "call_never"),
    }  # fmt: skip
    for outcome, kept in expected.items():
        assert of(send, note(made, agent, outcome)) == kept
    assert SendRecipient.objects.filter(send_id=send.pk, state=State.ACCEPTED, reason="").count() == 1


def test_who_is_tried_again_still_waits(called, agent):
    send, made = called
    CallList.objects.filter(pk=made.pk).update(most_attempts=3)
    made.refresh_from_db()
    assert of(send, note(made, agent, "busy")) == (State.ACCEPTED, "")


def test_never_again_is_refusal_suppression_and_opt_out(called, agent):
    send, made = called
    member_id = note(made, agent, "never")
    phone = MemberPhone.objects.get(member_id=member_id)
    assert phone.opt_out_call
    for purpose in Consent.Purpose.values:
        assert not last_word(phone.member, "phone", purpose).granted
    assert Suppression.objects.filter(channel="phone").count() == 1
    send.refresh_from_db()
    assert send.opt_out_count == 1
    assert (
        TrackEvent.objects.filter(send_id=send.pk, member_id=member_id, kind=TrackEvent.Kind.UNSUBSCRIBE).count() == 1
    )
    again = make_sending([phone.member], "phone", content=send.content)
    assert of(again, member_id)[0] == State.SKIPPED


def test_who_was_never_called_gives_contact_and_price_back(called, agent):
    send, made = called
    note(made, agent, "interested")
    assert send.spent == send.unit_price * 6 > 0
    close_call_list(list_id=made.pk, actor=agent)
    assert tell_sends() == 5
    assert tell_sends() == 0
    send.refresh_from_db()
    assert send.spent == send.unit_price
    assert sorted(ContactLedger.objects.filter(channel="phone").values_list("times", flat=True)) == [0] * 5 + [1]
    assert SendRecipient.objects.filter(send_id=send.pk, reason="call_not", state=State.FAILED).count() == 5


def test_who_could_not_be_put_on_the_list_is_told(called, agent):
    send, made = called
    gone = CallListEntry.objects.filter(call_list=made).first()
    member_id = gone.member_id
    gone.delete()
    assert tell_sends() == 1
    assert of(send, member_id) == (State.FAILED, "call_not")


def test_a_list_of_another_origin_tells_nobody(called, agent, ada, store_a):
    send, _made = called
    member = make_people(1, store_a)
    other = make_list(ada, store_a, member)
    note(other, agent, "interested")
    assert SendRecipient.objects.filter(send_id=send.pk, state=State.ACCEPTED).count() == 6


def test_the_pages_say_how_calls_ended(called, agent, client):
    send, made = called
    for outcome in ("interested", "declined", "no_answer"):
        member_id = note(made, agent, outcome)
    client.force_login(make_user(Role.MARKETER, all_stores=True))
    shown = client.get(reverse("campaigns:send_detail", args=[send.pk]))
    assert [one.count for one in shown.context["calls"]] == [1, 1, 0, 1, 0, 0, 3]
    why = client.get(reverse("campaigns:send_why", args=[send.pk, member_id])).content.decode()
    assert "Not reached" in why or "未接通" in why
    assert Decimal(0) < Send.objects.get(pk=send.pk).spent
