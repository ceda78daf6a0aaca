"""Aliyun and Tencent against servers that keep their own book and misbehave: nobody twice, everybody in a named state,
every unknown listed, and the two books compared row by row."""

import json
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from campaigns.models import (
    ContactLedger,
    InboxEvent,
    ProviderMessage,
    ProviderProfile,
    Send,
    SendRecipient,
    Suppression,
)
from campaigns.providers import aliyun, registry, tencent
from campaigns.providers.protocol import Message, Verdict
from campaigns.services import callbacks, sends
from campaigns.services.inbox import find_places_of_strays, work_on_inbox
from campaigns.services.preflight import findings_of
from campaigns.services.provider_profiles import install_providers
from campaigns.services.pumping import pump
from campaigns.services.reconciling import reconcile_send
from campaigns.tests.fakes.aliyun import FakeAliyun
from campaigns.tests.fakes.server import TAKES, Mood
from campaigns.tests.fakes.tencent import APP, FakeTencent
from campaigns.tests.send_factories import make_content, make_people, make_sending, open_always
from members.models import MemberPhone
from staff.models import AuditEntry

State = SendRecipient.State
FAKES = {"aliyun": FakeAliyun, "tencent": FakeTencent}
ACCESS = {
    "ALIYUN_KEY_ID": "LTAI-test", "ALIYUN_KEY_SECRET": "aliyun-secret", "TENCENT_KEY_ID": "AKID-test",
    "TENCENT_KEY_SECRET": "tencent-secret", "TENCENT_SMS_APP": APP,
}  # fmt: skip
# What nobody can know from the answer alone.
DOUBTFUL = frozenset({Mood.BROKEN_BEFORE, Mood.BROKEN_AFTER, Mood.CUT_BEFORE, Mood.CUT_AFTER, Mood.SLOW, Mood.NONSENSE})


class Desk:
    """A send over one of the providers, and the server on the other side."""

    def __init__(self, key: str, settings) -> None:
        self.key, self.fake = key, FAKES[key]()
        for name, value in ACCESS.items():
            setattr(settings, name, value)
        setattr(settings, f"{key.upper()}_URL", self.fake.url)
        install_providers()
        open_always()
        self.profile = ProviderProfile.objects.get(key=key)
        self.change(
            is_active=True, signature="海信广场", timeout_seconds=2, ask_after_minutes=1, rate=10_000, allows_variables=True,
            window_from="00:00", window_until="00:00",
        )  # fmt: skip
        registry.forget_providers()

    def change(self, **fields: object) -> None:
        ProviderProfile.objects.filter(pk=self.profile.pk).update(**fields)
        self.profile.refresh_from_db()

    def send_to(self, people, **fields: object) -> Send:
        content = make_content(provider_template="SMS_1", **fields)
        send = make_sending(people, provider=self.profile, content=content)
        Send.objects.filter(pk=send.pk).update(most_failures=10_000)
        send.refresh_from_db()
        return send

    def number(self, member) -> str:
        e164 = member.phones.get().e164
        return aliyun.plain_number(e164) if self.key == "aliyun" else e164

    def moods(self, people, moods) -> None:
        by_number = {self.number(one): mood for one, mood in zip(people, moods, strict=True)}
        self.fake.mood = by_number.__getitem__

    def tell(self, client, told) -> None:
        url = reverse("track:callback", args=[self.key, callbacks.seal_of(self.key)])
        answer = client.post(url, json.dumps(told), "application/json")
        assert answer.status_code == 200
        assert answer.json() == {"code": 0, "msg": "ok", "result": 0, "errmsg": "OK"}

    def close(self) -> None:
        registry.forget_providers()
        self.fake.close()


@pytest.fixture(params=sorted(FAKES))
def desk(request, db, settings):
    desk = Desk(request.param, settings)
    yield desk
    desk.close()


def rows_of(send) -> dict[int, SendRecipient]:
    return {row.member_id: row for row in SendRecipient.objects.filter(send_id=send.pk)}


def make_older(send, by: timedelta = timedelta(minutes=5)) -> None:
    rows = SendRecipient.objects.filter(send_id=send.pk)
    rows.update(changed_at=timezone.now() - by)
    rows.filter(state__in=(State.READY, State.UNKNOWN)).update(not_before=None)


