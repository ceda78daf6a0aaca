"""Openings, clicks, unsubscription, choices and callbacks, as mail programs and providers ask for them."""

import json
import re
from datetime import timedelta
from email import message_from_bytes, policy
from io import BytesIO

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import InboxEvent, Send, SendRecipient, Suppression, TrackEvent
from campaigns.providers.mime import as_mail
from campaigns.providers.protocol import Message, parse_key
from campaigns.services import callbacks, tracking
from campaigns.services.inbox import is_stop, take_callbacks, work_on_inbox
from campaigns.services.links import CHOICES, CLICK, OPEN, TRAP, read_token, token_for
from campaigns.services.pumping import pump
from campaigns.tests.send_factories import keep_book, make_content, make_people, make_sending, open_always
from members.models import Consent, Member
from staff.models import Outbox

State = SendRecipient.State
BROWSER = {"HTTP_USER_AGENT": "Mozilla/5.0 (Windows NT 10.0) Chrome/130"}


@pytest.fixture
def book(monkeypatch, db):
    return keep_book(monkeypatch, open_always())


@pytest.fixture
def sent(book):
    """An e-mail somebody got an hour ago."""
    body = "{name}您好：\n\nhttps://example.com/a?x=1&y=2 或 https://example.com/b\n\n{unsubscribe}"
    member = make_people(1, name="王芳")[0]
    send = make_sending([member], "email", content=make_content("email", body))
    pump(seconds=5)
    SendRecipient.objects.filter(send_id=send.pk).update(accepted_at=timezone.now() - timedelta(hours=1))
    return send, member, book.taken[0]


def events() -> list[tuple]:
    return list(TrackEvent.objects.order_by("at").values_list("kind", "link_no", "suspicion"))


def hrefs(message: Message) -> list[str]:
    return [one.replace("&amp;", "&") for one in re.findall(r'(?:href|src)="http://[^/]+([^"]+)"', message.html)]


@pytest.mark.django_db
def test_a_click_is_written_down_and_leads_to_the_stored_target(client, sent):
    _send, _member, message = sent
    first, second, *_rest = hrefs(message)
    response = client.get(first, **BROWSER)
    assert (response.status_code, response.url) == (302, "https://example.com/a?x=1&y=2")
    assert client.get(second, **BROWSER).url == "https://example.com/b"
    assert [(kind, link) for kind, link, _s in events()] == [(2, 1), (2, 2)]
    assert events()[0][2] == 0
    assert not response.cookies


@pytest.mark.django_db
def test_the_picture_is_the_same_for_everybody(client, sent):
    dot = next(one for one in hrefs(sent[2]) if "/t/o/" in one)
    known, strange = client.get(dot, **BROWSER), client.get("/t/o/nonsense/")
    assert known.content == strange.content
    assert len(events()) == 1


@pytest.mark.django_db
def test_machines_are_told_apart(client, sent):
    send, member, message = sent
    first = hrefs(message)[0]
    client.head(first, **BROWSER)
    client.get(first, HTTP_USER_AGENT="Barracuda Sentinel")
    client.get(reverse("track:click", args=[token_for(CLICK, send.pk, member.pk, TRAP)]), **BROWSER)
    SendRecipient.objects.filter(send_id=send.pk).update(accepted_at=timezone.now())
    client.get(first, **BROWSER)
    assert all(suspicion >= tracking.SUSPICIOUS for _kind, _link, suspicion in events())
    assert len(events()) == 4


@pytest.mark.django_db
def test_a_foreign_link_leads_nowhere(client, sent):
    send, member, _message = sent
    good = token_for(CLICK, send.pk, member.pk, 1)
    for token in (
        good[:-2] + "AA",
        token_for(OPEN, send.pk, member.pk, 1),
        token_for(CLICK, send.pk, member.pk, 77),
        "x",
    ):
        assert client.get(reverse("track:click", args=[token])).status_code == 404
    assert events() == []


@given(st.binary(max_size=60))
def test_no_word_of_others_is_read(raw):
    import base64

    assert read_token(CLICK, base64.urlsafe_b64encode(raw).decode().rstrip("=")) is None


@given(st.integers(1, 4), st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**16 - 1))
def test_our_words_say_what_we_put_in(purpose, send_id, member_id, number):
    assert read_token(purpose, token_for(purpose, send_id, member_id, number)) == (send_id, member_id, number)


@pytest.mark.django_db
def test_events_are_never_changed(client, sent):
    client.get(hrefs(sent[2])[0], **BROWSER)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_trackevent SET suspicion = 0")


@pytest.mark.django_db
def test_unsubscribing_takes_one_click_and_looking_takes_none(client, sent):
    send, member, message = sent
    url = message.unsubscribe_url.partition("/t/")[2]
    assert client.get(f"/t/{url}").status_code == 200
    client.head(f"/t/{url}")
    member.refresh_from_db()
    assert member.allows_email
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    response = strict.post(f"/t/{url}", {"List-Unsubscribe": "One-Click"})
    assert (response.status_code, len(response.cookies)) == (200, 0)
    strict.post(f"/t/{url}", {"List-Unsubscribe": "One-Click"})
    member.refresh_from_db()
    assert not member.allows_email
    assert Consent.objects.filter(member=member, channel="email", source="unsubscribe").count() == 1
    assert Send.objects.get(pk=send.pk).opt_out_count == 1
    forged = client.get("/t/u/forged/")
    assert (forged.status_code, "返回首页" in forged.content.decode()) == (404, False)


