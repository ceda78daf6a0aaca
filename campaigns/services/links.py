"""Links in what is sent: stored when the recipients are drawn up, replaced by signed ones for each recipient."""

import base64
import hmac
import re
import struct

from django.conf import settings
from django.db import transaction

from campaigns.models import Send, TrackedLink

LINK = re.compile(r"https?://[^\s<>\"'{}，。；！？、）】》]+")
TRAP = 9_999
_FORM = struct.Struct(">BIQH")
OPEN, CLICK, CHOICES, CONFIRM = 1, 2, 3, 4


@transaction.atomic
def store_links(send: Send) -> list[TrackedLink]:
    """Write down where the links of an e-mail lead. A second call adds nothing."""
    if send.channel not in (Send.Channel.EMAIL, Send.Channel.SITE):
        return []
    texts = [t for one in (send.content, send.content_b) if one for t in (one.body, one.body_en)]
    urls = list(dict.fromkeys(url for text in texts for url in LINK.findall(text)))
    rows = [TrackedLink(send=send, number=number, url=url) for number, url in enumerate(urls, 1)]
    rows.append(TrackedLink(send=send, number=TRAP, url=settings.BASE_URL, is_trap=True))
    return TrackedLink.objects.bulk_create(rows, ignore_conflicts=True)


def token_for(purpose: int, send_id: int, member_id: int, number: int = 0) -> str:
    """A signed word that says what for, which send, which member, which link; nobody can make another."""
    body = _FORM.pack(purpose, send_id, member_id, number)
    return base64.urlsafe_b64encode(body + _seal(body)).decode().rstrip("=")


def read_token(purpose: int, token: str) -> tuple[int, int, int] | None:
    """Send, member and link of a word we made for this purpose; None for any other."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    body, seal = raw[: _FORM.size], raw[_FORM.size :]
    if len(body) != _FORM.size or not hmac.compare_digest(seal, _seal(body)):
        return None
    meant, send_id, member_id, number = _FORM.unpack(body)
    return (send_id, member_id, number) if meant == purpose else None


def _seal(body: bytes) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"campaigns.links" + body, "sha256")[:12]
