"""Sends at full size: drawing up a million recipients, and the way through the machine against a provider that is not
there."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from datetime import time as clock

from django.conf import settings
from django.db import connection
from django.utils import timezone

from bench import database as databases
from bench.figures import Run
from bench.people import enrol_many
from bench.registry import bench
from campaigns.models import (
    ContactLedger,
    ProviderProfile,
    Segment,
    Send,
    SendRecipient,
    SendTally,
    SentValues,
    TrackedLink,
)
from campaigns.services.contents import make_template, write_content
from campaigns.services.freezing import freeze_send
from campaigns.services.installation import take_over_sending
from campaigns.services.provider_profiles import install_providers
from campaigns.services.sends import make_send, start_send
from crm_site.demo.people import build_people
from crm_site.demo.places import build_places
from crm_site.places import BASE_DIR

MEMBERS = 100_000
WORKERS = 2


@bench("send-freeze", "Recipients of a send drawn up: holdout, two wordings, every exclusion with its reason")
def send_freeze(run: Run) -> None:
    """As many members as --members says; four in ten have agreed to text messages, of e-mail and own pages all."""
    count = run.members or MEMBERS
    with sending_people(count):
        for name, channel in (("all", "email"), ("sms", "sms")):
            send = made_send(channel, holdout_share=1_000, two=True)
            begun = time.perf_counter()
            freeze_send(send_id=send.pk)
            run.figure(f"{name}.seconds", time.perf_counter() - begun, "s", n=count)
            states = SendTally.objects.filter(send=send).values_list("state", "count")
            run.figure(f"{name}.ready", sum(n for state, n in states if state == 2), "", n=count)
            assert sum(n for _state, n in states) == count
            run.figure(f"{name}.row", _row_bytes(send), "B", n=count)
            begun = time.perf_counter()
            Send.objects.filter(pk=send.pk).update(state="freezing", freeze_cursor=0)
            freeze_send(send_id=send.pk)
            run.figure(f"{name}.again.seconds", time.perf_counter() - begun, "s", n=count)


@bench("send-pipeline", "Recipients leased, called, recorded by two workers against a provider that takes everything")
def send_pipeline(run: Run) -> None:
    count = run.members or MEMBERS
    with sending_people(count) as url:
        send = made_send("email")
        freeze_send(send_id=send.pk)
        Send.objects.filter(pk=send.pk).update(canary_size=0)
        begun = time.perf_counter()
        told = run_workers(url, "StubProvider", 900, backend="smtp")
        seconds = time.perf_counter() - begun
        send.refresh_from_db()
        accepted = SendRecipient.objects.filter(send_id=send.pk, state=SendRecipient.State.ACCEPTED).count()
        assert (send.state, accepted) == ("done", count)
        working = max(one["seconds"] for one in told)
        run.figure("rate", count / working, "1/s", n=count, limit=2_000)
        run.figure("seconds", seconds, "s", n=count)
        run.figure("rss", max(one["late"] for one in told), "MiB", n=len(told))
        run.figure("rss.growth", max(one["late"] - one["early"] for one in told), "MiB", n=len(told), limit=50)


def run_workers(url: str, kind: str, seconds: float, *, backend: str, count: int = WORKERS, **more: str) -> list[dict]:
    """So many workers as processes of their own until everything is sent; what each said at the end."""
    workers = [start_worker(url, kind, seconds, backend=backend, **more) for _number in range(count)]
    told = []
    for one in workers:
        out, _err = one.communicate()
        told.append(json.loads(out.splitlines()[-1]))
    return told


def start_worker(url: str, kind: str, seconds: float, *, backend: str, **more: str) -> subprocess.Popen:
    """One worker process."""
    env = {
        **os.environ, "DATABASE_URL": url, "ATRIUM_STUB_BACKEND": backend, "CRM_DATA_DIR": str(settings.DATA_DIR),
        "CRM_INSTALLATION": "bench", "DJANGO_SETTINGS_MODULE": "crm_site.settings", "REDIS_URL": settings.REDIS_URL,
        **more,
    }  # fmt: skip
    command = [sys.executable, "-m", "bench.send_worker", kind, str(seconds)]
    return subprocess.Popen(command, env=env, cwd=BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


@contextmanager
def sending_people(count: int) -> Iterator[str]:
    """Members who may be written to, all in one segment, and no send yet. Yields the database's URL."""
    settings.INSTALLATION = "bench"
    with databases.database(f"sends_{count}", lambda: _fill(count)) as url:
        clear_sends()
        _ready()
        yield url


def sending_people_here(count: int) -> None:
    """The same in the database that is connected now, which is empty."""
    settings.INSTALLATION = "bench"
    _fill(count)
    _ready()


def _ready() -> None:
    install_providers()
    ProviderProfile.objects.update(window_from=clock(0), window_until=clock(0), rate=1_000_000, batch=100)
    take_over_sending(actor=None)


def _fill(count: int) -> None:
    import random

    places = build_places(random.Random(7))
    build_people(places)
    enrol_many(count, date(2026, 11, 1))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_member SET email = 'm' || id || '@example.org', allows_email = true, street = '香港中路 1 号'"
        )
        segment = Segment.objects.create(name="所有会员", size=count, built_at=timezone.now())
        cursor.execute(
            "INSERT INTO campaigns_segmentmember (segment_id, member_id, is_in, pin, since)"
            " SELECT %s, id, true, 0, now() FROM members_member",
            [segment.pk],
        )


def clear_sends() -> None:
    """Throw away what an earlier run left."""
    with connection.cursor() as cursor:
        for pk in Send.objects.values_list("pk", flat=True):
            cursor.execute(f"DROP TABLE IF EXISTS campaigns_sendrecipient_{pk}")
    for model in (SentValues, SendTally, TrackedLink, ContactLedger, Send):
        model.objects.all()._raw_delete("default")


def made_send(channel: str, *, holdout_share: int = 0, two: bool = False) -> Send:
    """A send to everybody that was just started; its recipients are not drawn up yet."""
    template = make_template(name="周末", channel=channel, actor=None)
    words = {"subject": "{name},周末见" if channel == "email" else "", "actor": None, "template_id": template.pk}
    first = write_content(body="{name}您好,本周末全场八折,会员另享双倍积分。", **words)
    second = write_content(body="{name}您好,周末带上会员卡来逛逛吧。", **words) if two else None
    send = make_send(
        name="周末", channel=channel, content=first, content_b=second, segment=Segment.objects.get(),
        holdout_share=holdout_share, purpose="marketing", actor=None,
    )  # fmt: skip
    Send.objects.filter(pk=send.pk).update(state=Send.State.SCHEDULED)
    start_send(send_id=send.pk, actor=None)
    return send


def _row_bytes(send: Send) -> float:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT avg(pg_column_size(r.*)) FROM campaigns_sendrecipient_{send.pk} r")
        return float(cursor.fetchone()[0])
