"""SMPP against a gateway that keeps its own book and misbehaves, and the listener for what it delivers."""

import socket
import ssl
import struct
from collections import Counter
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from campaigns.management.commands.listen_smpp import write_down
from campaigns.models import InboxEvent, ProviderProfile, Send, SendRecipient
from campaigns.providers import registry, smpp
from campaigns.providers.protocol import Message, Verdict
from campaigns.providers.smpp_listener import Listener
from campaigns.services.callbacks_smpp import told_by_delivery
from campaigns.services.inbox import work_on_inbox
from campaigns.services.provider_profiles import install_providers
from campaigns.services.pumping import pump
from campaigns.services.reconciling import reconcile_send
from campaigns.services.sends import resume_send
from campaigns.tests.fakes.server import Mood
from campaigns.tests.fakes.smpp import PASSWORD, SOURCE, USER, FakeSmpp, delivery, receipt, reply
from campaigns.tests.send_factories import make_content, make_people, make_sending, open_always
from kit.sms_text import parts

State = SendRecipient.State
LONG = "周末全场八折,欢迎光临。" * 12


def certificate(folder) -> ssl.SSLContext:
    """A gateway's certificate that only those know who are given `folder / "gateway.pem"`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gateway")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "gateway.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "gateway.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "gateway.pem", folder / "gateway.key")
    return context


@pytest.fixture
def fake(request, db, settings, tmp_path):
    settings.SMPP_TLS = getattr(request, "param", "") == "tls"
    fake = FakeSmpp(certificate(tmp_path) if settings.SMPP_TLS else None)
    settings.SMPP_HOST, settings.SMPP_PORT, settings.SMPP_SOURCE = "127.0.0.1", fake.port, SOURCE
    settings.SMPP_USER, settings.SMPP_PASSWORD = USER, PASSWORD
    install_providers()
    open_always()
    ProviderProfile.objects.filter(key="smpp").update(
        is_active=True, signature="海信广场", timeout_seconds=1, rate=10_000, window_from="00:00", window_until="00:00"
    )
    registry.forget_providers()
    yield fake
    registry.forget_providers()
    fake.close()


def send_to(people, **fields: object) -> Send:
    send = make_sending(people, provider=ProviderProfile.objects.get(key="smpp"), content=make_content(**fields))
    Send.objects.filter(pk=send.pk).update(most_failures=10_000)
    return send


def number(member) -> str:
    return member.phones.get().e164.removeprefix("+")


def rows_of(send) -> dict[int, SendRecipient]:
    return {row.member_id: row for row in SendRecipient.objects.filter(send_id=send.pk)}


def listen(fake, count: int) -> None:
    """Bind as the listener does, until so many deliveries were answered."""
    fake.answered.clear()
    Listener(lambda pdu: write_down("smpp", pdu), lambda _seconds: len(fake.answered) >= count).run()
    work_on_inbox()


def compare(fake, send, people) -> None:
    """The gateway's book and ours, row by row."""
    book = Counter(part.to for part in fake.book)
    for member in people:
        row = rows_of(send)[member.pk]
        assert book[number(member)] <= 1, "somebody got it twice"
        if row.state in (State.ACCEPTED, State.DELIVERED):
            assert book[number(member)] == 1
        elif row.state in (State.READY, State.FAILED):
            assert book[number(member)] == 0
        else:
            assert (row.state, row.reason) in {(State.UNKNOWN, "no_answer"), (State.UNKNOWN, "unclear")}


def test_a_message_goes_out_in_ucs2_and_asks_for_a_receipt(fake):
    fake.asks_first = True
    people = make_people(25)
    send = send_to(people)
    assert pump(seconds=5) == 25
    assert {row.state for row in rows_of(send).values()} == {State.ACCEPTED}
    part = fake.book[0]
    assert part.raw.decode("utf-16-be") == "【海信广场】周末全场八折，欢迎光临，拒收请回复R"
    assert (part.coding, part.esm_class, part.wants_receipt, part.source) == (8, 0, True, SOURCE)
    compare(fake, send, people)


def test_a_long_text_goes_in_parts_that_can_be_put_together(fake):
    member = make_people(1)[0]
    send = send_to([member], body=LONG)
    pump(seconds=5)
    whole = "".join(part.raw[6:].decode("utf-16-be") for part in fake.book)
    assert whole == f"【海信广场】{LONG}拒收请回复R" or whole == f"【海信广场】{LONG}，拒收请回复R"
    row = rows_of(send)[member.pk]
    assert (row.state, row.parts) == (State.ACCEPTED, len(fake.book))
    heads = [part.raw[:6] for part in fake.book]
    assert [head[5] for head in heads] == list(range(1, len(heads) + 1))
    assert {head[:5] for head in heads} == {bytes((5, 0, 3, row.attempt_id & 0xFF, len(heads)))}
    assert [part.wants_receipt for part in fake.book] == [False] * (len(heads) - 1) + [True]
    assert {part.esm_class for part in fake.book} == {0x40}


