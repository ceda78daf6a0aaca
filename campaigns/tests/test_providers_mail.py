"""An e-mail service through django-anymail, against a server that keeps its own book and misbehaves."""

import json
from collections import Counter

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from campaigns.models import InboxEvent, ProviderProfile, Send, SendRecipient, Suppression
from campaigns.providers import mail_service, registry
from campaigns.providers.protocol import Verdict
from campaigns.services import callbacks
from campaigns.services.inbox import work_on_inbox
from campaigns.services.preflight import findings_of
from campaigns.services.provider_profiles import install_providers
from campaigns.services.pumping import pump
from campaigns.services.reconciling import reconcile_send
from campaigns.services.sends import resume_send
from campaigns.tests.fakes.mailgun import DOMAIN, HOOK_KEY, KEY, FakeMailgun, signature
from campaigns.tests.fakes.server import TAKES, Mood
from campaigns.tests.send_factories import make_content, make_people, make_sending
from members.models import Member

State = SendRecipient.State


def set_access(settings, url: str, key: str = KEY) -> None:
    settings.MAIL_SERVICE, settings.MAIL_SERVICE_KEY = "mailgun", key
    settings.ANYMAIL = {
        "MAILGUN_API_KEY": key, "MAILGUN_API_URL": f"{url}/v3", "MAILGUN_SENDER_DOMAIN": DOMAIN,
        "MAILGUN_WEBHOOK_SIGNING_KEY": HOOK_KEY,
    }  # fmt: skip
    registry.forget_providers()


@pytest.fixture
def fake(db, settings):
    fake = FakeMailgun()
    set_access(settings, fake.url)
    install_providers()
    ProviderProfile.objects.filter(key="anymail").update(is_active=True, timeout_seconds=2, rate=10_000)
    yield fake
    registry.forget_providers()
    fake.close()


def send_to(people) -> Send:
    profile = ProviderProfile.objects.get(key="anymail")
    send = make_sending(people, channel="email", provider=profile, content=make_content("email", "您好 {unsubscribe}"))
    Send.objects.filter(pk=send.pk).update(most_failures=10_000)
    return send


def rows_of(send) -> dict[int, SendRecipient]:
    return {row.member_id: row for row in SendRecipient.objects.filter(send_id=send.pk)}


def tell(client, told, *, status: int = 200, name: str = "callback") -> None:
    url = reverse(f"track:{name}", args=["anymail", callbacks.seal_of("anymail")])
    posted = {"data": json.dumps(told), "content_type": "application/json"} if name == "callback" else {"data": told}
    assert client.post(url, **posted).status_code == status


def compare(fake, send, people) -> None:
    """The provider's book and ours, row by row."""
    book = Counter(one.key for one in fake.book)
    assert max(Counter(one.to for one in fake.book).values(), default=0) <= 1, "somebody got it twice"
    for member in people:
        row = rows_of(send)[member.pk]
        times = book[f"{send.pk}.{member.pk}.{row.attempt_id}"]
        if row.state in (State.ACCEPTED, State.DELIVERED):
            assert times == 1
        elif row.state == State.READY:
            assert times == 0
        else:
            assert row.state in (State.UNKNOWN, State.FAILED)
            assert row.reason


