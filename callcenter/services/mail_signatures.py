"""How the mail server proves itself: a secret derived from the installation's, never stored."""

import hashlib
import hmac
from typing import Final

from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

LEEWAY: Final = 300
"""Seconds a request's time may differ from ours."""


def mail_secret() -> str:
    """The secret of the mail server."""
    return salted_hmac("callcenter.mail", "secret", algorithm="sha256").hexdigest()


def signature(timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 of `timestamp.body` in hexadecimal."""
    return hmac.new(mail_secret().encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(*, timestamp: str, signed: str, body: bytes) -> bool:
    """Whether the request is the mail server's and of these minutes."""
    if not (timestamp.isascii() and timestamp.isdigit()):
        return False
    if abs(int(timestamp) - int(timezone.now().timestamp())) > LEEWAY:
        return False
    return constant_time_compare(signature(timestamp, body), signed)
