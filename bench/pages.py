"""What one client waits for a look-up, a search, a member's page: at the size asked for and at ten thousand members."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from bench.client import Connection, get
from bench.desk_facts import tell_desk
from bench.figures import Run, percentile
from bench.made_store import MEMBERS, RECEIPTS, made_store
from bench.people import card_of
from bench.recording import record_each, refuse_scans, replay
from bench.registry import bench
from bench.server import serve
from kit import panels
from members.models import Member
from staff.models import Device, User
from staff.services.devices import rotate_token

MEMBER_SLOTS = {"member.main", "member.side"}
REQUESTS, BLOCK, WARM, PROBES = 300, 20, 30, 60
HOST = "127.0.0.1"


@dataclass
class Asked:
    """One request: where, with which headers."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]

    def message(self) -> bytes:
        return get(self.path, self.query, **self.headers)

    def in_process(self) -> None:
        headers = {name.replace("_", "-"): value for name, value in self.headers.items()}
        answer = Client(headers={"host": HOST, **headers}).get(self.path, self.query)
        if answer.status_code != 200:
            raise RuntimeError(f"{self.path} {self.query} answered {answer.status_code}")


Requests = dict[str, list[Asked]]


@bench("pos-lookup", "A member looked up by card over HTTP by one client")
def pos_lookup(run: Run) -> None:
    def requests() -> Requests:
        token = rotate_token(device=Device.objects.earliest("pk"), actor=None)
        headers = {"Authorization": f"Bearer {token}"}
        return {"": [Asked("/api/v1/members/lookup", {"card": card_of(pk)}, headers) for pk in _some_members()]}

    _measure(run, requests)


@bench("search", "The live search of a clerk over HTTP by one client, for each kind of query")
def search(run: Run) -> None:
    def requests() -> Requests:
        headers = {"Cookie": _session("clerk"), "HX-Request": "true"}
        return {kind: [Asked("/search/", {"q": text}, headers) for text in texts] for kind, texts in _texts().items()}

    _measure(run, requests)


@bench("member-page", "The page of a member who bought, over HTTP by one client")
def member_page(run: Run) -> None:
    def requests() -> Requests:
        headers = {"Cookie": _session("clerk")}
        return {"": [Asked(f"/members/{pk}/", {}, headers) for pk in _some_buyers()]}

    _measure(run, requests)


@bench("member-360", "The whole page of a member for an agent, with what it fetches late, over HTTP by one client")
def member_360(run: Run) -> None:
    def requests() -> Requests:
        tell_desk()
        headers = {"Cookie": _session("agent")}
        members = _some_buyers()
        late = [panel for panel in panels.registered() if panel.late and panel.slot in MEMBER_SLOTS]
        groups = {"page": [Asked(f"/members/{pk}/", {}, headers) for pk in members]}
        for panel in late:
            paths = [reverse("panel_detail", args=[panel.slot, panel.name, pk]) for pk in members]
            groups[panel.name] = [Asked(path, {}, headers | {"HX-Request": "true"}) for path in paths]
        return groups

    seconds = _measure(run, requests)
    # As if nothing were fetched side by side.
    run.spread([sum(parts) for parts in zip(*seconds.values(), strict=True)], label="whole")


def _measure(run: Run, requests: Callable[[], Requests]) -> dict[str, list[float]]:
    """Measure at the size asked for and, where that is another, at ten thousand members, turn by turn; the seconds at
    the size asked for, by kind."""
    members, receipts = run.members or MEMBERS, run.receipts or RECEIPTS
    is_small = (members, receipts) == (MEMBERS, RECEIPTS)
    small = None
    if not is_small:
        with made_store(MEMBERS, RECEIPTS) as small_url:
            small = (small_url, requests())
    with made_store(members, receipts) as url:
        asked = requests()
        read_once()
        with _servers(url, small and small[0]) as sites:
            taken: dict[str, list[float]] = {}
            for kind, some in asked.items():
                groups = [some] if small is None else [some, small[1][kind]]
                big_seconds, *small_seconds = _take_turns(sites, groups)
                statements = record_each([one.in_process for one in some[:PROBES]])
                for each in statements[:3]:
                    refuse_scans(each)
                _note(run, kind, big_seconds, replay(statements), small_seconds[0] if small_seconds else None)
                taken[kind] = big_seconds
            return taken


