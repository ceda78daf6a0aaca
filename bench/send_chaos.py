"""Sending while everything breaks: workers killed with -9, Redis flushed, Postgres restarted. Afterwards the book the
provider kept is compared with ours, row by row."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from bench.figures import Run
from bench.registry import bench
from bench.sending import made_send, sending_people_here
from bench.stub_provider import BOOK, read_book
from campaigns.models import ProviderProfile, Send, SendRecipient
from campaigns.services.freezing import freeze_send
from crm_site import embedded
from crm_site.places import BASE_DIR

RECIPIENTS = 20_000
WORKERS = 3
MOST_SECONDS = 3_000
# What breaks, in random order and all over again: of each round every one comes.
BREAKS = ("killed",) * 6 + ("flushed", "restarted") * 2
State = SendRecipient.State


@dataclass(frozen=True)
class Verdict:
    """What the comparison of both books found."""

    recipients: int
    taken: int
    twice: int
    unexplained: int
    unknown: int
    unknown_taken: int
    wrongly_sent: int
    states: dict[str, int]


@bench("send-chaos", "Sending while workers are killed, Redis flushed and Postgres restarted; both books compared")
def send_chaos(run: Run) -> None:
    """As many recipients as --members says, on a cluster and a Redis of its own."""
    count = run.members or RECIPIENTS
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=settings.DATA_DIR))
    folder.chmod(0o755)
    try:
        url = embedded.ensure_postgres(folder)
        with _connected(url):
            call_command("migrate", interactive=False, verbosity=0)
            sending_people_here(count)
            ProviderProfile.objects.update(timeout_seconds=2, can_be_asked=True, ask_after_minutes=0, batch=50)
            send = made_send("email")
            freeze_send(send_id=send.pk)
            Send.objects.filter(pk=send.pk).update(canary_size=0, most_failures=10_000)
            begun = time.perf_counter()
            broken = _break_everything(folder, url, send.pk)
            seconds = time.perf_counter() - begun
            verdict = compare(send.pk, folder / "book")
    finally:
        embedded.stop_postgres(folder)
        embedded.stop_redis(folder)
        shutil.rmtree(folder, ignore_errors=True)
    run.figure("seconds", seconds, "s", n=count)
    for name, times in broken.items():
        run.figure(name, times, "", n=count)
    for name in ("taken", "twice", "unexplained", "unknown", "unknown_taken", "wrongly_sent"):
        run.figure(name, getattr(verdict, name), "", n=count)
    assert verdict.twice == verdict.unexplained == verdict.wrongly_sent == 0, verdict


@contextlib.contextmanager
def _connected(url: str):
    before = dict(connection.settings_dict)
    connections.close_all()
    fresh = {**before, **_parts(url)}
    connection.settings_dict.update(fresh)
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict.update(before)


def _parts(url: str) -> dict[str, object]:
    from crm_site.settings import database_from_url

    facts = database_from_url(url)
    return {name: facts[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}


def _break_everything(folder: Path, url: str, send_id: int) -> Counter[str]:
    """Celery workers in process groups of their own, poked as the clock pokes them, and what happens to them."""
    (folder / "book").mkdir()
    redis_url = embedded.ensure_redis(folder)
    rng = random.Random(41)
    broken, coming = Counter(dict.fromkeys(BREAKS, 0)), []
    workers = [_worker(folder, url, redis_url, number) for number in range(WORKERS)]
    begun = last = time.monotonic()
    wait = 15.0
    try:
        while time.monotonic() - begun < MOST_SECONDS:
            _poke(folder, url, redis_url, workers, begun)
            if _is_over(send_id):
                return broken
            if time.monotonic() - last < wait or _is_nearly_over(send_id):
                time.sleep(0.5)
                continue
            last, wait = time.monotonic(), rng.uniform(4, 10)
            if not coming:
                coming = rng.sample(BREAKS, len(BREAKS))
            what = coming.pop()
            broken[what] += 1
            if what == "killed":
                number = rng.randrange(WORKERS)
                _kill(workers[number])
                workers[number] = _worker(folder, url, redis_url, number)
            elif what == "flushed":
                redis.Redis.from_url(redis_url).flushall()
            else:
                connections.close_all()
                embedded.stop_postgres(folder)
                time.sleep(rng.uniform(0, 2))
                embedded.ensure_postgres(folder)
        raise AssertionError("not over in time")
    finally:
        for one in workers:
            _kill(one)


def _worker(folder: Path, url: str, redis_url: str, number: int) -> subprocess.Popen:
    env = {
        **os.environ, "DATABASE_URL": url, "REDIS_URL": redis_url, "CRM_INSTALLATION": "bench", BOOK: str(folder / "book"),
        "CRM_DATA_DIR": str(settings.DATA_DIR), "DJANGO_SETTINGS_MODULE": "crm_site.settings",
    }  # fmt: skip
    command = [sys.executable, "-m", "celery", "-q", "-A", "bench.chaos_app", "worker", "-Q", "sends", "-c", "1",
               "-n", f"chaos{number}@%h", "--without-gossip", "--without-mingle", "--loglevel", "ERROR"]  # fmt: skip
    with open(folder / "workers.log", "ab") as log:
        return subprocess.Popen(command, env=env, cwd=BASE_DIR, stdout=log, stderr=log, start_new_session=True)


_pokes: dict[str, object] = {}


def _poke(folder: Path, url: str, redis_url: str, workers: list[subprocess.Popen], begun: float) -> None:
    """What the clock does every fifteen seconds, here every two."""
    now = time.monotonic()
    if now - float(_pokes.get("at", 0.0)) < 2:
        return
    _pokes["at"] = now
    from celery import Celery

    app = _pokes.get(redis_url)
    if app is None:
        broker = redis_url.replace("unix://", "redis+socket://") + "?virtual_host=0"
        app = _pokes[redis_url] = Celery("poke", broker=broker)
    with contextlib.suppress(Exception):
        for name in ("tick_sends", "pump_sends", "pump_sends"):
            app.send_task(f"campaigns.send_tasks.{name}", queue="sends", retry=False)


def _kill(worker: subprocess.Popen) -> None:
    """kill -9 for the whole group: the worker and whatever it was just doing."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def _is_over(send_id: int) -> bool:
    try:
        return Send.objects.get(pk=send_id).state == Send.State.DONE
    except Exception:  # the database may be away at this moment
        connection.close()
        return False