def test_a_mail_carries_who_it_is_for_and_how_to_stop_it(fake):
    member = make_people(1)[0]
    send = send_to([member])
    assert pump(seconds=5) == 1
    row = rows_of(send)[member.pk]
    words = fake.book[0].words
    assert (words["v:send"], words["v:member"], words["v:attempt"]) == (
        str(send.pk),
        str(member.pk),
        str(row.attempt_id),
    )
    assert words["to"] == member.email
    assert words["h:List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/t/u/" in words["h:List-Unsubscribe"]
    assert "您好" in words["text"]
    assert "<p>" in words["html"]
    assert (words["o:tracking-clicks"], words["o:tracking-opens"]) == ("no", "no")
    assert row.state == State.ACCEPTED


def test_every_mood_at_once_then_told(fake, client):
    moods = [mood for mood in Mood if mood is not Mood.NO_MONEY] * 2
    people = make_people(len(moods))
    by_address = {one.email: mood for one, mood in zip(people, moods, strict=True)}
    fake.mood = by_address.__getitem__
    send = send_to(people)
    pump(seconds=1)
    expected = {
        Mood.FINE: (State.ACCEPTED, ""), Mood.BAD_NUMBER: (State.FAILED, "refused"),
        Mood.THROTTLED_ONCE: (State.READY, "later"),
    }  # fmt: skip
    for member, mood in zip(people, moods, strict=True):
        row = rows_of(send)[member.pk]
        assert (row.state, row.reason) == expected.get(mood, (State.UNKNOWN, "no_answer")), mood
    compare(fake, send, people)
    reconcile_send(send_id=send.pk)
    # It cannot be asked: every unknown stays on the list until a webhook tells.
    listed = {pk for pk, row in rows_of(send).items() if row.state == State.UNKNOWN}
    assert {row.reason for pk, row in rows_of(send).items() if pk in listed} == {"unclear"}
    for receipt in [fake.receipt(one) for one in fake.book][::-1] * 2:
        tell(client, receipt)
    work_on_inbox()
    for member, mood in zip(people, moods, strict=True):
        state = rows_of(send)[member.pk].state
        if mood in TAKES and mood is not Mood.THROTTLED_ONCE:
            assert state == State.DELIVERED, mood
        elif member.pk in listed:
            assert state == State.UNKNOWN
    compare(fake, send, people)
    assert InboxEvent.objects.count() == len(fake.book)


@hypothesis_settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(moods=st.lists(st.sampled_from([mood for mood in Mood if mood is not Mood.SLOW]), min_size=1, max_size=5))
def test_however_it_misbehaves_nobody_gets_it_twice(fake, moods):
    people = make_people(len(moods))
    fake.mood = dict(zip([one.email for one in people], moods, strict=True)).__getitem__
    send = send_to(people)
    for _round in range(3):
        pump(seconds=0.2, idle=0.01)
        SendRecipient.objects.filter(send_id=send.pk, state=State.READY).update(not_before=None)
        reconcile_send(send_id=send.pk)
        send.refresh_from_db()
        if send.held == Send.Held.PROVIDER:
            resume_send(send_id=send.pk, actor=None)
    compare(fake, send, people)
    Send.objects.filter(pk=send.pk).update(state="done", held="")


def test_a_wrong_key_is_refused_and_nobody_is_lost(fake, settings):
    set_access(settings, fake.url, key="another one")
    send = send_to(make_people(2))
    pump(seconds=1)
    assert (fake.refused_signatures, fake.book) == (2, [])
    send.refresh_from_db()
    assert (send.state, send.held) == ("paused", "provider")
    assert {row.state for row in rows_of(send).values()} == {State.READY}


def test_a_webhook_with_a_wrong_signature_or_seal_writes_nothing(fake, client):
    send = send_to(make_people(1))
    pump(seconds=5)
    forged = {**fake.receipt(fake.book[0]), "signature": signature("x" * 50, "another key")}
    tell(client, forged, status=400)
    tell(client, {"signature": forged["signature"]}, status=400)
    tell(client, [1], status=400)
    assert (
        client.post(reverse("track:callback", args=["anymail", "forged"]), "{}", "application/json").status_code == 404
    )
    posted = client.post(reverse("track:callback_mail", args=["anymail", "forged"]), {})
    assert posted.status_code == 404
    reply = {**fake.inbound("a@example.org", "退订"), **signature("y", "another key")}
    tell(client, reply, status=400, name="callback_mail")
    assert not InboxEvent.objects.exists()
    assert rows_of(send)


def test_only_a_post_of_an_email_service_is_read_as_one(fake, client):
    url = reverse("track:callback_mail", args=["aliyun", callbacks.seal_of("aliyun")])
    assert client.post(url, {}).status_code == 404


@pytest.mark.parametrize(
    ("event", "facts", "expected", "suppressed"),
    [
        ("failed", {"severity": "permanent", "reason": "bounce"}, (State.FAILED, "bounced"), "bounce"),
        ("failed", {"severity": "temporary", "reason": "generic"}, (State.ACCEPTED, ""), None),
        ("rejected", {"reject": {"reason": "spam"}}, (State.FAILED, "not_delivered"), None),
        ("complained", {}, (State.ACCEPTED, ""), "complaint"),
        ("unsubscribed", {}, (State.ACCEPTED, ""), None),
        ("opened", {}, (State.ACCEPTED, ""), None),
    ],
)
def test_each_event_means_its_own(fake, client, event, facts, expected, suppressed):
    member = make_people(1)[0]
    send = send_to([member])
    pump(seconds=5)
    tell(client, fake.receipt(fake.book[0], event, **facts))
    work_on_inbox()
    row = rows_of(send)[member.pk]
    assert (row.state, row.reason) == expected
    assert [one.reason for one in Suppression.objects.all()] == ([suppressed] if suppressed else [])
    member.refresh_from_db()
    assert member.allows_email == (event not in ("complained", "unsubscribed"))


@pytest.mark.parametrize("how", ["our key", "its number", "nothing"])
def test_an_answer_that_means_no_is_an_opt_out(fake, client, how):
    member = make_people(1)[0]
    send = send_to([member])
    pump(seconds=5)
    entry = fake.book[0]
    answers = {"our key": f"<{entry.key}@example.org>", "its number": f"<{entry.number}>", "nothing": ""}[how]
    for _time in range(2):
        tell(client, fake.inbound(f"王芳 <{member.email}>", "退订\n\n> 您好", answers), name="callback_mail")
    work_on_inbox()
    member.refresh_from_db()
    assert not member.allows_email
    assert InboxEvent.objects.count() == 1
    assert Suppression.objects.count() == (how == "nothing")
    send.refresh_from_db()
    assert send.opt_out_count == (how != "nothing")


def test_a_friendly_answer_changes_nothing(fake, client):
    member = make_people(1)[0]
    send_to([member])
    pump(seconds=5)
    tell(client, fake.inbound(member.email, "谢谢,周末见"), name="callback_mail")
    work_on_inbox()
    assert Member.objects.get(pk=member.pk).allows_email


@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
            st.sampled_from(["event", "message", "headers", "message-id", "user-variables", "timestamp", "reason", "severity"]),
            inner, max_size=6,
        ),
        max_leaves=12,
    )
)  # fmt: skip
def test_nothing_strange_in_a_signed_webhook_hurts(fake, client, data):
    url = reverse("track:callback", args=["anymail", callbacks.seal_of("anymail")])
    words = {"signature": signature("t"), "event-data": data}
    assert client.post(url, json.dumps(words), "application/json").status_code in (200, 400)
    work_on_inbox()


@given(st.integers(100, 599), st.text(max_size=30))
def test_no_status_is_taken_for_a_yes(status, words):
    assert mail_service.outcome_of(status, words).verdict in (Verdict.LATER, Verdict.UNKNOWN, Verdict.REFUSED)


def test_what_is_missing_for_a_connection_is_said(fake, settings):
    send = send_to(make_people(1))
    settings.MAIL_SERVICE_KEY = ""
    assert "CRM_MAIL_SERVICE_KEY" in findings_of(send)[0].text
