"""A lean HTTP client with a kept connection, so that measuring costs the server as little as may be."""

import select
import socket
import time
from collections.abc import Mapping
from urllib.parse import quote, urlsplit


class Connection:
    """One kept connection to the web server; requests are bytes made beforehand."""

    def __init__(self, site: str) -> None:
        parts = urlsplit(site)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._open()

    def _open(self) -> None:
        self.socket = socket.create_connection(self.address, timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def timed(self, message: bytes, expect: int = 200) -> tuple[float, bytes]:
        """Send a request and read the answer whole; seconds it took, and its body. Another status is an error."""
        if self._was_closed():
            self._open()
        begun = time.perf_counter()
        self.socket.sendall(message)
        data = self.socket.recv(65536)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head, body = data[:end].lower(), data[end + 4 :]
        at = head.find(b"content-length:")
        if at < 0:
            raise RuntimeError(f"An answer without its length: {head[:200]!r}")
        length = int(head[at + 15 : head.find(b"\r", at) if b"\r" in head[at:] else None])
        while len(body) < length:
            body += self._more()
        seconds = time.perf_counter() - begun
        if int(head[9:12]) != expect:
            raise RuntimeError(f"{message.split(b'HTTP')[0].decode()} answered {head[9:12].decode()}: {body[:300]!r}")
        if b"connection: close" in head:
            self.socket.close()
            self._open()
        return seconds, body

    def _was_closed(self) -> bool:
        """Whether the server has closed the connection while it was idle."""
        readable, _writable, _broken = select.select([self.socket], [], [], 0)
        return bool(readable)

    def _more(self) -> bytes:
        more = self.socket.recv(65536)
        if not more:
            raise RuntimeError("The web server hung up.")
        return more


def get(path: str, query: Mapping[str, str] | None = None, **headers: str) -> bytes:
    """The bytes of a GET request."""
    if query:
        path += "?" + "&".join(f"{name}={quote(value)}" for name, value in query.items())
    return _head("GET", path, headers) + b"\r\n"


def post(path: str, body: bytes, **headers: str) -> bytes:
    """The bytes of a POST request with a JSON body."""
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    return _head("POST", path, headers) + b"\r\n" + body


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n").encode()