def _is_nearly_over(send_id: int) -> bool:
    """Nobody waits any more: what is left is asking about the unknown ones, for which there must be peace at last."""
    try:
        rows = SendRecipient.objects.filter(send_id=send_id)
        return not rows.filter(state__in=(State.READY, State.LEASED, State.CALLING)).exists()
    except Exception:  # as above
        connection.close()
        return False


def compare(send_id: int, book: Path) -> Verdict:
    """The provider's book against our rows."""
    taken = read_book(book)
    by_member: Counter[int] = Counter()
    for key, times in taken.items():
        _send, member_id, _attempt = key.split(".")
        by_member[int(member_id)] += times
    rows = list(SendRecipient.objects.filter(send_id=send_id).values_list("member_id", "state", "attempt_id"))
    known = {member_id for member_id, _state, _attempt in rows}
    unexplained = len(set(by_member) - known)
    wrongly = unknown = unknown_taken = 0
    for member_id, state, attempt_id in rows:
        got = by_member.get(member_id, 0)
        if state in (State.ACCEPTED, State.DELIVERED):
            # Sent, and by this very attempt.
            wrongly += taken.get(f"{send_id}.{member_id}.{attempt_id}", 0) != 1
        elif state == State.UNKNOWN:
            unknown += 1
            unknown_taken += got > 0
        elif state in (State.FAILED, State.SKIPPED, State.HOLDOUT):
            wrongly += got > 0
        else:
            unexplained += 1
    return Verdict(
        recipients=len(rows), taken=sum(taken.values()), twice=sum(times > 1 for times in by_member.values()),
        unexplained=unexplained, unknown=unknown, unknown_taken=unknown_taken, wrongly_sent=wrongly,
        states={State(state).name: count for state, count in Counter(row[1] for row in rows).items()},
    )  # fmt: skip
