"""Asterisk through its manager port (AMI): what it says becomes events for our own webhook, what we dial is asked of it.

The listener is a process of its own (`manage.py listen_asterisk`). It holds no truth and touches no database: it reads,
words what it read as an event, signs it and posts it. After every reconnect it asks which channels are there, for AMI
repeats nothing.
"""

import asyncio
import contextlib
import logging
import re
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from callcenter.models import Call, PhoneSystem
from callcenter.phone_systems import DialRefused, Order

logger = logging.getLogger("atrium.asterisk")

Packet = dict[str, str]
Post = Callable[[dict[str, object]], Awaitable[None]]

LINE_LIMIT = 64 * 1024
PING_SECONDS = 20.0
SILENT_SECONDS = 60.0
DIAL_SECONDS = 5.0


@dataclass(frozen=True)
class Account:
    """Where the manager port is, and who may speak to it."""

    host: str
    port: int
    user: str
    secret: str
    context: str = "from-internal"
    technology: str = "PJSIP"

    @classmethod
    def from_settings(cls) -> "Account | None":
        """As the environment says; None where no host is named."""
        if not settings.AMI_HOST:
            return None
        return cls(settings.AMI_HOST, settings.AMI_PORT, settings.AMI_USER, settings.AMI_SECRET, settings.AMI_CONTEXT)


class Refused(Exception):
    """The manager port did not let us in."""


def written(action: str, **fields: object) -> bytes:
    """One action as it goes over the wire; line breaks in a value would be further fields, so they are taken out."""
    plain = {name: re.sub(r"[\r\n]", " ", str(value)) for name, value in fields.items()}
    lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in plain.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def packets(reader: asyncio.StreamReader) -> AsyncIterator[Packet]:
    """Packets as they come; lines that are none are passed over."""
    packet: Packet = {}
    while True:
        try:
            line = await asyncio.wait_for(reader.readline(), SILENT_SECONDS)
        except ValueError:  # longer than any line of the protocol
            continue
        if not line:
            return
        text = line.decode("utf-8", "replace").strip()
        if not text:
            if packet:
                yield packet
            packet = {}
        elif ": " in text or text.endswith(":"):
            name, _colon, value = text.partition(":")
            packet[name.strip()] = value.strip()


