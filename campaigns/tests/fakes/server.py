"""What the fakes over HTTP share: the book, the moods, the server."""

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mood(Enum):
    """What a provider does with a message."""

    FINE = "takes it and says so"
    BROKEN_BEFORE = "a server error, nothing taken"
    BROKEN_AFTER = "a server error, taken all the same"
    THROTTLED_ONCE = "too much at the first call, fine at the next"
    CUT_BEFORE = "hangs up without having taken it"
    CUT_AFTER = "takes it and hangs up"
    SLOW = "takes it and answers too late"
    NONSENSE = "takes it and answers with what is no answer"
    BAD_NUMBER = "refuses the number"
    NO_MONEY = "takes nothing at all: no money left"


TAKES = frozenset({Mood.FINE, Mood.BROKEN_AFTER, Mood.THROTTLED_ONCE, Mood.CUT_AFTER, Mood.SLOW, Mood.NONSENSE})


@dataclass(slots=True)
class Entry:
    """One message in the provider's book. `arrived`: what the receipt will say."""

    key: str
    to: str
    number: str
    words: object
    arrived: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    body: object
    status: int = 200


CUT = Answer(None, 0)


class FakeServer:
    """Answers on 127.0.0.1 until closed. A subclass says what the words of a request mean (`answer`)."""

    def __init__(self) -> None:
        self.book: list[Entry] = []
        self.calls: Counter[str] = Counter()
        self.refused_signatures = 0
        self.mood: Callable[[str], Mood] = lambda _to: Mood.FINE
        self.closing = threading.Event()
        self._lock = threading.Lock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body in one piece: two would wait for each other.
            wbufsize = 65_536

            def do_POST(self) -> None:
                fake._serve(self)

            do_GET = do_POST

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def take(self, key: str, to: str, words: object) -> Entry:
        """Write a message into the book."""
        entry = Entry(key, to, f"n{len(self.book) + 1}-{key}", words)
        self.book.append(entry)
        return entry

    def handed(self, key: str, to: str, words: object, says: Callable[[Mood, Entry | None], Answer]) -> Answer:
        """Do with one message what the mood of its number says; `says` words the answer."""
        self.calls[to] += 1
        mood = self.mood(to)
        again = mood is Mood.THROTTLED_ONCE and self.calls[to] > 1
        takes = mood in TAKES and (mood is not Mood.THROTTLED_ONCE or again)
        entry = self.take(key, to, words) if takes else None
        match mood:
            case Mood.CUT_BEFORE | Mood.CUT_AFTER:
                return CUT
            case Mood.NONSENSE:
                return Answer("<html>welcome</html>")
            case Mood.BROKEN_BEFORE | Mood.BROKEN_AFTER:
                return Answer("upstream is away", 502)
            case Mood.SLOW:
                self._lock.release()
                self.closing.wait(3)
                self._lock.acquire()
        return says(Mood.FINE if again else mood, entry)

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._lock:
            answer = self.answer(Asked(handler.command, handler.path, headers, body))
        if answer is CUT:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        words = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False)
        raw = words.encode()
        try:
            handler.send_response(answer.status)
            kind = "text/html" if isinstance(answer.body, str) else "application/json"
            handler.send_header("Content-Type", kind)
            handler.send_header("Content-Length", str(len(raw)))
            handler.end_headers()
            handler.wfile.write(raw)
            handler.wfile.flush()
        except OSError:
            # Whoever waited has gone: that is what a slow answer is for.
            handler.close_connection = True