@pytest.mark.django_db
def test_a_yes_to_email_has_to_be_confirmed_from_the_address(client, sent):
    send, member, _message = sent
    url = reverse("track:choices", args=[token_for(CHOICES, send.pk, member.pk)])
    client.post(url, {"channel": ["sms"]})
    member.refresh_from_db()
    assert (member.allows_sms, member.allows_email, member.allows_phone) == (True, False, False)
    assert client.post(url, {"channel": ["sms", "email"]}).status_code == 200
    member.refresh_from_db()
    assert not member.allows_email
    asked = Outbox.objects.get(purpose="confirm_email")
    confirm = re.search(r"/t/e/\S+", asked.body)[0]
    client.get(confirm)
    member.refresh_from_db()
    assert not member.allows_email
    assert client.post(confirm).status_code == 200
    member.refresh_from_db()
    assert member.allows_email
    Member.objects.filter(pk=member.pk).update(email="other@example.org")
    assert client.post(confirm).status_code in (404, 409)
    assert len(mail.outbox) == 0


@pytest.mark.django_db
def test_callbacks_are_kept_first_and_worked_on_once(client, book):
    member = make_people(1)[0]
    send = make_sending([member])
    pump(seconds=5)
    key = book.taken[0].key
    url = reverse("track:callback", args=["aliyun", callbacks.seal_of("aliyun")])
    receipt = [{"phone_number": "1", "success": True, "err_code": "DELIVERED", "biz_id": "b1", "out_id": key}]
    for _time in range(2):
        assert client.post(url, json.dumps(receipt), "application/json").status_code == 200
    assert InboxEvent.objects.count() == 1
    assert SendRecipient.objects.get(send_id=send.pk).state == State.ACCEPTED
    work_on_inbox()
    work_on_inbox()
    assert SendRecipient.objects.get(send_id=send.pk).state == State.DELIVERED
    assert (
        client.post(reverse("track:callback", args=["aliyun", "forged"]), "[]", "application/json").status_code == 404
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", ["", "nonsense", "[" * 5000, "17", '"x"', '[{"success": 1}, 3, null, {"out_id": {}}]', "{}"]
)
def test_nothing_strange_in_a_callback_hurts(client, book, body):
    url = reverse("track:callback", args=["aliyun", callbacks.seal_of("aliyun")])
    assert client.post(url, body, "application/json").status_code in (200, 400)
    work_on_inbox()


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["R", "r", " td ", "T。", "0000", "退订", "ｔｄ"])
def test_a_reply_that_means_no_suppresses_the_number_first(client, book, text):
    member = make_people(1)[0]
    phone = member.phones.get().e164
    url = reverse("track:callback", args=["tencent", callbacks.seal_of("tencent")])
    reply = {"mobile": phone[3:], "nationcode": "86", "text": text, "time": 1}
    client.post(url, json.dumps(reply), "application/json")
    work_on_inbox()
    member.refresh_from_db()
    assert not member.allows_sms
    assert Suppression.objects.get().reason == "reply"


@pytest.mark.parametrize("text", ["谢谢", "几点关门？", "", "RT"])
def test_other_replies_are_no_opt_out(text):
    assert not is_stop(text)


@pytest.mark.django_db
def test_a_late_receipt_settles_what_was_unknown(book):
    from campaigns.providers.protocol import Verdict

    member = make_people(1)[0]
    send = make_sending([member])
    book.says = lambda _message: Verdict.UNKNOWN
    pump(seconds=5)
    take_callbacks(provider="file-sms", told=[callbacks.Told("1", "delivered", book.taken[0].key)])
    work_on_inbox()
    row = SendRecipient.objects.get(send_id=send.pk)
    assert (row.state, row.reason) == (State.DELIVERED, "")
    send.refresh_from_db()
    assert send.spent == send.unit_price


@pytest.mark.django_db
def test_a_returned_mail_closes_the_address(sent, monkeypatch):
    send, _member, message = sent
    raw = (
        b"From: MAILER-DAEMON@mx\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"
        b"MIME-Version: 1.0\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nX-Atrium-Key: " + message.key.encode() + b"\r\n\r\nx\r\n--b--\r\n"
    )
    from django.core.management import call_command

    class Standard:
        buffer = BytesIO(raw)

    monkeypatch.setattr("sys.stdin", Standard)
    call_command("receive_bounces")
    work_on_inbox()
    row = SendRecipient.objects.get(send_id=send.pk)
    assert (row.state, row.reason) == (State.FAILED, "bounced")
    assert Suppression.objects.get().reason == "bounce"


@given(st.binary(max_size=400))
def test_no_returned_mail_hurts(raw):
    callbacks.told_by_bounce(raw)


@given(st.text(max_size=60), st.text(max_size=300))
def test_a_mail_says_what_was_written(subject, text):
    subject = "".join(char for char in subject if char.isprintable())
    text = text.encode("utf-8", "ignore").decode().replace("\r", "\n")
    message = Message(
        1, 2, "a@example.org", text, subject, f"<p>{text}</p>", attempt_id=3, unsubscribe_url="https://x/u"
    )
    read = message_from_bytes(as_mail(message, sender="Atrium <a@b.c>", domain="b.c"), policy=policy.default)
    plain, html = read.iter_parts()
    assert plain.get_payload(decode=True).decode() == text
    assert html.get_payload(decode=True).decode() == f"<p>{text}</p>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read["Message-ID"] == "<1.2.3@b.c>"
    assert " ".join(str(read["Subject"]).split()) == " ".join(subject.split())


@given(st.text(max_size=30))
def test_keys_are_read_or_refused(text):
    parse_key(text)
