"""The listener against a manager port that misbehaves, and dialling through it."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable

import pytest

from callcenter import asterisk
from callcenter.asterisk import Account, Listener, Manager, extension_of, written
from callcenter.management.commands.listen_asterisk import Poster
from callcenter.models import Call
from callcenter.phone_systems import DialRefused, Order
from callcenter.services.calls import take_events
from callcenter.tests.call_factories import make_agent, make_system

OK = b"Asterisk Call Manager/7.0.3\r\nResponse: Success\r\nMessage: Authentication accepted\r\n\r\n"
RINGS = (
    b"Event: AgentCalled\r\nLinkedid: 1764.1\r\nUniqueid: 1764.1\r\nDestChannel: PJSIP/801-0000002a\r\n"
    b"DestUniqueid: 1764.2\r\nCallerIDNum: 13812344821\r\nQueue: gold\r\n\r\n"
)
ANSWERS = b"Event: AgentConnect\r\nLinkedid: 1764.1\r\nDestChannel: PJSIP/801-0000002a\r\n\r\n"
ENDS = b"Event: Hangup\r\nChannel: PJSIP/801-0000002a\r\nUniqueid: 1764.2\r\nLinkedid: 1764.1\r\nCause-txt: Normal Clearing\r\n\r\n"
PRESENT = (
    b"Event: CoreShowChannel\r\nChannel: PJSIP/801-0000002a\r\nChannelStateDesc: Ringing\r\nUniqueid: 1764.2\r\n"
    b"Linkedid: 1764.1\r\nConnectedLineNum: 13812344821\r\n\r\n"
)
GARBAGE = b"\xff\xfe\x00 no packet\r\n" + b"x" * 200_000 + b"\r\n: \r\n\r\nEvent: Newexten\r\nnonsense\r\n\r\n"

Session = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def listen(sessions: list[bytes], *, wanted: int) -> list[dict[str, object]]:
    """What a listener posts while a manager port answers each connection with the next of these and drops it."""

    async def scene() -> list[dict[str, object]]:
        posted: list[dict[str, object]] = []
        enough = asyncio.Event()

        async def post(event: dict[str, object]) -> None:
            posted.append(event)
            if len(posted) >= wanted:
                enough.set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(sessions.pop(0) if sessions else b"")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        running = asyncio.create_task(Listener(Account("127.0.0.1", port, "crm", "secret"), post).run())
        await asyncio.wait_for(enough.wait(), 20)
        running.cancel()
        server.close()
        return posted

    return asyncio.run(scene())


def kinds(events: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return [(one["event"], one["call_id"], one["leg"], one.get("extension")) for one in events]


def test_a_call_becomes_events():
    events = listen([OK + RINGS + ANSWERS + ENDS], wanted=3)
    assert kinds(events) == [
        ("ringing", "1764.1", "1764.2", "801"),
        ("answered", "1764.1", "1764.2", "801"),
        ("ended", "1764.1", "1764.2", None),
    ]
    assert events[0]["from"] == "13812344821"
    assert events[0]["queue"] == "gold"


def test_garbage_is_passed_over():
    assert kinds(listen([OK + GARBAGE + RINGS], wanted=1)) == [("ringing", "1764.1", "1764.2", "801")]


def test_after_a_drop_it_comes_back_and_asks_what_is_there():
    events = listen([OK + RINGS[:40], b"", OK + PRESENT + ENDS], wanted=2)
    assert [one["event"] for one in events] == ["ringing", "ended"]


def test_it_tries_again_when_it_is_not_let_in():
    refused = b"Response: Error\r\nMessage: Authentication failed\r\n\r\n"
    assert len(listen([refused, OK + RINGS], wanted=1)) == 1


def test_what_was_said_twice_after_a_reconnect_changes_nothing(db, store_a):
    system = make_system()
    make_agent(system, "801", [store_a])
    events = listen([OK + RINGS, OK + PRESENT + ANSWERS], wanted=3)
    outcomes = [one.outcome for one in take_events(system=system, body=events)]
    assert outcomes == ["popped", "duplicate", "applied"]
    assert Call.objects.get().state == "answered"


@pytest.mark.parametrize(
    ("channel", "extension"),
    [("PJSIP/801-0000002a", "801"), ("SIP/802-1", "802"), ("PJSIP/trunk-00001", ""), ("Local/801@q-1;1", ""), ("", "")],
)
def test_only_telephones_of_agents_have_extensions(channel, extension):
    assert extension_of(channel) == extension


def test_a_value_cannot_smuggle_in_a_field():
    assert written("Originate", Exten="1\r\nAction: Command").count(b"\r\n") == 3


class Port:
    """A manager port that answers once and keeps what it was told."""

    def __init__(self, answer: bytes) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.number = self.socket.getsockname()[1]
        self.told = b""
        self.thread = threading.Thread(target=self._serve, args=(answer,), daemon=True)
        self.thread.start()

    def _serve(self, answer: bytes) -> None:
        line, _address = self.socket.accept()
        with self.socket, line:
            while b"Originate" not in self.told:
                self.told += line.recv(4096)
            line.sendall(answer)


@pytest.fixture
def ami(settings):
    settings.AMI_HOST, settings.AMI_USER, settings.AMI_SECRET, settings.AMI_CONTEXT = "127.0.0.1", "crm", "s", "out"
    return settings


ORDER = Order(external_id="atrium-1", extension="801", number="+8613812344821")


def test_dialling_asks_the_manager_port(ami):
    port = Port(OK + b"Response: Success\r\nMessage: Originate successfully queued\r\n\r\n")
    ami.AMI_PORT = port.number
    Manager().dial(make_unsaved(), ORDER)
    assert b"Channel: PJSIP/801" in port.told
    assert b"ChannelId: atrium-1" in port.told
    assert b"Exten: 8613812344821" in port.told


@pytest.mark.parametrize("answer", [b"Response: Error\r\n\r\n", b""])
def test_dialling_that_is_refused_says_so(ami, answer):
    ami.AMI_PORT = Port(answer).number
    with pytest.raises(DialRefused):
        Manager().dial(make_unsaved(), ORDER)


def test_dialling_without_an_address_says_so(settings):
    settings.AMI_HOST = ""
    with pytest.raises(DialRefused):
        Manager().dial(make_unsaved(), ORDER)


def make_unsaved():
    return asterisk.PhoneSystem(code="x", kind="asterisk")


@pytest.mark.django_db(transaction=True)
def test_the_listener_posts_to_the_webhook(live_server, store_a):
    system = make_system(code="pbx")
    make_agent(system, "801", [store_a])
    poster = Poster(system, live_server.url)
    event = {"event": "ringing", "call_id": "1", "id": "r", "extension": "801", "from": "13812344821"}
    asyncio.run(asyncio.wait_for(poster(event), 20))
    assert Call.objects.get().agent is not None
