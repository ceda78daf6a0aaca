"""The small chaos: two thousand recipients while workers are killed with -9 and their connections are cut. The provider
keeps its own book, which is compared row by row."""

import signal
import time

import pytest
from django.conf import settings
from django.db import connection

from bench.send_chaos import compare
from bench.sending import made_send, sending_people_here, start_worker
from bench.stub_provider import BOOK, read_book
from campaigns.models import ProviderProfile, Send
from campaigns.services.freezing import freeze_send

RECIPIENTS = 2_000
MOST_SECONDS = 240


def url_of_the_test_database() -> str:
    facts = connection.settings_dict
    return f"postgresql://{facts['USER']}@/{facts['NAME']}?host={facts['HOST']}"


@pytest.mark.django_db(transaction=True)
def test_nobody_gets_two_and_everybody_is_explained(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "INSTALLATION", "bench", raising=False)
    sending_people_here(RECIPIENTS)
    ProviderProfile.objects.update(timeout_seconds=2, can_be_asked=True, ask_after_minutes=0, batch=10)
    send = made_send("email")
    freeze_send(send_id=send.pk)
    Send.objects.filter(pk=send.pk).update(canary_size=0, most_failures=10_000)

    def worker():
        return start_worker(
            url_of_the_test_database(), "BookProvider", MOST_SECONDS, backend="smtp",
            **{BOOK: str(tmp_path), "ATRIUM_STUB_HASTE": "1"},
        )  # fmt: skip

    def kill(one):
        one.send_signal(signal.SIGKILL)
        one.communicate()

    workers = [worker(), worker()]
    deadline, killed = time.monotonic() + MOST_SECONDS, 0
    try:
        while time.monotonic() < deadline and Send.objects.get(pk=send.pk).state != "done":
            taken = read_book(tmp_path).total()
            if killed < 3 and taken > (killed + 1) * 300:
                kill(workers[killed % 2])
                workers[killed % 2] = worker()
                killed += 1
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                        " AND datname = current_database() AND application_name = 'atrium' AND backend_type ="
                        " 'client backend'"
                    )
            workers[0].poll()
    finally:
        for one in workers:
            kill(one)
    verdict = compare(send.pk, tmp_path)
    assert Send.objects.get(pk=send.pk).state == "done", verdict
    assert killed == 3
    assert (verdict.recipients, verdict.twice, verdict.unexplained, verdict.wrongly_sent) == (RECIPIENTS, 0, 0, 0)
