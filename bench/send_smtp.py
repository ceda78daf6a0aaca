"""E-mails to a real SMTP server on loopback: our whole way, beside a bare loop of smtplib on kept connections."""

import asyncio
import multiprocessing
import smtplib
import time

from bench.figures import Run
from bench.registry import bench
from bench.sending import MEMBERS, WORKERS, made_send, run_workers, sending_people
from campaigns.models import Send, SendRecipient
from campaigns.providers.mime import as_mail
from campaigns.providers.protocol import Message
from campaigns.services.freezing import freeze_send

TEXT = "王晓敏您好,本周末全场八折,会员另享双倍积分。"


@bench("send-smtp", "Personalised e-mails to an SMTP sink on loopback, beside a bare smtplib loop on kept connections")
def send_smtp(run: Run) -> None:
    """As many mails as --members says. Both ways use two processes and reach the same sink."""
    count = run.members or MEMBERS
    with _sink() as sink:
        bare = _bare(sink.port, count)
        assert sink.taken() == count
        with sending_people(count) as url:
            send = made_send("email")
            freeze_send(send_id=send.pk)
            Send.objects.filter(pk=send.pk).update(canary_size=0)
            told = run_workers(
                url, "own", 1_800, backend="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT=str(sink.port),
                CRM_EMAIL_FROM="Atrium <news@atrium.example>",
            )  # fmt: skip
            working = max(one["seconds"] for one in told)
            accepted = SendRecipient.objects.filter(send_id=send.pk, state=SendRecipient.State.ACCEPTED).count()
            assert (accepted, sink.taken()) == (count, 2 * count)
    run.figure("bare.rate", bare, "1/s", n=count)
    run.figure("rate", count / working, "1/s", n=count, limit=bare)
    run.figure("rss", max(one["late"] for one in told), "MiB", n=len(told))


def _bare(port: int, count: int) -> float:
    """Mails a second of the plain loop: a ready text with a name put in, `sendmail`, one connection a process."""
    context = multiprocessing.get_context("fork")
    loops = [context.Process(target=_loop, args=(port, count // WORKERS)) for _number in range(WORKERS - 1)]
    loops.append(context.Process(target=_loop, args=(port, count - count // WORKERS * (WORKERS - 1))))
    begun = time.perf_counter()
    for one in loops:
        one.start()
    for one in loops:
        one.join()
    return count / (time.perf_counter() - begun)


def _loop(port: int, count: int) -> None:
    """The very mail our way writes, ready made, with the recipient's number put in."""
    mail = Message(
        1, 1, "RECIPIENT@example.org", TEXT, "RECIPIENT", f"<p>{TEXT}</p>" * 3, unsubscribe_url="https://x/u"
    )
    ready = as_mail(mail, sender="Atrium <news@atrium.example>", domain="atrium.example")
    line = smtplib.SMTP("127.0.0.1", port)
    for number in range(count):
        to = f"m{number}@example.org"
        line.sendmail("news@atrium.example", [to], ready.replace(b"RECIPIENT@example.org", to.encode()))
    line.quit()


class _Mail(asyncio.Protocol):
    """Speaks as much SMTP as a mail needs, and takes everything."""

    def __init__(self, taken) -> None:
        self.taken, self.rest, self.in_data = taken, b"", False

    def connection_made(self, transport) -> None:
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.rest += data
        answers = []
        while True:
            if self.in_data:
                _body, end, after = self.rest.partition(b"\r\n.\r\n")
                if not end:
                    break
                self.rest, self.in_data = after, False
                self.taken.value += 1
                answers.append(b"250 taken\r\n")
                continue
            line, end, after = self.rest.partition(b"\r\n")
            if not end:
                break
            self.rest = after
            word = line[:4].upper()
            if word == b"EHLO":
                answers.append(b"250-sink\r\n250 PIPELINING\r\n")
            elif word == b"DATA":
                self.in_data = True
                answers.append(b"354 go on\r\n")
                # What follows the word belongs to the mail; its end may lie right at its beginning.
                self.rest = b"\r\n" + self.rest if self.rest.startswith(b".\r\n") else self.rest
            elif word == b"QUIT":
                self.transport.write(b"221 bye\r\n")
                self.transport.close()
                return
            else:
                answers.append(b"250 ok\r\n")
        if answers:
            self.transport.write(b"".join(answers))


class _Sink:
    """The sink in a process of its own."""

    def __init__(self, process, port: int, taken) -> None:
        self.process, self.port, self._taken = process, port, taken

    def taken(self) -> int:
        return self._taken.value


def _serve(told, taken) -> None:
    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Mail(taken), "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


class _sink:
    """`with _sink() as sink`."""

    def __enter__(self) -> _Sink:
        context = multiprocessing.get_context("fork")
        here, there = context.Pipe(duplex=False)
        taken = context.RawValue("q", 0)
        process = context.Process(target=_serve, args=(there, taken), daemon=True)
        process.start()
        self.sink = _Sink(process, here.recv(), taken)
        return self.sink

    def __exit__(self, *_exc: object) -> None:
        self.sink.process.terminate()
        self.sink.process.join()
