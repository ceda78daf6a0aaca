"""Mailgun: messages.mime's sibling `messages` behind its key, and webhooks signed with the signing key."""

import base64
import hashlib
import hmac
import json
from email import message_from_bytes
from email.policy import HTTP
from urllib.parse import parse_qs

from campaigns.tests.fakes.server import Answer, Asked, Entry, FakeServer, Mood

KEY, HOOK_KEY, DOMAIN = "key-test", "hook-secret", "mail.example.org"


class FakeMailgun(FakeServer):
    def answer(self, asked: Asked) -> Answer:
        wanted = "Basic " + base64.b64encode(f"api:{KEY}".encode()).decode()
        if not hmac.compare_digest(asked.headers.get("authorization", ""), wanted):
            self.refused_signatures += 1
            return Answer("Forbidden", 401)
        if asked.target != f"/v3/{DOMAIN}/messages":
            return Answer({"message": "Domain not found"}, 404)
        words = _form(asked)
        key = ".".join(words[f"v:{name}"] for name in ("send", "member", "attempt"))
        return self.handed(key, words["to"], words, _says)

    def receipt(self, entry: Entry, event: str = "delivered", **facts: object) -> dict[str, object]:
        """A webhook about one message, signed."""
        token = hashlib.sha256(f"{entry.number}{event}".encode()).hexdigest()[:50]
        send, member, attempt = entry.key.split(".")
        return {
            "signature": signature(token),
            "event-data": {
                "event": event, "timestamp": 1767232800.5, "recipient": entry.to, "id": token[:22],
                "message": {"headers": {"message-id": entry.number, "to": entry.to}},
                "user-variables": {"send": send, "member": member, "attempt": attempt}, **facts,
            },
        }  # fmt: skip

    def inbound(self, sender: str, text: str, answers: str = "") -> dict[str, str]:
        """What a route posts when somebody writes back."""
        headers = [["Message-Id", f"<{hashlib.sha256((sender + text).encode()).hexdigest()[:20]}@phone>"]]
        headers += [["From", sender], ["To", f"store@{DOMAIN}"], ["Subject", "Re: 周末活动"]]
        headers += [["In-Reply-To", answers]] if answers else []
        token = hashlib.sha256(text.encode()).hexdigest()[:50]
        return {
            "recipient": f"store@{DOMAIN}", "sender": sender, "from": sender, "subject": "Re: 周末活动",
            "body-plain": text, "stripped-text": text, "message-headers": json.dumps(headers), **signature(token),
        }  # fmt: skip


def signature(token: str, key: str = HOOK_KEY) -> dict[str, str]:
    """documentation.mailgun.com, "Securing webhooks": HMAC-SHA256 over timestamp and token."""
    stamp = "1767232800"
    made = hmac.new(key.encode(), f"{stamp}{token}".encode(), "sha256").hexdigest()
    return {"timestamp": stamp, "token": token, "signature": made}


def _form(asked: Asked) -> dict[str, str]:
    kind = asked.headers["content-type"]
    if kind.startswith("application/x-www-form-urlencoded"):
        return {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
    whole = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + asked.body, policy=HTTP)
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True).decode()
        for part in whole.iter_parts()
    }


def _says(mood: Mood, entry: Entry | None) -> Answer:
    match mood:
        case Mood.THROTTLED_ONCE:
            return Answer({"message": "too many requests"}, 429)
        case Mood.BAD_NUMBER:
            return Answer({"message": "to parameter is not a valid address"}, 400)
        case Mood.NO_MONEY:
            return Answer({"message": "Payment Required"}, 402)
    return Answer({"id": f"<{entry.number}>" if entry else "", "message": "Queued. Thank you."})
