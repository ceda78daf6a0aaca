"""The push process with a real Redis: who is told, what happens when Redis or a browser goes away."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from django.db import transaction

from crm_site import embedded, push
from crm_site.places import BASE_DIR
from kit.push import push as tell
from kit.push import ticket_for, user_of

SECONDS = 10


@pytest.fixture
def own_redis(tmp_path: Path, settings) -> Iterator[Path]:
    """A Redis of the test's own, which it may kill."""
    settings.REDIS_URL = embedded.ensure_redis(tmp_path)
    yield tmp_path
    embedded.stop_redis(tmp_path)


def kill_redis(folder: Path) -> None:
    process = psutil.Process(int((folder / "redis" / "redis.pid").read_text()))
    process.send_signal(signal.SIGKILL)
    process.wait(SECONDS)


class Browser:
    """One stream of the ASGI application, spoken to without a socket."""

    def __init__(self, *, ticket: str = "", origin: str = "", path: str = "/events/") -> None:
        self.said: asyncio.Queue[str] = asyncio.Queue()
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.left = asyncio.Event()
        self.scope = {
            "type": "http", "method": "GET", "path": path, "query_string": f"ticket={ticket}".encode(),
            "headers": [(b"origin", origin.encode())] if origin else [],
        }  # fmt: skip

    async def open(self) -> None:
        await push.app(self.scope, self._receive, self._send)

    async def _receive(self) -> dict[str, object]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        elif message.get("body"):
            await self.said.put(message["body"].decode())

    async def next(self) -> tuple[str, dict[str, object]]:
        """The next word but beats: its name and what it carries."""
        while True:
            word = await asyncio.wait_for(self.said.get(), SECONDS)
            fields = dict(line.split(": ", 1) for line in word.strip().splitlines())
            if fields["event"] != "beat" or "beat" in self.wants:
                return fields["event"], json.loads(fields["data"])

    wants: frozenset[str] = frozenset()


@asynccontextmanager
async def running_hub(monkeypatch) -> AsyncIterator[push.Hub]:
    hub = push.Hub()
    monkeypatch.setattr(push, "hub", hub)
    reader = asyncio.create_task(hub.run())
    try:
        while not hub.redis_is_there:
            await asyncio.sleep(0.01)
        yield hub
    finally:
        reader.cancel()


def play(scene) -> None:
    asyncio.run(asyncio.wait_for(scene(), 30))


def speak(user_id: int, call: int) -> None:
    with transaction.atomic():
        tell(user_id, {"call": call, "state": "ringing", "hint": "138****4821"})


@pytest.mark.django_db(transaction=True)
def test_a_word_reaches_every_window_of_one_person_and_nobody_else(own_redis, monkeypatch):
    async def scene() -> None:
        async with running_hub(monkeypatch) as hub:
            windows = [Browser(ticket=ticket_for(7)), Browser(ticket=ticket_for(7)), Browser(ticket=ticket_for(77))]
            tasks = [asyncio.create_task(window.open()) for window in windows]
            for window in windows:
                assert (await window.next())[0] == "sync"
            await asyncio.to_thread(speak, 7, 1)
            for window in windows[:2]:
                assert await window.next() == ("call", {"call": 1, "state": "ringing", "hint": "138****4821"})
            await asyncio.to_thread(speak, 77, 2)
            assert (await windows[2].next())[1]["call"] == 2
            assert hub.size == 3
            for window in windows:
                window.left.set()
            await asyncio.gather(*tasks)
            assert hub.size == 0
            assert not hub.listeners

    play(scene)


@pytest.mark.django_db(transaction=True)
def test_redis_is_killed_and_everybody_is_told_to_look_and_to_look_again(own_redis, monkeypatch):
    async def scene() -> None:
        async with running_hub(monkeypatch):
            browser = Browser(ticket=ticket_for(7))
            asyncio.create_task(browser.open())  # noqa: RUF006 - ends with the loop
            assert (await browser.next())[0] == "sync"
            await asyncio.to_thread(kill_redis, own_redis)
            assert (await browser.next())[0] == "stale"
            await asyncio.to_thread(speak, 7, 1)  # lost, and only logged
            late = Browser(ticket=ticket_for(7))
            asyncio.create_task(late.open())  # noqa: RUF006
            assert [(await late.next())[0] for _ in range(2)] == ["sync", "stale"]
            await asyncio.to_thread(embedded.ensure_redis, own_redis)
            assert (await browser.next())[0] == "sync"
            assert (await late.next())[0] == "sync"
            await asyncio.to_thread(speak, 7, 2)
            assert (await browser.next())[1]["call"] == 2

    play(scene)


