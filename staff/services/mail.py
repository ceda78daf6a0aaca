"""E-mail over one kept connection per worker process."""

import hashlib
import smtplib
import threading
import time

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from staff.models import Outbox

_kept = threading.local()
IDLE_SECONDS = 20


def send_mail(message: Outbox) -> str:
    """Send one e-mail and return its Message-ID, which is the same for every attempt."""
    digest = hashlib.sha256(message.dedupe_key.encode()).hexdigest()[:24]
    domain = settings.DEFAULT_FROM_EMAIL.rstrip(">").rpartition("@")[2] or "localhost"
    message_id = f"<{message.pk}.{digest}@{domain}>"
    mail = EmailMessage(
        subject=" ".join(message.subject.split()),
        body=message.body,
        to=[message.to],
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
    )
    connection = _connection()
    try:
        connection.send_messages([mail])
    except (smtplib.SMTPServerDisconnected, ConnectionError):
        # The server hung up on an idle line: once more on a fresh one.
        forget_connection()
        _connection().send_messages([mail])
    _kept.used_at = time.monotonic()
    return message_id


def _connection():
    backend = getattr(_kept, "connection", None)
    if backend is not None and time.monotonic() - getattr(_kept, "used_at", 0.0) > IDLE_SECONDS:
        forget_connection()
        backend = None
    if backend is None:
        backend = _kept.connection = get_connection()
        backend.open()
    return backend


def forget_connection() -> None:
    """Close the kept connection; the next e-mail opens another."""
    backend = getattr(_kept, "connection", None)
    _kept.connection = None
    if backend is not None:
        backend.close()
