"""The phone rings in a real browser: web, push process and Redis are those of bin/run, and each of them is killed."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings as project
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from callcenter.models import Call
from callcenter.services import simulator
from callcenter.tests.call_factories import make_agent, make_system
from crm_site import embedded
from crm_site.places import BASE_DIR
from crm_site.runner import processes
from members.tests.factories import make_member
from staff.models import User
from tests.browser import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NUMBER = "+8613812344821"
SECONDS = 15_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class House:
    """The web server, the push process and a Redis of its own, on the database of the test."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder = folder
        self.port, self.push_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        name = connection.settings_dict["NAME"]
        self.env = {
            **os.environ,
            **as_in_the_product(data),
            "DATABASE_URL": embedded.postgres_url(project.DATA_DIR, "pgtest", name),
            "REDIS_URL": embedded.ensure_redis(folder),
            "CRM_SECRET_KEY": project.SECRET_KEY,
            "CRM_PORT": str(self.port),
            "CRM_PUSH_PORT": str(self.push_port),
            "CRM_CONN_MAX_AGE": "0",
        }
        self.parts: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, part: str) -> None:
        if part == "redis":
            embedded.ensure_redis(self.folder)
            return
        command = shlex.split(processes(self.port, project.DATA_DIR)["web"][0])
        if part == "push":
            command = [sys.executable, "-m", "crm_site.push", str(self.push_port)]
        with open(self.folder / f"{part}.log", "ab") as log:
            self.parts[part] = subprocess.Popen(
                command, env=self.env, cwd=BASE_DIR, stdout=log, stderr=log, start_new_session=True
            )
        await_answer(self.port if part == "web" else self.push_port)

    def kill(self, part: str) -> None:
        """As the machine does it when memory runs out: at once, all of its processes."""
        if part == "redis":
            process = psutil.Process(int((self.folder / "redis" / "redis.pid").read_text()))
            process.kill()
            process.wait(10)
            return
        os.killpg(self.parts[part].pid, signal.SIGKILL)
        self.parts.pop(part).wait(10)

    def end(self) -> None:
        for part in list(self.parts):
            self.kill(part)
        embedded.stop_redis(self.folder)


def await_answer(port: int) -> None:
    for _attempt in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers at port {port}")


