"""E-mail by a service over HTTP, through django-anymail: one call a message, send, member and attempt as its metadata."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.module_loading import import_string

from campaigns.models import ProviderProfile
from campaigns.providers.mime import one_line, sender_of
from campaigns.providers.protocol import Message, Outcome, Question, Verdict
from campaigns.providers.web import each, outcome_of_failure, read_seconds

# Of the account and not of the message: keys, payment, domain.
NOBODY = frozenset({401, 402, 403, 404})


class MailServiceProvider:
    """Which service is a setting (`MAIL_SERVICE`). Cannot be asked: its webhooks tell (`services.mail_events`)."""

    is_repeatable = False

    def __init__(self, profile: ProviderProfile) -> None:
        self.seconds = profile.timeout_seconds
        backend = import_string(f"anymail.backends.{settings.MAIL_SERVICE}.EmailBackend")
        self.backend = backend(timeout=read_seconds(self.seconds))
        _header, address = sender_of(settings.DEFAULT_FROM_EMAIL)
        self.domain = address.rpartition("@")[2] or "localhost"

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        self.backend.open()
        return each(messages, self._send, seconds=self.seconds, otherwise=Verdict.LATER)

    def ask(self, questions: Sequence[Question]) -> list[Outcome]:
        return [Outcome(Verdict.UNKNOWN) for _one in questions]

    def close(self) -> None:
        """Hang up; the next send opens another line."""
        self.backend.close()

    def _send(self, message: Message) -> Outcome:
        from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused

        mail = self._mail(message)
        try:
            self.backend.send_messages([mail])
        except AnymailRecipientsRefused as exc:
            return Outcome(Verdict.REFUSED, note=str(exc)[:200], reason="bounced")
        except AnymailAPIError as exc:
            if getattr(exc, "response", None) is None:
                return outcome_of_failure(exc)
            return outcome_of(exc.response.status_code, str(exc))
        except AnymailError as exc:
            # It could not be put into the service's words: nothing was sent.
            return Outcome(Verdict.REFUSED, note=str(exc)[:200])
        return Outcome(Verdict.ACCEPTED, str(mail.anymail_status.message_id or ""))

    def _mail(self, message: Message) -> EmailMultiAlternatives:
        headers = {"Message-ID": f"<{message.key}@{self.domain}>", "X-Atrium-Key": message.key}
        if message.unsubscribe_url:
            headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail = EmailMultiAlternatives(
            one_line(message.subject), message.text, settings.DEFAULT_FROM_EMAIL, [one_line(message.to)],
            headers=headers,
        )  # fmt: skip
        if message.html:
            mail.attach_alternative(message.html, "text/html")
        names = {"send": message.send_id, "member": message.member_id, "attempt": message.attempt_id}
        mail.metadata = {name: str(number) for name, number in names.items()}
        # Openings and clicks are counted by our own links, which the service must not rewrite.
        mail.track_opens = mail.track_clicks = False
        return mail


def outcome_of(status: int, words: str) -> Outcome:
    """What an HTTP status means for one message. A 2xx that is no proper answer is not a yes."""
    note = f"{status} {words}"[:200]
    if status == 429:
        return Outcome(Verdict.LATER, note=note)
    if status in NOBODY:
        return Outcome(Verdict.LATER, note=note, is_blocked=True)
    if 400 <= status < 500 and status != 408:
        return Outcome(Verdict.REFUSED, note=note)
    return Outcome(Verdict.UNKNOWN, note=note)
