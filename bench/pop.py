"""From the event of a phone system to the card on a real screen, with 200 agents connected; and what that costs pages."""

import json
import os
import selectors
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.test import Client

from bench.client import Connection, get, post
from bench.figures import Run, percentile
from bench.made_store import made_store
from bench.pages import read_once
from bench.phone_lookup import some_numbers
from bench.registry import bench
from bench.server import serve
from callcenter.models import AgentLine, PhoneSystem
from callcenter.services.phone_systems import signature
from crm_site.places import BASE_DIR
from kit.push import ticket_for
from members.models import Member
from staff.models import User
from staff.roles import Role

if TYPE_CHECKING:
    from playwright.sync_api import Page

AGENTS, CALLS, WARM, PAGES = 200, 120, 10, 400
# The card counts when the browser has painted it.
WATCH = """
window.shown = {};
addEventListener("DOMContentLoaded", function () {
  new MutationObserver(function () {
    document.querySelectorAll(".phone-cards [data-call]").forEach(function (card) {
      var id = card.dataset.call;
      if (id in window.shown) return;
      window.shown[id] = 0;
      requestAnimationFrame(function () { requestAnimationFrame(function () { window.shown[id] = Date.now(); }); });
    });
  }).observe(document.body, { childList: true, subtree: true });
});
"""


@bench("pop", "Event posted to card shown in a real browser with 200 agents connected; pages with and without them")
def pop(run: Run) -> None:
    with made_store(run.members, run.receipts, scratch="pop") as url:
        agents, system = _people()
        numbers = some_numbers(CALLS + WARM)
        read_once()
        with _push_process() as push_port, serve(url) as site:
            pages = [get(f"/members/{pk}/", Cookie=_cookie(agents[0])) for pk in _some_members()]
            quiet = _pages(site, pages)
            with _listeners(push_port, agents[1:]) as crowd:
                seconds = _pops(site, agents[0], system, numbers)
                with_crowd = _pages(site, pages)
                connected = crowd.alive() + 1
            quiet += _pages(site, pages)
    run.spread(seconds)
    run.figure("connected", connected, "")
    run.spread(quiet, label="page-without")
    run.spread(with_crowd, label="page-with")
    run.figure("page-slowdown", percentile(with_crowd, 0.95) / percentile(quiet, 0.95), "", n=len(with_crowd))
    run.figure("page-slowdown-p50", percentile(with_crowd, 0.5) / percentile(quiet, 0.5), "", n=len(with_crowd))


def _people() -> tuple[list[User], PhoneSystem]:
    """The agents, each at an extension of one phone system."""
    system = PhoneSystem.objects.create(code="bench", name="Bench")
    agents = User.objects.bulk_create(
        [User(username=f"bench{n}", role=Role.AGENT, all_stores=True, password="!") for n in range(AGENTS)]  # noqa: S106
    )
    AgentLine.objects.bulk_create(
        [AgentLine(system=system, extension=str(3000 + n), user=agent) for n, agent in enumerate(agents)]
    )
    return agents, system


def _some_members() -> list[int]:
    last = Member.objects.order_by("-pk").values_list("pk", flat=True)[0]
    return [1 + n * 7919 % last for n in range(PAGES)]


def _cookie(user: User) -> str:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@contextmanager
def _push_process() -> Iterator[int]:
    """The push process, as bin/run starts it but for its keeper."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.environ["CRM_PUSH_PORT"] = str(port)
    command = f"{sys.executable} -m uvicorn crm_site.push:app --host 127.0.0.1 --port {port} --log-level warning"
    env = {**os.environ, "DATABASE_URL": "postgresql:///none"}
    process = subprocess.Popen(shlex.split(command), env=env, cwd=BASE_DIR, start_new_session=True)
    try:
        _await_redis(port)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(15)
        del os.environ["CRM_PUSH_PORT"]


def _await_redis(port: int) -> None:
    for _attempt in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                if json.load(answer)["redis"] == "ok":
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("The push process did not answer within 20 seconds.")


@dataclass
class Crowd:
    """Sockets that listen and throw away what they hear."""

    lines: list[socket.socket]
    heard: set[int]

    def alive(self) -> int:
        return len(self.heard)


@contextmanager
def _listeners(port: int, agents: list[User]) -> Iterator[Crowd]:
    crowd, stop = Crowd([], set()), threading.Event()
    chooser = selectors.DefaultSelector()
    for agent in agents:
        line = socket.create_connection(("127.0.0.1", port), timeout=10)
        line.sendall(get("/events/", {"ticket": ticket_for(agent.pk)}, Accept="text/event-stream"))
        line.setblocking(False)
        chooser.register(line, selectors.EVENT_READ)
        crowd.lines.append(line)

    def drain() -> None:
        while not stop.is_set():
            for key, _events in chooser.select(timeout=0.2):
                data = key.fileobj.recv(65536)
                if b"event: sync" in data:
                    crowd.heard.add(key.fd)
                if not data:
                    crowd.heard.discard(key.fd)
                    chooser.unregister(key.fileobj)

    thread = threading.Thread(target=drain, daemon=True)
    thread.start()
    try:
        for _attempt in range(200):
            if len(crowd.heard) == len(agents):
                break
            time.sleep(0.05)
        yield crowd
    finally:
        stop.set()
        thread.join()
        for line in crowd.lines:
            line.close()


def _pages(site: str, messages: list[bytes]) -> list[float]:
    line = Connection(site)
    for message in messages[:WARM]:
        line.timed(message)
    return [line.timed(message)[0] for message in messages]


def _pops(site: str, agent: User, system: PhoneSystem, numbers: list[str]) -> list[float]:
    """Seconds from posting the event to the painted card, call by call, in one real browser."""
    from tests.browser import chromium

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    name, value = _cookie(agent).split("=", 1)
    line, taken = Connection(site), []
    with chromium() as browser:
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        context.add_cookies([{"name": name, "value": value, "url": site}])
        context.add_init_script(WATCH)
        page = context.new_page()
        page.goto(f"{site}/calls/")
        page.wait_for_selector("#phone-light[data-state=live]", timeout=20_000)
        for count, number in enumerate(numbers):
            begun = time.time()
            _post(line, system, {"event": "ringing", "call_id": f"b{count}", "from": number, "extension": "3000"})
            taken.append(_painted_at(page) - begun)
            _post(line, system, {"event": "ended", "call_id": f"b{count}"})
            page.wait_for_selector(".phone-cards [data-call]", state="detached")
            page.evaluate("window.shown = {}")
        context.close()
    return taken[WARM:]


def _painted_at(page: "Page") -> float:
    """When the card was painted, by the browser's clock, which is this machine's."""
    for _attempt in range(1000):
        shown = page.evaluate("Object.values(window.shown).find(at => at > 0) || 0")
        if shown:
            return shown / 1000
        page.wait_for_timeout(10)
    raise RuntimeError("The card did not come within ten seconds.")


def _post(line: Connection, system: PhoneSystem, event: dict[str, object]) -> None:
    body, timestamp = json.dumps(event).encode(), str(int(time.time()))
    signed = {"X-Atrium-Timestamp": timestamp, "X-Atrium-Signature": signature(system, timestamp, body)}
    line.timed(post(f"/api/v1/calls/{system.code}/events", body, **signed))