def compare(desk, send, people) -> None:
    """The provider's book and ours, row by row."""
    book = {(one.key, one.to) for one in desk.fake.book}
    assert len(book) == len(desk.fake.book)
    taken = Counter(one.to for one in desk.fake.book)
    assert all(times == 1 for times in taken.values()), "somebody got it twice"
    for member in people:
        row = rows_of(send)[member.pk]
        key = f"{send.pk}.{member.pk}.{row.attempt_id}"
        if row.state in (State.ACCEPTED, State.DELIVERED):
            assert (key, desk.number(member)) in book
        elif row.state == State.UNKNOWN:
            assert row.reason
        elif row.state in (State.FAILED, State.READY):
            receipts = {one.key: one.arrived for one in desk.fake.book}
            assert receipts.get(key) is not True
        else:
            pytest.fail(f"{row.state} is no state to end in")


def test_a_message_goes_out_signed_with_our_key_and_its_values(desk):
    people = make_people(3, name="王芳")
    send = desk.send_to(people, body="{name}您好,{store|中山路店}本周末有活动")
    assert pump(seconds=5) == 3
    rows = rows_of(send)
    assert {one.key for one in desk.fake.book} == {f"{send.pk}.{pk}.{row.attempt_id}" for pk, row in rows.items()}
    assert {row.state for row in rows.values()} == {State.ACCEPTED}
    assert desk.fake.refused_signatures == 0
    words = desk.fake.book[0].words
    if desk.key == "aliyun":
        assert words == {"template": "SMS_1", "params": '{"name": "王芳", "store": "中山路店"}', "sign": "海信广场"}
    else:
        assert words == {"TemplateId": "SMS_1", "TemplateParamSet": ["王芳", "中山路店"], "SignName": "海信广场"}
    compare(desk, send, people)


def test_every_mood_at_once_then_asked_then_told(desk, client):
    moods = [mood for mood in Mood if mood is not Mood.NO_MONEY] * 2
    people = make_people(len(moods))
    desk.moods(people, moods)
    send = desk.send_to(people)
    pump(seconds=1)
    before = rows_of(send)
    for member, mood in zip(people, moods, strict=True):
        row = before[member.pk]
        expected = {
            Mood.FINE: (State.ACCEPTED, ""), Mood.BAD_NUMBER: (State.FAILED, "bad_number"),
            Mood.THROTTLED_ONCE: (State.READY, "later"),
        }  # fmt: skip
        assert (row.state, row.reason) == expected.get(mood, (State.UNKNOWN, "no_answer")), mood
    compare(desk, send, people)

    desk.fake.mood = lambda _to: Mood.FINE
    make_older(send)
    reconcile_send(send_id=send.pk)
    asked = rows_of(send)
    for member, mood in zip(people, moods, strict=True):
        if mood in DOUBTFUL and desk.key == "aliyun":
            assert asked[member.pk].state == (State.ACCEPTED if mood in TAKES else State.READY), mood
        elif mood in DOUBTFUL:
            # Receipts are all Tencent can be asked for: what has none is not known to be absent.
            assert asked[member.pk].state == (State.DELIVERED if mood in TAKES else State.UNKNOWN), mood
    make_older(send)
    pump(seconds=1)
    compare(desk, send, people)

    for number, entry in enumerate(desk.fake.book):
        entry.arrived = number % 5 != 0
    receipts = desk.fake.receipts()
    desk.tell(client, receipts[::-1])
    desk.tell(client, receipts)
    work_on_inbox()
    desk.tell(client, receipts)
    work_on_inbox()
    after = rows_of(send)
    arrived = {one.key: one.arrived for one in desk.fake.book}
    for member in people:
        row = after[member.pk]
        said = arrived.get(f"{send.pk}.{member.pk}.{row.attempt_id}")
        if said is True:
            assert row.state == State.DELIVERED
        elif said is False:
            assert row.state == State.FAILED or asked[member.pk].state == State.DELIVERED
    compare(desk, send, people)
    assert InboxEvent.objects.count() == len(receipts)
    send.refresh_from_db()
    charged = sum(row.state in (State.ACCEPTED, State.DELIVERED, State.UNKNOWN) for row in after.values())
    assert send.spent == send.unit_price * charged
    counted = sum(ContactLedger.objects.filter(channel="sms").values_list("times", flat=True))
    assert counted == sum(row.state not in (State.FAILED, State.READY) for row in after.values())