def read_once() -> None:
    """Read the database's files once, as after a day's work: the first read of a disk is not what is measured."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
        )
        folder, oid = cursor.fetchone()
    for file in (Path(folder) / "base" / str(oid)).glob("[0-9]*"):
        with file.open("rb") as content:
            while content.read(1 << 22):
                pass


def _note(run: Run, kind: str, seconds: list[float], limit: list[float], small: list[float] | None) -> None:
    prefix = f"{kind}." if kind else ""
    run.spread(seconds, label=kind, limit=limit)
    run.figure(f"{prefix}rate", len(seconds) / sum(seconds), "1/s", n=len(seconds), limit=len(limit) / sum(limit))
    if small is not None:
        run.spread(small, label=f"{prefix}small")
        for name, share in (("growth", 0.95), ("growth-p50", 0.5)):
            run.figure(prefix + name, percentile(seconds, share) / percentile(small, share), "", n=len(seconds))


@contextmanager
def _servers(url: str, small_url: str | None) -> Iterator[list[str]]:
    with serve(url) as site:
        if small_url is None:
            yield [site]
            return
        with serve(small_url, data_dir=settings.DATA_DIR / "small") as small_site:
            yield [site, small_site]


def _take_turns(sites: list[str], groups: list[list[Asked]]) -> list[list[float]]:
    """Ask each server in blocks, turn by turn, so that what else happens on the machine meets both alike."""
    lines = [Connection(site) for site in sites]
    messages = [[one.message() for one in group] for group in groups]
    for line, group in zip(lines, messages, strict=True):
        for message in group[:WARM]:
            line.timed(message)
    seconds: list[list[float]] = [[] for _ in lines]
    for begin in range(0, len(messages[0]), BLOCK):
        for taken, line, group in zip(seconds, lines, messages, strict=True):
            taken += [line.timed(message)[0] for message in group[begin : begin + BLOCK]]
    return seconds


def _some_members() -> list[int]:
    count = Member.objects.order_by("-pk").values_list("pk", flat=True)[0]
    rng = random.Random(11)
    return [rng.randint(1, count) for _ in range(REQUESTS)]


def _some_buyers() -> list[int]:
    """Members as receipts bring them: who buys more is met more often."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM sales_receipt")
        last = cursor.fetchone()[0]
        rng = random.Random(12)
        cursor.execute(
            "SELECT member_id FROM sales_receipt WHERE id = ANY(%s) AND member_id IS NOT NULL",
            [[rng.randint(1, last) for _ in range(REQUESTS * 3)]],
        )
        found = [row[0] for row in cursor.fetchall()]
    return found[:REQUESTS]


def _texts() -> dict[str, list[str]]:
    """What a clerk types for some members, by kind of query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.e164, s.name, s.py, s.ini FROM members_membersearch s JOIN members_memberphone p USING (member_id)"
            " WHERE s.member_id = ANY(%s)",
            [_some_members()],
        )
        rows = cursor.fetchall()
    cards = [card_of(pk) for pk in _some_members()]
    return {
        "phone": [phone[3:] for phone, *_ in rows],
        "last-four": [phone[-4:] for phone, *_ in rows],
        "card": cards,
        "han": [name for _, name, *_ in rows],
        "han-surname": [name[0] for _, name, *_ in rows],
        "han-given": [name[1:] for _, name, *_ in rows],
        "han-middle": [name[1] for _, name, *_ in rows],
        "pinyin": [pinyin for *_, pinyin, _ini in rows],
        "initials": [initials for *_, initials in rows],
        "initials-last-four": [f"{initials} {phone[-4:]}" for phone, _name, _py, initials in rows],
    }


def _session(username: str) -> str:
    client = Client(headers={"host": HOST})
    client.force_login(User.objects.get(username=username), backend=settings.AUTHENTICATION_BACKENDS[-1])
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
