"""E-mail by SMTP over one kept connection a thread. Where the server allows it (RFC 2920) the end of a message and the
sender, recipient and DATA of the next one go together: one way there and back for each mail.

Where the line breaks decides what is known: before the end of a message nothing was taken, after it nobody can say.
"""

import re
import smtplib
import threading
import time
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from django.conf import settings

from campaigns.models import ProviderProfile
from campaigns.providers.mime import as_mail, sender_of
from campaigns.providers.protocol import Message, Outcome, Question, Verdict

IDLE_SECONDS = 20
_END = b"\r\n.\r\n"
# The server hangs up; the next message opens another line.
_GOODBYE = 421
# What may stand between the angle brackets of a command: nothing that could end it.
_PLAIN = re.compile(r"[!-;=?-~]+")
_BROKEN = (OSError, smtplib.SMTPException)
Reply = tuple[int, bytes]


class SmtpProvider:
    """Cannot be asked: what is unknown stays unknown until a bounce or an opening tells."""

    is_repeatable = False

    def __init__(self, profile: ProviderProfile) -> None:
        self.sender, self.address = sender_of(settings.DEFAULT_FROM_EMAIL)
        self.domain = self.address.rpartition("@")[2] or "localhost"
        self.timeout = profile.timeout_seconds
        self._kept = threading.local()

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        if not settings.EMAIL_HOST:
            return self._to_files(messages)
        # Written before anything is said: nothing of ours can fail while the server waits for a message.
        mails = [self._mail(one) for one in messages]
        following = [one.to for one in messages[1:]]
        return [self._send(*one) for one in zip_longest(messages, mails, following)]

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        return [Outcome(Verdict.UNKNOWN) for _one in questions]

    def _mail(self, message: Message) -> bytes:
        return smtplib._quote_periods(as_mail(message, sender=self.sender, domain=self.domain)) + _END

    def _send(self, message: Message, mail: bytes, following: str | None) -> Outcome:
        """Hand one mail over; `following` is the address of the one after it."""
        if not _PLAIN.fullmatch(message.to):
            return Outcome(Verdict.REFUSED, note="address is not plain ASCII")
        try:
            line = self._line()
            refused = self._envelope(line, message.to)
        except _BROKEN as exc:
            self.close()
            return Outcome(Verdict.LATER, note=str(exc)[:100])
        if refused is not None:
            return _outcome(refused, "", otherwise=Verdict.LATER)
        try:
            if following and _PLAIN.fullmatch(following) and line.has_extn("pipelining"):
                self._kept.asked = True
                mail += _together(self._commands(following))
            line.send(mail)
            reply = line.getreply()
        except _BROKEN as exc:
            self.close()
            return Outcome(Verdict.UNKNOWN, note=str(exc)[:100])
        self._kept.used_at = time.monotonic()
        if reply[0] == _GOODBYE:
            self.close()
        return _outcome(reply, message.key, otherwise=Verdict.UNKNOWN)

    def _commands(self, to: str) -> tuple[str, str, str]:
        return f"MAIL FROM:<{self.address}>", f"RCPT TO:<{to}>", "DATA"

    def _envelope(self, line: smtplib.SMTP, to: str) -> Reply | None:
        """Sender, recipient and DATA, unless they went with the mail before; the first refusal, or None when the server
        waits for the message."""
        commands = self._commands(to)
        if self._kept.asked or line.has_extn("pipelining"):
            if not self._kept.asked:
                line.send(_together(commands))
            self._kept.asked = False
            replies = [line.getreply() for _command in commands]
        else:
            replies = []
            for command in commands:
                line.putcmd(command)
                replies.append(line.getreply())
                if replies[-1][0] // 100 not in (2, 3):
                    break
        refused = next((reply for reply in replies if reply[0] // 100 not in (2, 3)), None)
        if refused is None and replies[-1][0] != 354:
            raise smtplib.SMTPServerDisconnected("the server does not wait for the message")
        if refused is not None and refused[0] == _GOODBYE:
            self.close()
        elif refused is not None:
            self._take_back(line, replies[-1])
        return refused

    def _take_back(self, line: smtplib.SMTP, last: Reply) -> None:
        """The exchange begins anew. A server that waits although nobody is to get it is given an empty message."""
        try:
            if last[0] == 354:
                line.send(b".\r\n")
                line.getreply()
            line.rset()
        except _BROKEN:
            self.close()

    def _line(self) -> smtplib.SMTP:
        kept = getattr(self._kept, "line", None)
        if kept is not None and time.monotonic() - self._kept.used_at <= IDLE_SECONDS:
            return kept
        self.close()
        kind = smtplib.SMTP_SSL if settings.EMAIL_USE_SSL else smtplib.SMTP
        line = kind(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=self.timeout)
        line.ehlo_or_helo_if_needed()
        if settings.EMAIL_USE_TLS:
            line.starttls()
            line.ehlo()
        if settings.EMAIL_HOST_USER:
            line.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        self._kept.line, self._kept.used_at = line, time.monotonic()
        return line

    def close(self) -> None:
        """Hang up; the next message opens another line."""
        line = getattr(self._kept, "line", None)
        self._kept.line, self._kept.asked = None, False
        if line is not None:
            line.close()

    def _to_files(self, messages: Sequence[Message]) -> list[Outcome]:
        """Without a server (demo, training): one file a message, as Django's file backend does."""
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for one in messages:
            (folder / f"{one.key}.eml").write_bytes(as_mail(one, sender=self.sender, domain=self.domain))
        return [Outcome(Verdict.ACCEPTED, one.key) for one in messages]


def _together(commands: Sequence[str]) -> bytes:
    return "\r\n".join((*commands, "")).encode("ascii")


def _outcome(reply: Reply, message_id: str, *, otherwise: Verdict) -> Outcome:
    """What a reply means; `otherwise` for one that is none."""
    code, said = reply
    verdict = {2: Verdict.ACCEPTED, 4: Verdict.LATER, 5: Verdict.REFUSED}.get(code // 100, otherwise)
    note = "" if verdict is Verdict.ACCEPTED else f"{code} {said.decode(errors='replace')}"[:100]
    return Outcome(verdict, message_id, note)
