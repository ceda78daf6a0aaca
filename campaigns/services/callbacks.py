"""What providers post to us, in their words, turned into ours. Anything strange is left out, nothing raises."""

import email
import email.policy
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage

from django.conf import settings
from django.urls import reverse

from campaigns.models import InboxEvent, ProviderProfile
from campaigns.services.inbox import Told

Event = InboxEvent.Event
Backend = ProviderProfile.Backend
POSTS = (Backend.ALIYUN, Backend.TENCENT, Backend.HUAWEI, Backend.ANYMAIL)
_KEY = re.compile(rb"^X-Atrium-Key:[ \t]*(\d+\.\d+\.\d+)", re.MULTILINE | re.IGNORECASE)
_ID = re.compile(rb"<(\d+\.\d+\.\d+)@")


def seal_of(provider_key: str) -> str:
    """The secret in the address a provider posts to: most of them sign nothing themselves."""
    return hmac.new(settings.SECRET_KEY.encode(), b"campaigns.hook." + provider_key.encode(), "sha256").hexdigest()[:32]


def is_sealed(provider_key: str, seal: str) -> bool:
    return hmac.compare_digest(seal_of(provider_key).encode(), seal.encode())


def callback_addresses(provider: ProviderProfile) -> list[str]:
    """Where a provider is to post what it tells us; for answers to e-mails a second one. None for those that post
    nothing."""
    if provider.backend not in POSTS:
        return []
    names = ["track:callback"] + (["track:callback_mail"] if provider.backend == Backend.ANYMAIL else [])
    return [settings.BASE_URL + reverse(name, args=[provider.key, seal_of(provider.key)]) for name in names]


def told_by(backend: str, body: object) -> list[Told]:
    """The callbacks in a posted body: one, or a list of them."""
    read = _READERS.get(backend, _plain)
    items = body if isinstance(body, list) else [body]
    return [told for item in items[:1_000] if isinstance(item, dict) for told in read(item)]


def _text(item: dict[str, object], name: str) -> str:
    value = item.get(name)
    return str(value)[:500].replace("\x00", "") if isinstance(value, str | int) else ""


def _reply(item: dict[str, object], phone: str, text: str, number: str, key: str = "") -> Told:
    made = (
        number or hashlib.sha256(f"{phone} {text} {_text(item, 'time')}{_text(item, 'send_time')}".encode()).hexdigest()
    )
    return Told(made, Event.REPLY, key, {"phone": phone, "text": text})


def _aliyun(item: dict[str, object]) -> Iterator[Told]:
    """Receipts: phone_number, success, err_code, biz_id, out_id. Replies: phone_number, content, sequence_id."""
    if "content" in item:
        yield _reply(item, _text(item, "phone_number"), _text(item, "content"), _text(item, "sequence_id"))
    elif "success" in item and (number := _text(item, "out_id") or _text(item, "biz_id")):
        arrived = item["success"] in (True, "true")
        facts = {"error": _text(item, "err_code"), "parts": _text(item, "sms_size")}
        yield Told(number, Event.DELIVERED if arrived else Event.FAILED, _text(item, "out_id"), facts)


def _tencent(item: dict[str, object]) -> Iterator[Told]:
    """Receipts: sid, report_status, errmsg, no key of ours. Replies: mobile, nationcode, text, time."""
    if "text" in item:
        phone = f"+{_text(item, 'nationcode') or '86'}{_text(item, 'mobile')}"
        yield _reply(item, phone, _text(item, "text"), "")
    elif number := _text(item, "sid"):
        arrived = item.get("report_status") == "SUCCESS"
        yield Told(number, Event.DELIVERED if arrived else Event.FAILED, "", {"error": _text(item, "errmsg")})


def _plain(item: dict[str, object]) -> Iterator[Told]:
    """Our own form, for gateways that can be told what to post: id, event, key, phone, text."""
    event = _text(item, "event")
    if event == Event.REPLY:
        yield _reply(item, _text(item, "phone"), _text(item, "text"), _text(item, "id"), _text(item, "key"))
    elif event in Event.values and (number := _text(item, "id") or _text(item, "key")):
        yield Told(number, event, _text(item, "key"), {"permanent": item.get("permanent") is True})


_READERS: dict[str, Callable[[dict[str, object]], Iterator[Told]]] = {
    Backend.ALIYUN: _aliyun,
    Backend.TENCENT: _tencent,
}


def key_in(headers: str) -> str:
    """Our key in what an e-mail says it answers; empty where it names none of ours."""
    found = _ID.search(headers.encode(errors="replace"))
    return found[1].decode() if found else ""


def told_by_bounce(raw: bytes) -> Told | None:
    """A returned e-mail (RFC 3464), or None when it is no bounce of ours."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    key = _KEY.search(raw) or _ID.search(raw)
    if key is None or not isinstance(message, EmailMessage):
        return None
    status = ""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            for block in part.get_payload() if part.is_multipart() else []:
                status = str(block.get("Status", status)).strip() or status
                if str(block.get("Action", "")).strip().lower() in ("delayed", "relayed", "delivered", "expanded"):
                    return None
        elif part.get_content_type() == "message/feedback-report":
            return Told(key[1].decode(), Event.COMPLAINT, key[1].decode())
    if not status:
        return None
    facts = {"status": status[:20], "permanent": status.startswith("5")}
    return Told(key[1].decode(), Event.BOUNCE, key[1].decode(), facts)