def test_a_long_text_of_which_a_part_is_refused_is_possibly_sent(fake):
    member = make_people(1)[0]
    fake.mood = lambda _to, call: Mood.FINE if call == 1 else Mood.BAD_NUMBER
    send = send_to([member], body=LONG)
    pump(seconds=5)
    assert rows_of(send)[member.pk].state == State.UNKNOWN
    assert len(fake.book) == 1


@pytest.mark.parametrize(
    ("mood", "expected"),
    [
        (Mood.FINE, (State.ACCEPTED, "")),
        (Mood.BAD_NUMBER, (State.FAILED, "bad_number")),
        (Mood.THROTTLED_ONCE, (State.READY, "later")),
        (Mood.BROKEN_BEFORE, (State.UNKNOWN, "no_answer")),
        (Mood.BROKEN_AFTER, (State.UNKNOWN, "no_answer")),
        (Mood.CUT_BEFORE, (State.UNKNOWN, "no_answer")),
        (Mood.CUT_AFTER, (State.UNKNOWN, "no_answer")),
        (Mood.SLOW, (State.UNKNOWN, "no_answer")),
        (Mood.NONSENSE, (State.UNKNOWN, "no_answer")),
    ],
)
def test_what_an_answer_means(fake, mood, expected):
    odd, *others = make_people(4)
    its_number = number(odd)
    fake.mood = lambda to, _call: mood if to == its_number else Mood.FINE
    send = send_to([odd, *others])
    pump(seconds=1)
    row = rows_of(send)[odd.pk]
    assert (row.state, row.reason) == expected
    compare(fake, send, [odd, *others])
    fake.mood = lambda _to, _call: Mood.FINE
    for _time in range(2):
        SendRecipient.objects.filter(send_id=send.pk, state=State.READY).update(not_before=None)
        pump(seconds=1)
    compare(fake, send, [odd, *others])
    reconcile_send(send_id=send.pk)
    if expected[0] == State.UNKNOWN:
        # Nobody can be asked: it is listed.
        assert rows_of(send)[odd.pk].reason == "unclear"


@hypothesis_settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(moods=st.lists(st.lists(st.sampled_from(Mood), min_size=3, max_size=3), min_size=1, max_size=12))
def test_however_it_misbehaves_nobody_gets_it_twice(fake, moods):
    people = make_people(len(moods))
    plan = {number(one): mine for one, mine in zip(people, moods, strict=True)}
    fake.mood = lambda to, call: {Mood.SLOW: Mood.CUT_AFTER, Mood.NONSENSE: Mood.CUT_BEFORE}.get(
        mood := plan[to][min(call, 3) - 1], mood
    )
    send = send_to(people)
    for _round in range(4):
        pump(seconds=0.2, idle=0.01)
        SendRecipient.objects.filter(send_id=send.pk, state=State.READY).update(not_before=None)
        reconcile_send(send_id=send.pk)
        send.refresh_from_db()
        if send.held == Send.Held.PROVIDER:
            resume_send(send_id=send.pk, actor=None)
    compare(fake, send, people)
    Send.objects.filter(pk=send.pk).update(state="done", held="")


def test_a_wrong_password_is_refused_and_nobody_is_lost(fake, settings):
    settings.SMPP_PASSWORD = "another"
    send = send_to(make_people(3))
    pump(seconds=1)
    assert (fake.refused_binds, fake.book) == (1, [])
    send.refresh_from_db()
    assert (send.state, send.held) == ("paused", "provider")
    assert {row.state for row in rows_of(send).values()} == {State.READY}


@pytest.mark.parametrize("fake", ["tls"], indirect=True)
@pytest.mark.parametrize("is_known", [False, True])
def test_over_tls_the_gateway_must_show_who_it_is(fake, tmp_path, monkeypatch, is_known):
    if is_known:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gateway.pem"))
    send = send_to(make_people(2))
    pump(seconds=1)
    assert {row.state for row in rows_of(send).values()} == {State.ACCEPTED if is_known else State.READY}
    assert len(fake.book) == (2 if is_known else 0)


def test_where_nobody_listens_everybody_waits(fake, settings):
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.SMPP_PORT = free.getsockname()[1]
    send = send_to(make_people(3))
    pump(seconds=1)
    assert {(row.state, row.reason) for row in rows_of(send).values()} == {(State.READY, "later")}


