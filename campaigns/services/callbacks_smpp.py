"""What an SMPP gateway delivers (deliver_sm), turned into our words: receipts and replies. Nothing strange raises."""

import hashlib
import re

from django.utils import timezone

from campaigns.models import InboxEvent
from campaigns.services.inbox import Told

Event = InboxEvent.Event
# SMPP 3.4, 5.2.12: what the message is; 5.2.28: message_state; appendix B: the words of a receipt.
KIND, RECEIPT, HEADED = 0x3C, 0x04, 0x40
BY_STATE = {2: Event.DELIVERED, 3: Event.FAILED, 4: Event.FAILED, 5: Event.FAILED, 8: Event.FAILED}
BY_WORD = {
    "DELIVRD": Event.DELIVERED, "EXPIRED": Event.FAILED, "DELETED": Event.FAILED, "UNDELIV": Event.FAILED,
    "REJECTD": Event.FAILED,
}  # fmt: skip
_ID = re.compile(r"\bid:\s*(\S{1,65})", re.IGNORECASE)
_STATE = re.compile(r"\bstat:\s*([A-Z]+)", re.IGNORECASE)
_ERROR = re.compile(r"\berr:\s*(\w{1,10})", re.IGNORECASE)


def told_by_delivery(pdu: object) -> Told | None:
    """The receipt or the reply in a deliver_sm; None for one that settles nothing (on its way, say)."""
    raw = _bytes(pdu, "short_message") or _bytes(pdu, "message_payload")
    esm_class = getattr(pdu, "esm_class", None) or 0
    if esm_class & KIND == RECEIPT:
        return _receipt(pdu, raw.decode("ascii", "replace"))
    if esm_class & HEADED and raw:
        raw = raw[raw[0] + 1 :]
    return _reply(pdu, _text(raw, getattr(pdu, "data_coding", None) or 0))


def _receipt(pdu: object, words: str) -> Told | None:
    named, stated, failed = _ID.search(words), _STATE.search(words), _ERROR.search(words)
    number = _bytes(pdu, "receipted_message_id").decode("ascii", "replace").strip() or (named[1] if named else "")
    state = getattr(pdu, "message_state", None)
    event = BY_STATE.get(state) if state else BY_WORD.get(stated[1].upper() if stated else "")
    if event is None or not number:
        return None
    return Told(number.replace("\x00", ""), event, "", {"error": failed[1] if failed else ""})


def _reply(pdu: object, text: str) -> Told | None:
    digits = _bytes(pdu, "source_addr").decode("ascii", "replace")
    phone = "+" + digits if digits.isdigit() and getattr(pdu, "source_addr_ton", None) == 1 else digits
    if not phone:
        return None
    text = text.replace("\x00", "").strip()[:500]
    # The gateway gives replies no number; the same words again on the same day say nothing new.
    made = hashlib.sha256(f"{phone} {text} {timezone.localdate():%Y%m%d}".encode(errors="replace")).hexdigest()
    return Told(made, Event.REPLY, "", {"phone": phone.replace("\x00", ""), "text": text})


def _text(raw: bytes, coding: int) -> str:
    """The words of a message: UCS-2, Latin-1, or seven bits (of which ASCII is all anybody replies with)."""
    names = {8: "utf-16-be", 3: "latin-1"}
    return raw.decode(names.get(coding & 0x0F, "ascii"), "replace")


def _bytes(pdu: object, name: str) -> bytes:
    value = getattr(pdu, name, None)
    return value if isinstance(value, bytes) else b""
