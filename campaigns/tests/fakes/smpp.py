"""An SMPP 3.4 gateway, written from the specification and not over the package under test."""

import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from campaigns.tests.fakes.server import TAKES, Mood

USER, PASSWORD, SOURCE = "atrium", "secret", "1069012345"
NACK, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x80000000, 0x04, 0x05, 0x06, 0x15
RECEIVER, TRANSMITTER = 0x01, 0x02
RESP = 0x80000000
STATUS = {
    Mood.BROKEN_BEFORE: 0x08, Mood.BROKEN_AFTER: 0x08, Mood.THROTTLED_ONCE: 0x58, Mood.BAD_NUMBER: 0x0B,
    Mood.NO_MONEY: 0x0A,
}  # fmt: skip


@dataclass(slots=True)
class Part:
    """One submit_sm as it came."""

    to: str
    number: str
    raw: bytes
    coding: int
    esm_class: int
    wants_receipt: bool
    source: str


class FakeSmpp:
    """`book` holds every part it took. `moods` by number; a text in parts has the mood of its number for each part."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.book: list[Part] = []
        self.calls: Counter[str] = Counter()
        self.refused_binds = 0
        self.mood: Callable[[str, int], Mood] = lambda _to, _call: Mood.FINE
        # What is delivered to whoever binds as a receiver, and how each was answered: (sequence, status).
        self.deliveries: list[bytes] = []
        self.answered: list[tuple[int, int]] = []
        # Sent as it is, once, to whoever binds as a receiver.
        self.noise = b""
        self.asks_first = False
        self._lock = threading.Lock()
        self._lines: list[socket.socket] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join()
        for line in self._lines:
            line.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _address = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        try:
            line = self.tls.wrap_socket(line, server_side=True) if self.tls else line
            self._lines.append(line)
            while True:
                command, _status, sequence, body = _read(line)
                if command in (RECEIVER, TRANSMITTER, 0x09):
                    self._bind(line, command, sequence, body)
                elif command == SUBMIT:
                    with self._lock:
                        self._submitted(line, sequence, body)
                elif command == ENQUIRE:
                    _write(line, ENQUIRE | RESP, 0, sequence)
                elif command == DELIVER | RESP:
                    self.answered.append((sequence, _status))
                elif command == UNBIND:
                    _write(line, UNBIND | RESP, 0, sequence)
        except (OSError, EOFError):
            line.close()

    def _bind(self, line: socket.socket, command: int, sequence: int, body: bytes) -> None:
        user, password = body.split(b"\x00")[:2]
        if (user.decode(), password.decode()) != (USER, PASSWORD):
            self.refused_binds += 1
            _write(line, command | RESP, 0x0E, sequence)
            return
        _write(line, command | RESP, 0, sequence, b"fake\x00")
        if command == RECEIVER:
            noise, self.noise = self.noise, b""
            line.sendall(noise)
            for number, words in enumerate(self.deliveries, start=1):
                _write(line, DELIVER, 0, number, words)
        elif self.asks_first:
            _write(line, ENQUIRE, 0, 99)

    def _submitted(self, line: socket.socket, sequence: int, body: bytes) -> None:
        part = _part(body, f"{len(self.book) + 1:08X}")
        self.calls[part.to] += 1
        mood = self.mood(part.to, self.calls[part.to])
        again = mood is Mood.THROTTLED_ONCE and self.calls[part.to] > 1
        if mood in TAKES and (mood is not Mood.THROTTLED_ONCE or again):
            self.book.append(part)
        match mood:
            case Mood.CUT_BEFORE | Mood.CUT_AFTER:
                raise EOFError
            case Mood.SLOW:
                return
            case Mood.NONSENSE:
                _write(line, SUBMIT | RESP, 0, sequence + 1_000_000, b"other\x00")
                return
        status = 0 if again else STATUS.get(mood, 0)
        _write(line, SUBMIT | RESP, status, sequence, part.number.encode() + b"\x00" if not status else b"")


def receipt(part: Part, word: str = "DELIVRD", *, by_field: bool = False) -> bytes:
    """The deliver_sm of a receipt, in the words of appendix B or in the optional fields."""
    words = f"id:{part.number} sub:001 dlvrd:001 submit date:2601011000 done date:2601011000 stat:{word} err:000 text:x"
    state = {"DELIVRD": 2, "EXPIRED": 3, "UNDELIV": 5, "ENROUTE": 1}[word]
    more = b""
    if by_field:
        words = ""
        number = part.number.encode() + b"\x00"
        more = struct.pack(">HH", 0x001E, len(number)) + number + struct.pack(">HHB", 0x0427, 1, state)
    return delivery(part.to, words.encode(), esm_class=0x04, more=more)


def reply(phone: str, text: str) -> bytes:
    return delivery(phone, text.encode("utf-16-be"), coding=8)


def delivery(source: str, raw: bytes, *, esm_class: int = 0, coding: int = 0, ton: int = 1, more: bytes = b"") -> bytes:
    return (
        b"\x00" + bytes((ton, 1)) + source.encode() + b"\x00" + b"\x00\x01" + SOURCE.encode() + b"\x00"
        + bytes((esm_class, 0, 0)) + b"\x00\x00" + bytes((0, 0, coding, 0, len(raw))) + raw + more
    )  # fmt: skip


def _part(body: bytes, number: str) -> Part:
    """submit_sm, SMPP 3.4, 4.4.1."""
    place = body.index(b"\x00") + 1
    place += 2
    end = body.index(b"\x00", place)
    source, place = body[place:end].decode(), end + 3
    end = body.index(b"\x00", place)
    to, place = body[place:end].decode(), end + 1
    esm_class, place = body[place], place + 3
    for _time in range(2):
        place = body.index(b"\x00", place) + 1
    registered, coding, length = body[place], body[place + 2], body[place + 4]
    return Part(to, number, body[place + 5 : place + 5 + length], coding, esm_class, registered == 1, source)


def _read(line: socket.socket) -> tuple[int, int, int, bytes]:
    length, command, status, sequence = struct.unpack(">LLLL", _exactly(line, 16))
    return command, status, sequence, _exactly(line, length - 16)


def _exactly(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = line.recv(size - len(found))
        if not more:
            raise EOFError
        found += more
    return found


def _write(line: socket.socket, command: int, status: int, sequence: int, body: bytes = b"") -> None:
    line.sendall(struct.pack(">LLLL", len(body) + 16, command, status, sequence) + body)