@hypothesis_settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_however_it_misbehaves_nobody_gets_it_twice(desk, data):
    drawn = st.lists(st.sampled_from([mood for mood in Mood if mood is not Mood.SLOW]), min_size=2, max_size=5)
    rounds = data.draw(st.integers(1, 3))
    people = make_people(len(data.draw(drawn, label="people")))
    send = desk.send_to(people)
    start = len(desk.fake.book)
    for _round in range(rounds):
        moods = data.draw(st.lists(st.sampled_from(Mood), min_size=len(people), max_size=len(people)))
        desk.moods(people, [mood if mood is not Mood.SLOW else Mood.CUT_AFTER for mood in moods])
        pump(seconds=0.3, idle=0.01)
        make_older(send)
        reconcile_send(send_id=send.pk)
        send.refresh_from_db()
        if send.held == Send.Held.PROVIDER:
            sends.resume_send(send_id=send.pk, actor=None)
    book, desk.fake.book = desk.fake.book, desk.fake.book[start:]
    compare(desk, send, people)
    desk.fake.book = book
    Send.objects.filter(pk=send.pk).update(state="done", held="")


def test_a_wrong_secret_is_refused_and_nobody_is_lost(desk, settings):
    setattr(settings, f"{desk.key.upper()}_KEY_SECRET", "another one")
    registry.forget_providers()
    people = make_people(4)
    send = desk.send_to(people)
    pump(seconds=1)
    assert desk.fake.refused_signatures == 4
    assert desk.fake.book == []
    send.refresh_from_db()
    assert (send.state, send.held, send.spent) == ("paused", "provider", 0)
    assert {row.state for row in rows_of(send).values()} == {State.READY}
    assert "ignature" in AuditEntry.objects.get(action="campaigns.send_paused").data["said"]
    settings.ALIYUN_KEY_SECRET, settings.TENCENT_KEY_SECRET = ACCESS["ALIYUN_KEY_SECRET"], ACCESS["TENCENT_KEY_SECRET"]
    registry.forget_providers()
    for _time in range(3):
        sends.resume_send(send_id=send.pk, actor=None)
        pump(seconds=1)
    assert {row.state for row in rows_of(send).values()} == {State.ACCEPTED}
    compare(desk, send, people)


def test_without_money_the_send_waits_for_a_person_and_nobody_is_given_up(desk):
    people = make_people(3)
    send = desk.send_to(people)
    desk.fake.mood = lambda _to: Mood.NO_MONEY
    for _time in range(7):
        pump(seconds=1)
        send.refresh_from_db()
        assert (send.state, send.held) == ("paused", "provider")
        sends.resume_send(send_id=send.pk, actor=None)
    desk.fake.mood = lambda _to: Mood.FINE
    pump(seconds=1)
    assert {row.state for row in rows_of(send).values()} == {State.ACCEPTED}
    compare(desk, send, people)


def test_where_nobody_listens_everybody_waits(desk, settings):
    setattr(settings, f"{desk.key.upper()}_URL", "http://127.0.0.1:9")
    registry.forget_providers()
    send = desk.send_to(make_people(3))
    pump(seconds=1)
    assert {(row.state, row.reason) for row in rows_of(send).values()} == {(State.READY, "later")}


@pytest.mark.parametrize("text", ["R", "T", "TD", "拒收"])
def test_a_reply_that_means_no_counts_against_the_send_it_answers(desk, client, text):
    people = make_people(2)
    send = desk.send_to(people)
    pump(seconds=5)
    desk.tell(client, desk.fake.reply(desk.number(people[0]), text))
    desk.tell(client, [desk.fake.reply(desk.number(people[0]), text)])
    work_on_inbox()
    people[0].refresh_from_db()
    assert not people[0].allows_sms
    assert Suppression.objects.get().reason == "reply"
    send.refresh_from_db()
    assert send.opt_out_count == 1


