"""E-mail by SMTP against a server that keeps its own book and misbehaves: what we say of a mail agrees with the book."""

import email
import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from campaigns.providers.protocol import Message, Verdict
from campaigns.providers.smtp import SmtpProvider

# How the server meets a mail: at MAIL FROM, RCPT TO, DATA or after the end of the message; what it says, or that it
# hangs up before or after taking the message.
TURNS = (
    "take", "rcpt 550", "rcpt 451", "mail 451", "data 554", "data 250", "end 552", "end 450", "end 999", "end nonsense",
    "mail 421", "gone mail", "gone rcpt", "gone data", "gone before end", "gone after end", "goodbye",
)  # fmt: skip


@dataclass
class Book:
    """The turn of each mail in their order, what the server took, (address, mail), and what came to it as a mail although
    nobody was to get it."""

    turns: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    strays: list[bytes] = field(default_factory=list)
    connections: int = 0
    offers: bytes = b"250 PIPELINING"


class _Session(socketserver.StreamRequestHandler):
    """Speaks line by line, so that what was sent together is read one after the other."""

    def handle(self) -> None:
        try:
            self._speak(self.server.book)
        except OSError:
            return

    def _speak(self, book: Book) -> None:
        book.connections += 1
        self._say(b"220 here")
        turn, to = "take", ""
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"EHLO":
                self._say(b"250-here\r\n" + book.offers)
            elif word == b"MAIL":
                turn = self._next_turn(book)
                if turn == "gone mail":
                    return
                self._say(turn.encode()[5:] + b" later" if turn.startswith("mail") else b"250 ok")
                if turn == "mail 421":
                    return
            elif word == b"RCPT":
                to = line.decode()[9:].split(">")[0]
                if turn == "gone rcpt":
                    return
                self._say(turn.encode()[5:] + b" no" if turn.startswith("rcpt") else b"250 ok")
            elif word == b"DATA":
                if turn == "gone data":
                    return
                if turn.startswith("data"):
                    self._say(turn.encode()[5:] + b" hm")
                    continue
                self._say(b"354 go on")
                mail = self._read_mail()
                if turn in ("rcpt 550", "rcpt 451", "mail 451"):
                    book.strays += [mail] if mail else []
                    self._say(b"554 nobody")
                    continue
                if mail is None or turn == "gone before end":
                    return
                if turn == "goodbye":
                    self._say(b"421 closing")
                    return
                if turn.startswith("end"):
                    self._say({"end nonsense": b"what?"}.get(turn, turn.encode()[4:] + b" no"))
                    continue
                book.taken.append((to, mail))
                if turn == "gone after end":
                    return
                self._say(b"250 taken")
            elif word == b"QUIT":
                self._say(b"221 bye")
                return
            else:
                self._say(b"250 ok")

    def _next_turn(self, book: Book) -> str:
        return book.turns.pop(next(iter(book.turns)), "take") if book.turns else "take"

    def _read_mail(self) -> bytes | None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return None
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, text: bytes) -> None:
        self.wfile.write(text + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


@contextmanager
def post_office(book: Book) -> Iterator[SmtpProvider]:
    """A provider whose server keeps this book."""
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.book = book
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with override_settings(
                EMAIL_HOST="127.0.0.1", EMAIL_PORT=server.server_address[1], EMAIL_HOST_USER="", EMAIL_USE_TLS=False,
                EMAIL_USE_SSL=False, DEFAULT_FROM_EMAIL="海信广场 <news@atrium.example>",
            ):  # fmt: skip
                provider = SmtpProvider(SimpleNamespace(timeout_seconds=5))
                yield provider
                provider.close()
        finally:
            server.shutdown()
            thread.join()


def mails(count: int, text: str = "您好") -> list[Message]:
    return [
        Message(
            7, number, f"m{number}@example.org", f"{text} {number}", "周末见", f"<p>{text}</p>", attempt_id=number + 90
        )
        for number in range(count)
    ]


def sent(book: Book, messages: Sequence[Message]) -> list[Verdict]:
    with post_office(book) as provider:
        told = [one.verdict for one in provider.send(messages)]
    assert book.strays == []
    return told


@pytest.mark.parametrize("offers", [b"250 PIPELINING", b"250 8BITMIME"])
def test_a_batch_goes_over_one_line_each_mail_to_its_own_address(offers):
    book = Book(offers=offers)
    with post_office(book) as provider:
        first, second = provider.send(mails(5)), provider.send(mails(3))
    assert {one.verdict for one in (*first, *second)} == {Verdict.ACCEPTED}
    assert book.connections == 1
    assert [to for to, _mail in book.taken] == [f"m{number}@example.org" for number in (*range(5), *range(3))]
    for to, raw in book.taken:
        mail = email.message_from_bytes(raw)
        assert mail["To"] == to
        assert mail["X-Atrium-Key"].split(".")[1] == to[1:].split("@")[0]


@pytest.mark.parametrize("offers", [b"250 PIPELINING", b"250 8BITMIME"])
@pytest.mark.parametrize(
    ("turn", "verdict"),
    [
        ("take", Verdict.ACCEPTED), ("rcpt 550", Verdict.REFUSED), ("rcpt 451", Verdict.LATER),
        ("mail 451", Verdict.LATER), ("mail 421", Verdict.LATER), ("data 554", Verdict.REFUSED), ("data 250", Verdict.LATER),
        ("end 552", Verdict.REFUSED), ("end 450", Verdict.LATER), ("end 999", Verdict.UNKNOWN),
        ("end nonsense", Verdict.UNKNOWN), ("gone mail", Verdict.LATER), ("gone rcpt", Verdict.LATER),
        ("gone data", Verdict.LATER), ("gone before end", Verdict.UNKNOWN), ("gone after end", Verdict.UNKNOWN),
        ("goodbye", Verdict.LATER),
    ],
)  # fmt: skip
def test_what_a_server_says_or_does_is_told_as_it_is(turn, verdict, offers):
    """The mails before and after are not touched by it."""
    book = Book(turns={"a": "take", "b": turn}, offers=offers)
    assert sent(book, mails(3)) == [Verdict.ACCEPTED, verdict, Verdict.ACCEPTED]
    got = [to for to, _mail in book.taken]
    assert got == [
        "m0@example.org",
        *(["m1@example.org"] if turn in ("take", "gone after end") else []),
        "m2@example.org",
    ]


@given(st.lists(st.sampled_from(TURNS), max_size=12), st.booleans())
@hypothesis_settings(max_examples=60)
def test_whatever_the_server_does_no_mail_is_taken_twice_and_none_is_told_wrongly(turns, pipelining):
    book = Book(
        {str(number): turn for number, turn in enumerate(turns)}, offers=b"250 PIPELINING" if pipelining else b"250 X"
    )
    messages = mails(len(turns))
    told = dict(zip([one.to for one in messages], sent(book, messages), strict=True))
    got = [to for to, _mail in book.taken]
    assert len(got) == len(set(got))
    assert {to for to, verdict in told.items() if verdict is Verdict.ACCEPTED} <= set(got)
    assert all(told[to] in (Verdict.ACCEPTED, Verdict.UNKNOWN) for to in got)


@pytest.mark.parametrize("to", ["ma rk@example.org", "a@example.org>\r\nRCPT TO:<b@example.org", "王@example.org", ""])
def test_an_address_that_could_end_its_command_is_refused_before_anything_is_said(to):
    book = Book()
    with post_office(book) as provider:
        told = provider.send([mails(1)[0], Message(7, 1, to, "您好", "周末见"), mails(3)[2]])
    assert [one.verdict for one in told] == [Verdict.ACCEPTED, Verdict.REFUSED, Verdict.ACCEPTED]
    assert [taken for taken, _mail in book.taken] == ["m0@example.org", "m2@example.org"]


def test_a_text_of_dots_arrives_as_it_was_written():
    book = Book()
    [verdict] = sent(book, [Message(7, 1, "m1@example.org", ".\r\n..\r\n.", "点")])
    assert verdict is Verdict.ACCEPTED
    [(_to, raw)] = book.taken
    assert email.message_from_bytes(raw).get_payload(decode=True).decode() == ".\r\n..\r\n."


def test_nobody_listens_and_the_mail_waits(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert [one.verdict for one in SmtpProvider(SimpleNamespace(timeout_seconds=1)).send(mails(2))] == [
        Verdict.LATER
    ] * 2
