"""The outbox: single texts and e-mails, written with the change that causes them, sent after its commit.

    enqueue(channel="sms", to="+8613812344821", body=..., purpose="approval", dedupe_key=f"approval:{task.pk}")

Delivery is at least once with a stable key: a message whose worker died while sending is tried again with the
same Message-ID (e-mail) or key (text), by which providers recognise it.
"""

import logging
import smtplib
from collections.abc import Callable
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit import sms
from kit.errors import Conflict
from kit.nudge import nudge
from staff.audit import record
from staff.models import Outbox, User
from staff.services.mail import send_mail
from staff.tasks import sweep_outbox as sweep_task

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360)]

Recheck = Callable[[Outbox], str | None]
_rechecks: dict[str, Recheck] = {}


def register_recheck(name: str) -> Callable[[Recheck], Recheck]:
    """Decorator: asked just before sending; None lets it go, a sentence says why it is dropped."""

    def decorate(question: Recheck) -> Recheck:
        _rechecks[name] = question
        return question

    return decorate


def enqueue(
    *,
    channel: str,
    to: str,
    body: str,
    purpose: str,
    dedupe_key: str,
    subject: str = "",
    member_id: int | None = None,
    recheck: str = "",
) -> Outbox:
    """Write a message in the caller's transaction. A second call with the same key returns the first message."""
    if recheck and recheck not in _rechecks:
        raise LookupError(f"No recheck {recheck!r} is registered.")
    message, created = Outbox.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={
            "channel": channel, "to": to, "subject": subject, "body": body, "purpose": purpose,
            "member_id": member_id, "recheck": recheck,
        },
    )  # fmt: skip
    if created:
        nudge(sweep_task)
    return message


_CLAIM = """
UPDATE staff_outbox SET state = 'sending', attempts = attempts + 1, next_attempt_at = %s
WHERE id IN (SELECT id FROM staff_outbox WHERE state IN ('pending', 'sending') AND next_attempt_at <= %s
             ORDER BY next_attempt_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def claim_due(limit: int) -> list[int]:
    """Take messages that are due, so that no other worker takes them; the claim lapses after five minutes."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now + LEASE, now, limit])
        return [row[0] for row in cursor.fetchall()]


def send_due(limit: int = 200) -> int:
    """Send what is due and return how many were tried. Two workers at once send each message once."""
    tried = 0
    while tried < limit and (ids := claim_due(20)):
        for message in Outbox.objects.filter(pk__in=ids).order_by("pk"):
            _send(message)
            tried += 1
    return tried


def _send(message: Outbox) -> None:
    question = _rechecks.get(message.recheck) if message.recheck else None
    if message.recheck and question is None:
        return _retry(message, f"recheck {message.recheck} is not registered")
    if question is not None and (reason := question(message)):
        return _mark(message, Outbox.State.DROPPED, last_error=reason)
    try:
        if message.channel == Outbox.Channel.SMS:
            sent = sms.backend().send(to=message.to, text=message.body, purpose=message.purpose, key=message.dedupe_key)
            message_id = sent.message_id
        else:
            message_id = send_mail(message)
    except sms.SmsRefused as exc:
        return _mark(message, Outbox.State.FAILED, last_error=str(exc))
    except smtplib.SMTPRecipientsRefused as exc:
        code, text = next(iter(exc.recipients.values()))
        if code >= 500:
            return _mark(message, Outbox.State.FAILED, last_error=f"{code} {text!r}")
        return _retry(message, f"{code} {text!r}")
    except Exception as exc:  # a provider may fail in any way; the message must not be lost over it
        logger.warning("outbox %s: %s", message.pk, exc)
        return _retry(message, str(exc) or type(exc).__name__)
    told = {"body": ""} if message.is_secret else {}
    return _mark(message, Outbox.State.SENT, sent_at=timezone.now(), message_id=message_id, last_error="", **told)


def _retry(message: Outbox, error: str) -> None:
    if message.attempts > len(WAITS):
        return _mark(message, Outbox.State.FAILED, last_error=error)
    wait = WAITS[message.attempts - 1]
    return _mark(message, Outbox.State.PENDING, last_error=error, next_attempt_at=timezone.now() + wait)


def _mark(message: Outbox, state: str, **fields: object) -> None:
    Outbox.objects.filter(pk=message.pk, state=Outbox.State.SENDING).update(state=state, **fields)


@transaction.atomic
def resend(*, message_id: int, actor: User) -> Outbox:
    """Try a failed or dropped message again, now. One that waits or was sent refuses."""
    changed = Outbox.objects.filter(pk=message_id, state__in=[Outbox.State.FAILED, Outbox.State.DROPPED]).update(
        state=Outbox.State.PENDING, attempts=0, next_attempt_at=timezone.now()
    )
    if changed != 1:
        raise Conflict(_("Only a message that failed can be sent again."))
    message = Outbox.objects.get(pk=message_id)
    record(actor, "staff.outbox_resent", message)
    nudge(sweep_task)
    return message
