"""E-mail by SMTP over one kept connection a thread, with commands sent together where the server allows it (RFC 2920).

Where the line breaks decides what is known: before the end of a message nothing was taken, after it nobody can say.
"""

import smtplib
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from campaigns.models import ProviderProfile
from campaigns.providers.mime import as_mail, sender_of
from campaigns.providers.protocol import Message, Outcome, Question, Verdict

IDLE_SECONDS = 20
_END = b"\r\n.\r\n"


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
        return [self._send(one) for one in messages]

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        return [Outcome(Verdict.UNKNOWN) for _one in questions]

    def _send(self, message: Message) -> Outcome:
        if not message.to.isascii():
            return Outcome(Verdict.REFUSED, note="address is not ASCII")
        try:
            line = self._line()
        except (OSError, smtplib.SMTPException) as exc:
            self.close()
            return Outcome(Verdict.LATER, note=str(exc)[:100])
        try:
            early = self._envelope(line, message.to)
        except (OSError, smtplib.SMTPException) as exc:
            self.close()
            return Outcome(Verdict.LATER, note=str(exc)[:100])
        if early is not None:
            return early
        try:
            line.send(smtplib._quote_periods(as_mail(message, sender=self.sender, domain=self.domain)) + _END)
            code, said = line.getreply()
        except (OSError, smtplib.SMTPException) as exc:
            self.close()
            return Outcome(Verdict.UNKNOWN, note=str(exc)[:100])
        self._kept.used_at = time.monotonic()
        return _outcome(code, said, message.key) or Outcome(Verdict.ACCEPTED, message.key)

    def _envelope(self, line: smtplib.SMTP, to: str) -> Outcome | None:
        """Sender, recipient and DATA; None when the server waits for the message."""
        commands = (f"MAIL FROM:<{self.address}>", f"RCPT TO:<{to}>", "DATA")
        if line.has_extn("pipelining"):
            line.send("\r\n".join((*commands, "")).encode("ascii"))
            replies = [line.getreply() for _command in commands]
        else:
            replies = []
            for command in commands:
                line.putcmd(command)
                replies.append(line.getreply())
                if replies[-1][0] >= 400:
                    break
        refused = next((reply for reply in replies if reply[0] >= 400), None)
        if refused is None:
            return None
        if replies[-1][0] == 354:
            # The server lets us go on although nobody is to get it: an empty message ends the exchange.
            line.send(b".\r\n")
            line.getreply()
        line.rset()
        return _outcome(*refused, "")

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
        self._kept.line = None
        if line is not None:
            line.close()

    def _to_files(self, messages: Sequence[Message]) -> list[Outcome]:
        """Without a server (demo, training): one file a message, as Django's file backend does."""
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for one in messages:
            (folder / f"{one.key}.eml").write_bytes(as_mail(one, sender=self.sender, domain=self.domain))
        return [Outcome(Verdict.ACCEPTED, one.key) for one in messages]


def _outcome(code: int, said: bytes, message_id: str) -> Outcome | None:
    if code < 400:
        return None
    note = f"{code} {said.decode(errors='replace')}"[:100]
    return Outcome(Verdict.REFUSED if code >= 500 else Verdict.LATER, message_id, note)
