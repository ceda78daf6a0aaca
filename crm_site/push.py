"""The push process: one stream of server-sent events for each browser that listens, fed by Redis.

    uvicorn crm_site.push:app          the process itself (behind nginx: docs/calls.md)
    python -m crm_site.push PORT       the same, started again whenever it ends (bin/run)

It holds no database connection: a browser shows a signed ticket that the site gave it a moment before. It carries no
truth either: each stream begins with `sync`, on which the browser fetches what is; after Redis was away everybody gets
`sync` again, and while it is away `stale`, on which browsers poll.
"""

import asyncio
import contextlib
import json
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from kit.push import channel_of, user_of

logger = logging.getLogger("atrium.push")

HEARTBEAT = 15.0  # seconds without a word after which a beat is sent
QUEUE = 32  # words one listener may be behind before it is let go
SEND_TIMEOUT = 10.0  # seconds a browser may take to accept a word
LIFETIME = (540.0, 660.0)  # seconds after which a browser comes again with a fresh ticket
PATH = "/events/"

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Listener:
    """One browser's stream: words wait in a short queue; who cannot follow is let go and comes again."""

    def __init__(self) -> None:
        self.words: asyncio.Queue[str | None] = asyncio.Queue(QUEUE)

    def give(self, word: str | None) -> None:
        try:
            self.words.put_nowait(word)
        except asyncio.QueueFull:
            while not self.words.empty():
                self.words.get_nowait()
            self.words.put_nowait(None)


class Hub:
    """Who listens, and the one connection to Redis that feeds them all."""

    def __init__(self) -> None:
        self.listeners: dict[int, set[Listener]] = defaultdict(set)
        self.redis_is_there = False
        self.numbers = count(int(time.time() * 1000))  # rising over restarts too

    def word(self, event: str, data: object = None) -> str:
        return f"id: {next(self.numbers)}\nevent: {event}\ndata: {json.dumps(data or {})}\n\n"

    def join(self, user_id: int) -> Listener:
        listener = Listener()
        self.listeners[user_id].add(listener)
        listener.give(self.word("sync"))
        if not self.redis_is_there:
            listener.give(self.word("stale"))
        return listener

    def leave(self, user_id: int, listener: Listener) -> None:
        self.listeners[user_id].discard(listener)
        if not self.listeners[user_id]:
            del self.listeners[user_id]

    def everybody(self, event: str) -> None:
        for listeners in self.listeners.values():
            for listener in listeners:
                listener.give(self.word(event))

    def deliver(self, channel: bytes, data: bytes) -> None:
        """Hand a word to the browsers of the one person it is for."""
        try:
            user_id, said = int(channel.rpartition(b":")[2]), json.loads(data)
        except ValueError:
            return
        if user_id not in self.listeners:
            return
        word = self.word("call", said)
        for listener in self.listeners[user_id]:
            listener.give(word)

    @property
    def size(self) -> int:
        return sum(len(listeners) for listeners in self.listeners.values())

    async def run(self) -> None:
        """Read from Redis for ever; when it goes away, come back as soon as it does."""
        wait = 0.1
        while True:
            client = redis.asyncio.Redis.from_url(
                settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=10
            )
            try:
                async with client.pubsub() as inbox:
                    await inbox.psubscribe(channel_of(0)[:-1] + "*")
                    self.redis_is_there, wait = True, 0.1
                    self.everybody("sync")
                    while True:
                        message = await inbox.get_message(ignore_subscribe_messages=True, timeout=10)
                        if message is not None:
                            self.deliver(message["channel"], message["data"])
            except (RedisError, OSError) as error:
                if self.redis_is_there:
                    logger.warning("Redis is away: %s", error)
                    self.redis_is_there = False
                    self.everybody("stale")
            finally:
                with contextlib.suppress(RedisError, OSError):
                    await client.aclose()
            await asyncio.sleep(wait)
            wait = min(2.0, wait * 2)


hub = Hub()


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """The ASGI application: /events/ for browsers, /healthz for whoever watches the process."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        await _answer(scope, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    reader: asyncio.Task[None] | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            reader = asyncio.create_task(hub.run())
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            if reader is not None:
                reader.cancel()
            for listeners in hub.listeners.values():
                for listener in listeners:
                    listener.give(None)
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _answer(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    if scope["path"] == "/healthz":
        state = {"status": "ok", "redis": "ok" if hub.redis_is_there else "away", "listeners": hub.size}
        await _say(send, 200, json.dumps(state).encode(), [])
        return
    if not scope["path"].endswith(PATH) or scope["method"] != "GET":
        await _say(send, 404, b"{}", [])
        return
    origin = headers.get(b"origin", "")
    if origin and not is_our_origin(origin):
        await _say(send, 403, b"{}", [])
        return
    allowed = [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")] if origin else []
    ticket = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
    user_id = user_of(ticket)
    if user_id is None:
        await _say(send, 401, b"{}", allowed)
        return
    await _stream(user_id, receive, send, allowed)


def is_our_origin(origin: str) -> bool:
    """The site's own pages: their host, or one of the origins that are trusted."""
    return urlsplit(origin).hostname in settings.ALLOWED_HOSTS or origin in settings.CSRF_TRUSTED_ORIGINS


async def _stream(user_id: int, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
    head = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        *headers,
    ]
    listener = hub.join(user_id)
    gone = asyncio.create_task(_gone(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await _carry(listener, gone, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except (TimeoutError, OSError):
        return  # a browser that takes nothing any more
    finally:
        gone.cancel()
        hub.leave(user_id, listener)


async def _carry(listener: Listener, gone: asyncio.Task[None], send: Send) -> None:
    until = time.monotonic() + random.uniform(*LIFETIME)  # noqa: S311 - spreads the reconnecting
    while time.monotonic() < until and not gone.done():
        waiting = asyncio.create_task(listener.words.get())
        await asyncio.wait({waiting, gone}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            word = waiting.result()
            if word is None:
                return
        else:
            waiting.cancel()
            word = hub.word("beat")
        if gone.done():
            return
        await asyncio.wait_for(
            send({"type": "http.response.body", "body": word.encode(), "more_body": True}), SEND_TIMEOUT
        )


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _say(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    head = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


def keep(port: int) -> None:
    """Run uvicorn, and again whenever it ends, until this process is told to stop."""
    command = [
        sys.executable, "-m", "uvicorn", "crm_site.push:app", "--host", "127.0.0.1", "--port", str(port),
        "--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "2",
    ]  # fmt: skip
    child: subprocess.Popen[bytes] | None = None
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True
        if child is not None:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping:
        child = subprocess.Popen(command)
        child.wait()
        time.sleep(0 if stopping else 0.5)


if __name__ == "__main__":
    keep(int(sys.argv[1]))
