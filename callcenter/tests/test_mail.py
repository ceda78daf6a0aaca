"""E-mails that come in: a case, or an entry of the case they name; hostile ones do no harm."""

from email.message import EmailMessage
from io import BytesIO, StringIO
from itertools import count
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.exceptions import MailRefused
from callcenter.models import Case, CaseEntry, InboundMail
from callcenter.services.cases import let_wait
from callcenter.services.mail import receive_mail
from callcenter.services.mail_signatures import mail_secret, signature
from callcenter.tests.factories import make_case
from members.tests.factories import make_member

pytestmark = pytest.mark.django_db
ADDRESS = "zhang@example.com"
_numbers = count(1)
PNG = b"\x89PNG\r\n\x1a\n123"


def message(subject="大衣脱线", text="请尽快处理", sender=ADDRESS, **headers):
    mail = EmailMessage()
    mail["From"], mail["Subject"] = sender, subject
    mail["Message-ID"] = f"<{next(_numbers)}@example.com>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


@pytest.fixture
def member(store_a):
    return make_member(store=store_a, email=ADDRESS)


def test_a_message_of_a_member_opens_a_case_once(member):
    mail = message().as_bytes()
    first, again = receive_mail(mail), receive_mail(mail)
    assert first == again
    case = Case.objects.get()
    assert (case.member, case.channel, case.title, case.description) == (member, "email", "大衣脱线", "请尽快处理")
    assert (case.state, case.responded_at) == ("new", None)


def test_an_unknown_sender_and_a_shared_address_open_a_case_of_nobody(store_a, member):
    make_member(store=store_a, email="two@example.com")
    make_member(store=store_a, email="two@example.com")
    for sender in ("nobody@example.com", "two@example.com"):
        assert receive_mail(message(subject=sender, sender=sender).as_bytes()).case.member is None


def test_an_answer_joins_the_case_it_names_and_ends_its_waiting(store_a, member, ada):
    case = make_case(store_a, ada, member=member, owner=ada)
    let_wait(case_id=case.pk, waits_for="member", why="照片", actor=ada)
    mail = receive_mail(message(subject=f"Re: [{case.number}] 大衣", text="照片见附件").as_bytes())
    case.refresh_from_db()
    assert (mail.case, mail.outcome, case.state) == (case, "entry", "open")
    assert CaseEntry.objects.get(kind="heard").text == "照片见附件"
    assert ada.notices.count() == 1


def test_nobody_writes_into_the_case_of_another(store_a, member, ada):
    case = make_case(store_a, ada, member=member)
    mail = receive_mail(message(subject=f"[{case.number}]", sender="thief@example.com").as_bytes())
    assert mail.case != case
    assert mail.outcome == "new_case"


@pytest.mark.parametrize("header", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}])
def test_machines_are_not_answered(store_a, header):
    assert receive_mail(message(**header).as_bytes()).outcome == "ignored"
    assert not Case.objects.exists()


def test_files_are_kept_when_they_are_what_they_say(settings, tmp_path, store_a):
    settings.MEDIA_ROOT = tmp_path
    mail = message()
    mail.add_attachment(PNG, maintype="image", subtype="png", filename="../../破损.png")
    mail.add_attachment(b"<script>alert(1)</script>", maintype="image", subtype="png", filename="x.png")
    mail.add_attachment(b"MZ\x90", maintype="application", subtype="octet-stream", filename="virus.exe")
    for number in range(8):
        mail.add_attachment(PNG, maintype="image", subtype="png", filename=f"{number}.png")
    receive_mail(mail.as_bytes())
    kept = CaseEntry.objects.filter(kind="file").order_by("pk")
    assert len(kept) == 5
    assert [bool(entry.file) for entry in kept] == [True, False, False, True, True]
    assert ".." not in kept[0].file.name
    assert "/" not in kept[0].file_name


def test_html_is_read_as_words(store_a):
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = ADDRESS, "x", "<h@x>"
    mail.set_content("<style>p{}</style><p>您好&lt;b&gt;</p><script>alert(1)</script>", subtype="html")
    text = receive_mail(mail.as_bytes()).case.description
    assert text == "您好<b>"


HOSTILE = [
    b"", b"\x00" * 100, b"no headers at all", b"From: \r\n\r\nx", b"From: not an address\r\nSubject: x\r\n\r\nx",
    b"Subject: without sender\r\n\r\nx", b"x" * (12 * 1024 * 1024 + 1),
]  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_letter_is_refused(store_a, raw):
    with pytest.raises(MailRefused):
        receive_mail(raw)
    assert not InboundMail.objects.exists()


ODD = [
    b"From: a@example.com\r\nSubject: =?utf-8?B?////?=\r\n\r\n\xff\xfe\x00\x01",
    b"From: a@example.com\r\nSubject: x\r\nContent-Type: text/plain; charset=no-such\r\n\r\nhello",
    b"From: a@example.com\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n--b\r\n--b",
    b"From: a@example.com\r\nContent-Type: multipart/mixed\r\n\r\nno boundary",
    b"From: a@example.com\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!not base64!!!",
    b"From: a@example.com\r\nSubject: " + b"x" * 50_000 + b"\r\n\r\n" + b"<" * 100_000,
    b"From: a@example.com\r\nMessage-ID: " + b"m" * 5000 + b"\r\nSubject: a\r\n b\r\n\r\nx\x00y",
    b"From: a@example.com\r\nContent-Disposition: attachment; filename*=utf-8''%FF%FE\r\n\r\nx",
]  # fmt: skip


@pytest.mark.parametrize("raw", ODD, ids=range(len(ODD)))
def test_odd_letters_become_a_case_and_break_nothing(store_a, raw):
    case = receive_mail(raw).case
    assert case.title
    assert "\x00" not in case.description


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.binary(max_size=200))
def test_no_bytes_break_the_reader(store_a, head, body):
    for raw in (head, b"From: a@example.com\r\n" + head + b"\r\n\r\n" + body):
        try:
            receive_mail(raw)
        except MailRefused:
            continue


def post(client, body, timestamp=None, signed=None):
    timestamp = timestamp or str(int(timezone.now().timestamp()))
    return client.post(
        "/api/v1/mail/", body, content_type="message/rfc822",
        headers={"X-Atrium-Timestamp": timestamp, "X-Atrium-Signature": signed or signature(timestamp, body)},
    )  # fmt: skip


def test_the_mail_server_signs_what_it_sends(client, store_a):
    body = message().as_bytes()
    assert post(client, body).json() == {"outcome": "new_case", "case": Case.objects.get().number}
    assert post(client, body).status_code == 200
    assert post(client, body, signed="0" * 64).status_code == 401
    assert post(client, body, timestamp="1600000000").status_code == 401
    assert post(client, body, timestamp="x").status_code == 401
    assert client.post("/api/v1/mail/", body, content_type="message/rfc822").status_code == 401
    assert post(client, b"rubbish").status_code == 422
    assert Case.objects.count() == 1


def test_a_pipe_hands_a_message_in(store_a, monkeypatch):
    said = StringIO()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=BytesIO(message().as_bytes())))
    call_command("receive_mail", stdout=said)
    assert said.getvalue().strip() == f"new_case {Case.objects.get().number}"
    call_command("receive_mail", "--secret", stdout=said)
    assert mail_secret() in said.getvalue()