def test_a_word_is_said_only_after_the_commit(own_redis, monkeypatch, django_capture_on_commit_callbacks, db):
    with django_capture_on_commit_callbacks() as callbacks:
        tell(7, {"call": 1})
    assert len(callbacks) == 1


@pytest.mark.django_db(transaction=True)
def test_a_redis_that_is_away_does_not_spoil_the_transaction(own_redis, caplog):
    kill_redis(own_redis)
    speak(7, 1)
    assert "was not pushed" in caplog.text


def test_a_quiet_line_beats(own_redis, monkeypatch):
    monkeypatch.setattr(push, "HEARTBEAT", 0.05)

    async def scene() -> None:
        async with running_hub(monkeypatch):
            browser = Browser(ticket=ticket_for(7))
            browser.wants = frozenset({"beat"})
            asyncio.create_task(browser.open())  # noqa: RUF006
            assert [(await browser.next())[0] for _ in range(3)] == ["sync", "beat", "beat"]

    play(scene)


def test_a_stream_ends_after_its_time_so_that_a_fresh_ticket_is_asked_for(own_redis, monkeypatch):
    monkeypatch.setattr(push, "LIFETIME", (0.1, 0.1))
    monkeypatch.setattr(push, "HEARTBEAT", 0.05)

    async def scene() -> None:
        async with running_hub(monkeypatch) as hub:
            await asyncio.wait_for(Browser(ticket=ticket_for(7)).open(), SECONDS)
            assert hub.size == 0

    play(scene)


def test_who_cannot_follow_is_let_go():
    async def scene() -> None:
        listener = push.Listener()
        for number in range(push.QUEUE + 1):
            listener.give(str(number))
        assert listener.words.get_nowait() is None
        assert listener.words.empty()

    play(scene)


def test_a_browser_that_takes_nothing_is_let_go(own_redis, monkeypatch):
    monkeypatch.setattr(push, "SEND_TIMEOUT", 0.05)

    class Stuck(Browser):
        async def _send(self, message: dict[str, object]) -> None:
            if message["type"] == "http.response.body":
                await asyncio.Event().wait()

    async def scene() -> None:
        async with running_hub(monkeypatch) as hub:
            await asyncio.wait_for(Stuck(ticket=ticket_for(7)).open(), SECONDS)
            assert hub.size == 0

    play(scene)


@pytest.mark.parametrize("ticket", ["", "nonsense", "Nw:1abcde:xyz", "%00"])
def test_a_forged_ticket_is_refused(ticket):
    async def scene() -> None:
        browser = Browser(ticket=ticket)
        await browser.open()
        assert browser.status == 401

    play(scene)


def test_an_old_ticket_is_refused(monkeypatch):
    ticket = ticket_for(7)
    assert user_of(ticket) == 7
    monkeypatch.setattr("kit.push.TICKET_SECONDS", -1)
    assert user_of(ticket) is None


@pytest.mark.parametrize(
    ("origin", "status"), [("http://localhost:8000", 200), ("https://evil.example", 403), ("null", 403)]
)
def test_only_our_own_pages_listen(own_redis, monkeypatch, origin, status):
    async def scene() -> None:
        async with running_hub(monkeypatch):
            browser = Browser(ticket=ticket_for(7), origin=origin)
            browser.left.set()
            await browser.open()
            assert browser.status == status
            if status == 200:
                assert browser.headers[b"access-control-allow-origin"] == origin.encode()

    play(scene)


def test_nothing_else_is_there():
    async def scene() -> None:
        browser = Browser(path="/admin/")
        await browser.open()
        assert browser.status == 404

    play(scene)


def test_the_process_answers_and_comes_back_when_it_is_killed(own_redis, settings):
    """As bin/run starts it: kept alive, with the words of Redis on a real socket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {
        **os.environ, "REDIS_URL": settings.REDIS_URL, "CRM_SECRET_KEY": settings.SECRET_KEY, "DATABASE_URL": "postgresql:///none",
        "DJANGO_SETTINGS_MODULE": "crm_site.settings",
    }  # fmt: skip
    keeper = subprocess.Popen([sys.executable, "-m", "crm_site.push", str(port)], cwd=BASE_DIR, env=env)
    try:
        assert health(port) == {"status": "ok", "redis": "ok", "listeners": 0}
        (child,) = psutil.Process(keeper.pid).children()
        child.kill()
        child.wait(SECONDS)
        assert health(port)["redis"] == "ok"
    finally:
        keeper.terminate()
        assert keeper.wait(SECONDS) == 0


def health(port: int) -> dict[str, object]:
    """What /healthz says once the process is up and has found Redis."""
    until = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                said = json.load(answer)
            if said["redis"] == "ok" or time.monotonic() > until:
                return said
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise
        time.sleep(0.05)