class Listener:
    """Stays connected, reads, posts. `post` is given one event at a time, in order."""

    def __init__(self, account: Account, post: Post) -> None:
        self.account = account
        self.post = post
        self.rings: dict[str, tuple[str, str]] = {}  # channel of an agent → call and leg

    async def run(self) -> None:
        """For ever: connect, read until the connection ends, wait a little longer each time, connect."""
        wait = 0.2
        while True:
            try:
                await self.session()
                wait = 0.2
            except (OSError, Refused, TimeoutError) as error:
                logger.warning("the manager port of %s is away: %s", self.account.host, error)
            await asyncio.sleep(wait)
            wait = min(10.0, wait * 2)

    async def session(self) -> None:
        """One connection, from signing in to its end."""
        opening = asyncio.open_connection(self.account.host, self.account.port, limit=LINE_LIMIT)
        reader, writer = await asyncio.wait_for(opening, DIAL_SECONDS)
        pinging: asyncio.Task[None] | None = None
        try:
            writer.write(written("Login", Username=self.account.user, Secret=self.account.secret, Events="on"))
            let_in = False
            async for packet in packets(reader):
                if not let_in:
                    if packet.get("Response") == "Error":
                        raise Refused(packet.get("Message", ""))
                    if packet.get("Response") != "Success":
                        continue
                    let_in = True
                    logger.info("connected to %s", self.account.host)
                    writer.write(written("CoreShowChannels"))
                    pinging = asyncio.create_task(_ping(writer))
                for event in self.events(packet):
                    await self.post(event)
        finally:
            if pinging is not None:
                pinging.cancel()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def events(self, packet: Packet) -> list[dict[str, object]]:
        """What one packet means for us, in the words of our webhook."""
        match packet.get("Event"):
            case "AgentCalled" | "DialBegin":
                return self._rings(packet)
            case "AgentConnect":
                return self._of_channel(packet, "answered")
            case "DialEnd" if packet.get("DialStatus") == "ANSWER":
                return self._of_channel(packet, "answered")
            case "DialEnd" | "AgentRingNoAnswer":
                return self._of_channel(packet, "ended", cause=packet.get("DialStatus", "noanswer").lower())
            case "Hangup":
                return self._of_hangup(packet)
            case "CoreShowChannel":
                return self._of_present(packet)
        return []

    def _rings(self, packet: Packet) -> list[dict[str, object]]:
        channel = packet.get("DestChannel", "")
        extension = extension_of(channel)
        if not extension:
            return []
        call_id = packet.get("Linkedid") or packet.get("Uniqueid", "")
        placed = call_id.startswith("atrium-")
        leg = "" if placed else packet.get("DestUniqueid") or channel
        self.rings[channel] = (call_id, leg)
        return [
            self._event(
                "ringing", call_id, leg, extension=extension, queue=packet.get("Queue", ""),
                direction=Call.Direction.OUT if placed else Call.Direction.IN,
                **{"to" if placed else "from": packet.get("CallerIDNum", "")},
            )
        ]  # fmt: skip

    def _of_channel(self, packet: Packet, kind: str, **more: object) -> list[dict[str, object]]:
        channel = packet.get("DestChannel") or packet.get("Channel", "")
        known = self.rings.get(channel)
        if known is None:
            return []
        return [self._event(kind, *known, extension=extension_of(channel), **more)]

    def _of_hangup(self, packet: Packet) -> list[dict[str, object]]:
        channel = packet.get("Channel", "")
        known = self.rings.pop(channel, None)
        if known is None:
            placed = packet.get("Linkedid", "")
            known = (placed, "") if placed.startswith("atrium-") and placed == packet.get("Uniqueid") else None
        if known is None:
            return []
        return [self._event("ended", *known, cause=packet.get("Cause-txt", "")[:40])]

    def _of_present(self, packet: Packet) -> list[dict[str, object]]:
        """A channel that is there after a reconnect: what it was doing is said again; the webhook knows doubles."""
        channel = packet.get("Channel", "")
        extension, state = extension_of(channel), packet.get("ChannelStateDesc", "")
        if not extension or state not in ("Ringing", "Up"):
            return []
        call_id = packet.get("Linkedid", "")
        leg = "" if call_id.startswith("atrium-") else packet.get("Uniqueid", "")
        self.rings[channel] = (call_id, leg)
        kind = "ringing" if state == "Ringing" else "answered"
        return [self._event(kind, call_id, leg, extension=extension, **{"from": packet.get("ConnectedLineNum", "")})]

    def _event(self, kind: str, call_id: str, leg: str, **more: object) -> dict[str, object]:
        now = datetime.now(UTC).isoformat()
        return {"event": kind, "call_id": call_id, "leg": leg, "id": f"{kind}-{leg or call_id}", "at": now, **more}


async def _ping(writer: asyncio.StreamWriter) -> None:
    while True:
        await asyncio.sleep(PING_SECONDS)
        writer.write(written("Ping"))


def extension_of(channel: str) -> str:
    """`PJSIP/801-0000002a` is extension 801; trunks and local channels are none."""
    found = re.fullmatch(r"(?:PJSIP|SIP|IAX2|SCCP)/(\d{2,6})-[0-9a-f]+(?:;\d)?", channel)
    return found.group(1) if found else ""


class Manager:
    """Dials by asking the manager port: rings the extension, then the number."""

    def dial(self, system: PhoneSystem, order: Order) -> None:
        account = Account.from_settings()
        if account is None:
            raise DialRefused("CRM_AMI_HOST is not set")
        try:
            with socket.create_connection((account.host, account.port), timeout=DIAL_SECONDS) as line:
                line.settimeout(DIAL_SECONDS)
                line.sendall(written("Login", Username=account.user, Secret=account.secret, Events="off"))
                line.sendall(
                    written(
                        "Originate", ActionID=uuid.uuid4().hex, Channel=f"{account.technology}/{order.extension}",
                        ChannelId=order.external_id, Context=account.context, Exten=order.number.lstrip("+"),
                        Priority=1, Async="true", CallerID=order.extension,
                    )
                )  # fmt: skip
                answers = _answers(line, 2)
        except OSError as error:
            raise DialRefused(str(error)) from error
        if any(answer != "Success" for answer in answers):
            raise DialRefused("the manager port refused")


def _answers(line: socket.socket, wanted: int) -> list[str]:
    """The responses to what was asked, in order."""
    text = ""
    while True:
        found = re.findall(r"^Response: (\w+)", text, re.MULTILINE)
        if len(found) >= wanted or "Error" in found:
            return found
        more = line.recv(4096)
        if not more:
            raise ConnectionError("the manager port hung up")
        text += more.decode("utf-8", "replace")
