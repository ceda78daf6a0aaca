"""The outbox: once per key, after the commit, rechecked, retried, over real SMTP."""

import json
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from staff.models import AuditEntry, Outbox, User
from staff.services import outbox
from staff.services.mail import forget_connection
from staff.services.outbox import enqueue, register_recheck, send_due
from staff.tests.factories import make_user
from staff.tests.smtp_sink import smtp_sink


def text(key: str = "code:1", **fields: object) -> Outbox:
    fields = {"channel": "sms", "to": "+8613812344821", "body": "您的验证码是 4821", "purpose": "code"} | fields
    return enqueue(dedupe_key=key, **fields)


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.OUTBOX_DIR = tmp_path
    return tmp_path


@pytest.fixture
def sink(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    forget_connection()
    with smtp_sink() as sink:
        settings.EMAIL_PORT = sink.port
        yield sink
        forget_connection()


def test_it_sends_a_text_and_says_when(db, folder):
    message = text()
    assert send_due() == 1
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 1)
    assert message.sent_at is not None
    line = json.loads((folder / "sms.jsonl").read_text())
    assert (line["to"], line["text"], line["key"]) == ("+8613812344821", "您的验证码是 4821", "code:1")
    assert line["id"] == message.message_id


def test_the_same_key_is_written_once(db, folder):
    assert text().pk == text(body="another").pk
    send_due()
    send_due()
    assert len((folder / "sms.jsonl").read_text().splitlines()) == 1


def test_a_message_of_a_transaction_that_failed_is_never_sent(transactional_db, folder):
    with transaction.atomic():
        text()
        transaction.set_rollback(True)
    assert send_due() == 0


def test_a_recheck_drops_the_message_with_its_reason(db, folder):
    register_recheck("test.never")(lambda message: "No consent any more.")
    message = text(recheck="test.never")
    send_due()
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("dropped", "No consent any more.")
    assert not (folder / "sms.jsonl").exists()


def test_an_unknown_recheck_is_refused_when_the_message_is_written(db):
    with pytest.raises(LookupError):
        text(recheck="nobody.knows")


def test_a_failure_is_tried_again_later_and_in_the_end_given_up(db, settings, tmp_path):
    settings.OUTBOX_DIR = tmp_path / "a-file"
    settings.OUTBOX_DIR.write_text("in the way")
    message = text()
    for attempt in range(1, len(outbox.WAITS) + 2):
        assert send_due() == 1
        message.refresh_from_db()
        assert message.attempts == attempt
        assert send_due() == 0, "not before its time"
        Outbox.objects.update(next_attempt_at=timezone.now())
    assert message.state == "failed"
    assert message.last_error


def test_a_message_whose_worker_died_is_taken_up_again(db, folder):
    message = text()
    assert outbox.claim_due(10) == [message.pk]
    assert send_due() == 0
    Outbox.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    assert send_due() == 1
    message.refresh_from_db()
    assert message.state == "sent"


def test_two_workers_never_take_the_same_message(transactional_db, folder):
    for number in range(40):
        text(key=f"code:{number}")
    taken: list[list[int]] = []
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        mine: list[int] = []
        while ids := outbox.claim_due(3):
            mine += ids
        taken.append(mine)
        connection.close()

    threads = [threading.Thread(target=work) for _worker in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken[0] + taken[1]) == sorted(Outbox.objects.values_list("pk", flat=True))


def mail(key: str, **fields: object) -> Outbox:
    return text(
        key, channel="email", to="zhang@example.com", subject="合同到期\n提醒", body="合同还有 6 天到期。", **fields
    )


def test_e_mails_go_over_one_kept_connection(db, sink):
    for number in range(3):
        mail(f"mail:{number}")
    send_due()
    mail("mail:3")
    send_due()
    assert len(sink.messages) == 4
    assert sink.connections == 1
    first = sink.messages[0]
    assert first["To"] == "zhang@example.com"
    assert first.get_payload(decode=True).decode().strip() == "合同还有 6 天到期。"
    assert Outbox.objects.get(dedupe_key="mail:0").message_id == first["Message-ID"]
    assert Outbox.objects.filter(state="sent").count() == 4


def test_a_server_that_hangs_up_is_called_again(db, sink):
    sink.hang_up_after = 1
    for number in range(3):
        mail(f"mail:{number}")
    send_due()
    assert len(sink.messages) == 3
    assert Outbox.objects.filter(state="sent").count() == 3


def test_an_address_that_does_not_exist_fails_at_once(db, sink):
    sink.refuse = b"550 no such mailbox"
    message = mail("mail:1")
    send_due()
    message.refresh_from_db()
    assert message.state == "failed"
    assert "no such mailbox" in message.last_error


def test_a_full_mailbox_is_tried_again(db, sink):
    sink.refuse = b"452 mailbox full"
    message = mail("mail:1")
    send_due()
    message.refresh_from_db()
    assert message.state == "pending"
    assert message.next_attempt_at > timezone.now()


@pytest.fixture
def admin(db) -> User:
    return make_user("admin")


def test_an_administrator_sees_the_outbox_and_sends_a_failed_message_again(client: Client, admin, folder):
    message = text()
    Outbox.objects.update(state="failed", last_error="no route")
    client.force_login(admin)
    assert "no route" in client.get("/outbox/").content.decode()
    response = client.post(f"/outbox/{message.pk}/resend/")
    assert response.status_code == 302
    assert send_due() == 1
    assert AuditEntry.objects.filter(action="staff.outbox_resent", actor=admin, subject_id=message.pk).exists()


def test_a_sent_message_is_not_sent_again(client: Client, admin, folder):
    message = text()
    send_due()
    client.force_login(admin)
    client.cookies["atrium_language"] = "en"
    page = client.post(f"/outbox/{message.pk}/resend/", follow=True)
    assert "Only a message that failed can be sent again." in page.content.decode()


@pytest.mark.parametrize("who", ["ada", "ben", "cho"])
def test_nobody_else_sees_the_outbox(client: Client, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get("/outbox/").status_code == 403
    assert client.post("/outbox/1/resend/").status_code == 403