def test_receipts_in_any_order_and_twice_settle_each_message_once(fake):
    people = make_people(6)
    send = send_to(people)
    pump(seconds=5)
    words = ["DELIVRD", "UNDELIV", "EXPIRED", "ENROUTE", "DELIVRD", "DELIVRD"]
    told = [
        receipt(part, word, by_field=place % 2 == 0)
        for place, (part, word) in enumerate(zip(fake.book, words, strict=True))
    ]
    fake.deliveries = [*told[::-1], *told]
    listen(fake, 12)
    assert {status for _sequence, status in fake.answered} == {0}
    by_number = dict(zip([part.to for part in fake.book], words, strict=True))
    for member in people:
        row = rows_of(send)[member.pk]
        expected = {"DELIVRD": State.DELIVERED, "ENROUTE": State.ACCEPTED}.get(by_number[number(member)], State.FAILED)
        assert row.state == expected
    assert InboxEvent.objects.count() == 5
    send.refresh_from_db()
    assert send.spent == send.unit_price * 4


@pytest.mark.parametrize("text", ["R", "td", "退订"])
def test_a_reply_that_means_no_is_an_opt_out(fake, text):
    member = make_people(1)[0]
    send = send_to([member])
    pump(seconds=5)
    fake.deliveries = [reply(number(member), text)] * 2
    listen(fake, 2)
    member.refresh_from_db()
    assert not member.allows_sms
    send.refresh_from_db()
    assert send.opt_out_count == 1


def test_what_cannot_be_written_down_is_not_acknowledged(fake):
    def takes_nothing(_pdu):
        raise DatabaseError("away")

    fake.deliveries = [reply("8613800000000", "R")]
    Listener(takes_nothing, lambda _seconds: bool(fake.answered)).run()
    assert [status for _sequence, status in fake.answered] == [0x64]
    assert not InboxEvent.objects.exists()


def test_a_command_nobody_knows_is_passed_over(fake):
    fake.noise = struct.pack(">LLLL", 20, 0x999, 0, 7) + b"what"
    fake.deliveries = [reply("8613800000000", "谢谢")]
    listen(fake, 1)
    assert InboxEvent.objects.get().body == {"phone": "+8613800000000", "text": "谢谢"}


def test_a_line_that_breaks_is_opened_again(fake):
    fake.noise = struct.pack(">L", 5) + b"x"
    fake.deliveries = [reply("8613800000000", "谢谢")]
    pauses = []

    def wait(seconds):
        if seconds:
            pauses.append(seconds)
        return bool(fake.answered)

    Listener(lambda pdu: write_down("smpp", pdu), wait).run()
    assert pauses == [1.0]
    assert InboxEvent.objects.get().body == {"phone": "+8613800000000", "text": "谢谢"}


def test_the_listener_says_what_it_lacks(fake, settings):
    settings.SMPP_HOST = ""
    with pytest.raises(CommandError, match="CRM_SMPP_HOST"):
        call_command("listen_smpp")


@given(st.text(max_size=400).filter(lambda text: text.isprintable()))
def test_parts_put_together_are_the_text(text):
    pieces = list(smpp.in_parts(text, 300))
    heads = 6 if len(pieces) > 1 else 0
    assert b"".join(piece[heads:] for piece in pieces).decode("utf-16-be") == text
    assert all(len(piece) <= 140 for piece in pieces)
    for piece in pieces:
        piece[heads:].decode("utf-16-be")
    assert len(pieces) >= parts(text)


@given(st.binary(max_size=80), st.integers(0, 255), st.integers(0, 255), st.binary(max_size=20), st.integers(0, 300))
def test_nothing_strange_that_is_delivered_hurts(raw, esm_class, coding, source, state):
    pdu = SimpleNamespace(
        short_message=raw, esm_class=esm_class, data_coding=coding, source_addr=source, source_addr_ton=1,
        message_state=state, receipted_message_id=None, message_payload=None,
    )  # fmt: skip
    told_by_delivery(pdu)


@given(st.integers(1, 0xFFFF))
def test_no_status_is_taken_for_a_yes(status):
    assert smpp.outcome_of(status).verdict in (Verdict.LATER, Verdict.UNKNOWN, Verdict.REFUSED)


def test_words_that_are_none_are_refused_and_hold_nobody_up(fake):
    provider = registry.open_provider(ProviderProfile.objects.get(key="smpp"))
    messages = [Message(1, n, f"+861380000000{n}", text, attempt_id=n) for n, text in enumerate(("好", "\ud800", "好"))]
    assert [one.verdict for one in provider.send(messages)] == [Verdict.ACCEPTED, Verdict.REFUSED, Verdict.ACCEPTED]


def test_a_reply_in_latin_or_with_a_head_is_read(fake):
    told = [
        delivery("13800000000", b"TD", ton=2), delivery("8613800000000", "caf\u00e9".encode("latin-1"), coding=3),
        delivery("8613800000000", b"\x05\x00\x03\x01\x02\x01" + "退订".encode("utf-16-be"), esm_class=0x40, coding=8),
    ]  # fmt: skip
    fake.deliveries = told
    listen(fake, 3)
    words = InboxEvent.objects.order_by("pk").values_list("body__phone", "body__text")
    assert list(words) == [("13800000000", "TD"), ("+8613800000000", "caf\u00e9"), ("+8613800000000", "退订")]