def test_a_receipt_that_comes_before_its_number_is_written_down_finds_its_place(desk, client):
    member = make_people(1)[0]
    send = desk.send_to([member])
    entry = desk.fake.take(f"{send.pk}.{member.pk}.1", desk.number(member), {})
    desk.tell(client, desk.fake.receipts())
    work_on_inbox()
    event = InboxEvent.objects.get()
    if desk.key == "aliyun":
        # Its receipts carry our own key.
        assert event.state == "done"
        return
    assert event.state == "stray"
    assert find_places_of_strays() == 0
    ProviderMessage.objects.create(provider=desk.profile, message_id=entry.number, key=entry.key)
    assert find_places_of_strays() == 1
    work_on_inbox()
    event.refresh_from_db()
    assert event.state == "done"


def test_an_unknown_is_asked_about_less_and_less_and_never_about_another_number(desk):
    people = make_people(2)
    desk.moods(people, [Mood.CUT_BEFORE, Mood.CUT_AFTER])
    send = desk.send_to(people)
    pump(seconds=1)
    MemberPhone.objects.filter(member__in=people).update(e164="+8613700001234")
    make_older(send)
    reconcile_send(send_id=send.pk)
    assert {row.state for row in rows_of(send).values()} == {State.UNKNOWN}
    assert all(row.not_before > timezone.now() + timedelta(minutes=4) for row in rows_of(send).values())


def test_what_is_missing_for_a_connection_is_said_before_anything_is_sent(desk, settings):
    send = desk.send_to(make_people(1))
    assert not [one for one in findings_of(send) if one.refuses]
    setattr(settings, f"{desk.key.upper()}_KEY_SECRET", "")
    assert f"CRM_{desk.key.upper()}_KEY_SECRET" in findings_of(send)[0].text


def test_a_filed_template_has_one_wording(desk):
    people = make_people(1, language="en", name="王芳", name_en="Fang")
    content = make_content(body="你好 {name}", body_en="Hello {name}", provider_template="SMS_1")
    make_sending(people, provider=desk.profile, content=content)
    pump(seconds=5)
    words = desk.fake.book[0].words
    assert "Fang" in json.dumps(words)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_code_is_taken_for_a_yes(code, message):
    for read in (aliyun.outcome_of, tencent.outcome_of):
        assert read(code, message).verdict in (Verdict.LATER, Verdict.UNKNOWN, Verdict.REFUSED)


def test_codes_mean_what_they_say():
    assert aliyun.outcome_of("isp.SYSTEM_ERROR", "").verdict is Verdict.UNKNOWN
    assert aliyun.outcome_of("isv.BUSINESS_LIMIT_CONTROL", "").verdict is Verdict.LATER
    assert aliyun.outcome_of("ServiceUnavailable", "", 503).verdict is Verdict.UNKNOWN
    assert aliyun.outcome_of("isv.MOBILE_NUMBER_ILLEGAL", "").reason == "bad_number"
    assert aliyun.outcome_of("isv.SMS_TEMPLATE_ILLEGAL", "").is_blocked
    assert tencent.outcome_of("InternalError.Timeout", "").verdict is Verdict.UNKNOWN
    assert tencent.outcome_of("LimitExceeded.PhoneNumberDailyLimit", "").verdict is Verdict.LATER
    assert not tencent.outcome_of("LimitExceeded.PhoneNumberDailyLimit", "").is_blocked
    assert tencent.outcome_of("LimitExceeded.AppDailyLimit", "").is_blocked
    assert tencent.outcome_of("FailedOperation.PhoneNumberInBlacklist", "").reason == "on_blacklist"


def test_no_package_is_loaded_where_it_is_not_used():
    script = (
        "import os, django, sys; os.environ['DJANGO_SETTINGS_MODULE']='crm_site.settings_test'; django.setup();"
        "import campaigns.services.pumping, campaigns.urls;"
        "print([one for one in ('alibabacloud_dysmsapi20170525', 'tencentcloud', 'requests', 'anymail', 'smpplib') if one in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_message_to_another_country_keeps_its_code():
    assert aliyun.plain_number("+8613800000000") == "13800000000"
    assert aliyun.plain_number("+85261234567") == "85261234567"
    assert Message(1, 2, "+1", "x", attempt_id=3).key == "1.2.3"
