"""A real SMTP server on loopback that keeps what it gets: for tests."""

import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message


class Sink(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.messages: list[Message] = []
        self.connections = 0
        self.refuse: bytes | None = None  # what to answer to RCPT TO instead of 250
        self.hang_up_after = 0  # close each connection after so many messages (0: never)

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.server.connections += 1
        taken = 0
        self._say(b"220 sink")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word in (b"EHLO", b"HELO"):
                self._say(b"250 sink")
            elif word == b"RCPT":
                self._say(self.server.refuse or b"250 ok")
            elif word == b"DATA":
                self._say(b"354 go on")
                lines = []
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(part)
                self.server.messages.append(email.message_from_bytes(b"".join(lines)))
                self._say(b"250 taken")
                taken += 1
                if taken == self.server.hang_up_after:
                    return
            elif word == b"QUIT":
                self._say(b"221 bye")
                return
            else:
                self._say(b"250 ok")

    def _say(self, text: bytes) -> None:
        self.wfile.write(text + b"\r\n")
        self.wfile.flush()


@contextmanager
def smtp_sink() -> Iterator[Sink]:
    with Sink() as sink:
        thread = threading.Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            sink.shutdown()
            thread.join()