def as_in_the_product(data: Path) -> dict[str, str]:
    """The product's own settings, with a data folder of their own."""
    return {
        "DJANGO_SETTINGS_MODULE": "crm_site.settings",
        "CRM_DATA_DIR": str(data),
        "CRM_ASSETS_DIR": str(project.ASSETS_DIR),
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A data folder with the static files as the product serves them."""
    folder = tmp_path_factory.mktemp("house")
    env = {**os.environ, **as_in_the_product(folder), "DATABASE_URL": "postgresql:///none", "REDIS_URL": "redis://none"}
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(command, cwd=BASE_DIR, env=env, check=True)
    return folder


@pytest.fixture
def house(tmp_path: Path, data: Path, settings) -> Iterator[House]:
    house = House(tmp_path, data)
    settings.REDIS_URL = house.env["REDIS_URL"]
    try:
        for part in ("web", "push"):
            house.start(part)
        yield house
    finally:
        house.end()


@pytest.fixture
def system():
    return make_system()


def signed_in(browser: Browser, house: House, user: User, **window: object) -> Person:
    """Somebody signed in."""
    client = Client()
    client.force_login(user, backend=project.AUTHENTICATION_BACKENDS[-1])
    person = Person(browser, house.url, **window)
    name = project.SESSION_COOKIE_NAME
    person.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": house.url}])
    return person


def at_desk(browser: Browser, house: House, user: User, language: str = "en") -> Person:
    """Somebody signed in, with the phone connected."""
    person = signed_in(browser, house, user, language=language)
    person.open("/members/")
    expect(light(person.page)).to_have_attribute("data-state", "live", timeout=SECONDS)
    return person


def light(page: Page):
    return page.locator("#phone-light")


def card(page: Page, call: Call):
    return page.locator(f'.phone-cards [data-call="{call.pk}"]')


def ring(system, extension: str, number: str = NUMBER) -> Call:
    return Call.objects.get(external_id=simulator.ring(system=system, extension=extension, number=number))


def test_it_rings_for_one_agent_and_the_other_works_on(browser, house, system, store_a):
    member = make_member(phone=NUMBER, store=store_a, name="周若兰")
    anna = at_desk(browser, house, make_agent(system, "801", [store_a], username="anna"))
    bert = at_desk(browser, house, make_agent(system, "802", [store_a], username="bert"), language="zh-hans")
    before = bert.page.content()
    second = anna.context.new_page()
    second.goto(f"{house.url}/members/")
    expect(light(second)).to_have_attribute("data-state", "live", timeout=SECONDS)

    call = ring(system, "801")
    for page in (anna.page, second):
        expect(card(page, call)).to_contain_text("周若兰", timeout=SECONDS)
    assert NUMBER[3:] not in anna.page.content()
    assert bert.page.locator(".phone-cards [data-call]").count() == 0
    assert bert.page.content() == before
    assert anna.faults() == []

    simulator.answer(call=call)
    expect(card(anna.page, call)).to_have_attribute("data-state", "answered", timeout=SECONDS)
    anna.page.reload()
    expect(card(anna.page, call)).to_have_attribute("data-state", "answered", timeout=SECONDS)
    anna.page.keyboard.press("Alt+a")
    anna.page.wait_for_url(f"**/members/{member.pk}/")
    call.refresh_from_db()
    assert call.shown_at is not None
    simulator.hang_up(call=call)
    expect(card(anna.page, call)).to_have_attribute("data-state", "ended", timeout=SECONDS)
    assert bert.complaints == []
    one_stream_for_two_windows = house.push_port
    with urllib.request.urlopen(f"http://127.0.0.1:{one_stream_for_two_windows}/healthz") as answer:
        assert b'"listeners": 2' in answer.read()


def test_a_missed_call_leaves_the_screen_and_says_so(browser, house, system, store_a):
    anna = at_desk(browser, house, make_agent(system, "801", [store_a]))
    call = ring(system, "801", "13700001234")
    expect(card(anna.page, call)).to_contain_text("Not a member yet", timeout=SECONDS)
    simulator.hang_up(call=call)
    expect(card(anna.page, call)).to_have_count(0, timeout=SECONDS)
    expect(anna.page.locator("[data-said]")).to_have_text("The caller has hung up")


def test_the_page_opens_by_itself_where_it_was_asked_for_but_not_away_from_typing(browser, house, system, store_a):
    member = make_member(phone=NUMBER, store=store_a, name="周若兰")
    agent = make_agent(system, "801", [store_a])
    agent_line = system.lines.get(user=agent)
    agent_line.opens_on_ring = True
    agent_line.save()
    anna = at_desk(browser, house, agent)
    anna.open("/members/enrol/")
    expect(light(anna.page)).to_have_attribute("data-state", "live", timeout=SECONDS)
    anna.page.fill("[name=name]", "half a na")
    first = ring(system, "801")
    expect(card(anna.page, first)).to_contain_text("周若兰", timeout=SECONDS)
    assert anna.page.input_value("[name=name]") == "half a na"
    simulator.hang_up(call=first)
    anna.open("/members/")
    ring(system, "801")
    anna.page.wait_for_url(f"**/members/{member.pk}/", timeout=SECONDS)


@pytest.mark.parametrize("part", ["web", "push", "redis"])
def test_a_ringing_call_is_never_lost(browser, house, system, store_a, part):
    """Killed while it rings; killed before it rings; and after coming back the call is on the screen."""
    make_member(phone=NUMBER, store=store_a, name="周若兰")
    anna = at_desk(browser, house, make_agent(system, "801", [store_a]))
    ringing = ring(system, "801")
    expect(card(anna.page, ringing)).to_be_visible(timeout=SECONDS)
    house.kill(part)
    missed_by_push = ring(system, "801", "13700001234")
    if part != "web":  # the site answers: polling shows it while the rest is down
        expect(card(anna.page, missed_by_push)).to_be_visible(timeout=SECONDS)
    house.start(part)
    expect(light(anna.page)).to_have_attribute("data-state", "live", timeout=SECONDS)
    for call in (ringing, missed_by_push):
        expect(card(anna.page, call)).to_be_visible(timeout=SECONDS)
    anna.page.reload()
    for call in (ringing, missed_by_push):
        expect(card(anna.page, call)).to_be_visible(timeout=SECONDS)
    after = ring(system, "801", "13700005678")
    expect(card(anna.page, after)).to_be_visible(timeout=SECONDS)


def test_a_browser_without_shared_workers_lets_one_window_lead(browser, house, system, store_a):
    anna = at_desk(browser, house, make_agent(system, "801", [store_a]))
    anna.context.add_init_script("delete window.SharedWorker")
    pages = [anna.page, anna.context.new_page()]
    for page in pages:
        page.goto(f"{house.url}/members/")
    for page in pages:
        expect(light(page)).to_have_attribute("data-state", "live", timeout=SECONDS)
    call = ring(system, "801", "13700001234")
    for page in pages:
        expect(card(page, call)).to_be_visible(timeout=SECONDS)
