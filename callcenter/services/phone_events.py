"""What phone systems tell us, read into one shape: whatever they call things, and whatever else they send."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from callcenter.call_exceptions import UnreadableEvent
from callcenter.models import Call, CallEvent
from kit import phones

KINDS = {
    **dict.fromkeys(("ringing", "ring", "newcall", "alerting", "agentcalled"), CallEvent.Kind.RINGING),
    **dict.fromkeys(("answered", "answer", "connected", "agentconnect"), CallEvent.Kind.ANSWERED),
    **dict.fromkeys(("ended", "hangup", "hungup", "released", "end"), CallEvent.Kind.ENDED),
}
DIRECTIONS = {
    **dict.fromkeys(("in", "inbound", "incoming"), Call.Direction.IN),
    **dict.fromkeys(("out", "outbound", "outgoing"), Call.Direction.OUT),
    **dict.fromkeys(("own", "internal"), Call.Direction.OWN),
}
WITHHELD = {"", "anonymous", "unknown", "restricted", "private", "withheld", "unavailable", "asterisk", "none", "null"}
EXTENSION_DIGITS = 4  # what has no more digits than this is an extension, not a number
CLOCK_AHEAD = timedelta(minutes=2)
LOOKS_BACK = timedelta(days=400)  # nobody cares how much older than this an event is


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event in our shape. `number` is the other side's in E.164, empty where it is withheld or was not said."""

    kind: str
    external_id: str
    leg: str
    key: str
    happened_at: datetime
    direction: str
    number: str
    extension: str
    queue: str
    cause: str
    recording_url: str


def read_event(raw: object, *, own_numbers: frozenset[str], received_at: datetime) -> Incoming:
    """The event in our shape; raises `UnreadableEvent` with a sentence for whoever looks for a missing card.

    A clock that runs ahead of ours is set back to ours; a missing time is the time of arrival.
    """
    if not isinstance(raw, dict):
        raise UnreadableEvent(_("This is not an object."))
    kind = KINDS.get(_text(raw, "event", 30).lower())
    if kind is None:
        raise UnreadableEvent(_("“event” must be ringing, answered or ended."))
    external_id = _text(raw, "call_id", 80)
    if not external_id:
        raise UnreadableEvent(_("“call_id” is missing."))
    extension = _text(raw, "extension", 20)
    direction, number = _other_side(raw, extension, own_numbers)
    happened_at = min(_moment(raw.get("at"), received_at), received_at + CLOCK_AHEAD)
    happened_at = max(happened_at, received_at - LOOKS_BACK)
    recording = _text(raw, "recording", 500)
    return Incoming(
        kind=kind,
        external_id=external_id,
        leg=_text(raw, "leg", 80),
        key=_text(raw, "id", 80) or _fingerprint(raw),
        happened_at=happened_at,
        direction=direction,
        number=number,
        extension=extension,
        queue=hide_numbers(_text(raw, "queue", 60)),
        cause=hide_numbers(_text(raw, "cause", 40)),
        recording_url=recording if re.match(r"https?://", recording) else "",
    )


def masked_payload(raw: object) -> dict[str, Any]:
    """What was sent, as the log may keep it: at most 2,000 characters, every run of digits that may be a number masked."""
    text = json.dumps(raw, ensure_ascii=False, default=str)[:2000].replace("\\u0000", "")
    text = hide_numbers(text.encode("utf-8", "replace").decode())
    try:
        known = json.loads(text, parse_constant=str, parse_float=_finite)
    except ValueError:
        known = text
    return known if isinstance(known, dict) else {"text": known}


def _finite(text: str) -> float | str:
    """A number JSON can keep; one beyond all measure stays the text it came as."""
    number = float(text)
    return number if isfinite(number) else text


def hide_numbers(text: str) -> str:
    """The text with everything masked that may be a telephone number, in identifiers too."""
    text = re.sub(r"(?<=[:\[,]) ?(\d{7,20})(?=[,}\]])", lambda found: f' "{_mask(found.group(1))}"', text)
    return re.sub(r"\+?\d[\d \-]{5,22}\d", lambda found: _mask(found.group()), text)


def _mask(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    if re.fullmatch(r"(19|20)\d{2}-\d{2}-\d{2}[ \d-]*", text.strip()):  # a day
        return text
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 9 else f"****{digits[-2:]}"


def _text(raw: dict[str, Any], name: str, length: int) -> str:
    value = raw.get(name)
    if value is None or isinstance(value, (dict, list, bool)):
        return ""
    text = "".join(character for character in str(value) if character.isprintable()).strip()
    return text[:length]


def _moment(value: object, received_at: datetime) -> datetime:
    """ISO text (Shanghai time where it names no zone) or seconds or milliseconds since 1970."""
    try:
        if isinstance(value, (int, float)) or (isinstance(value, str) and re.fullmatch(r"\d{9,13}(\.\d+)?", value)):
            seconds = float(value)
            return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
        if isinstance(value, str) and value:
            moment = parse_datetime(value)
            if moment is not None:
                return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    except (ValueError, OverflowError, OSError):
        pass
    return received_at


def _fingerprint(raw: dict[str, Any]) -> str:
    """A sender that numbers nothing: the same content is the same event."""
    return hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode()).hexdigest()[:40]


def _other_side(raw: dict[str, Any], extension: str, own_numbers: frozenset[str]) -> tuple[str, str]:
    """Which way the call goes ("" where the event does not say) and the number of the other side."""
    said = DIRECTIONS.get(_text(raw, "direction", 12).lower(), "")
    if said == Call.Direction.OWN:
        return said, ""
    caller, called = _text(raw, "from", 40), _text(raw, "to", 40)
    if said == Call.Direction.OUT:
        other = called
    elif said == Call.Direction.IN:
        other = caller
    else:
        if not caller and not called:
            return "", ""
        leaves = _is_inside(caller, extension, own_numbers) and bool(called)
        said, other = (Call.Direction.OUT, called) if leaves else (Call.Direction.IN, caller)
    if _is_inside(other, extension, own_numbers):
        return Call.Direction.OWN, ""
    return said, _e164(other)


def _is_inside(text: str, extension: str, own_numbers: frozenset[str]) -> bool:
    """An extension, or a number of the house."""
    digits = re.sub(r"\D", "", text)
    if not digits or text.lower() in WITHHELD:
        return False
    return len(digits) <= EXTENSION_DIGITS or text == extension or _e164(text) in own_numbers


def _e164(text: str) -> str:
    if text.lower() in WITHHELD:
        return ""
    try:
        return phones.normalise(text)
    except phones.InvalidPhone:
        return ""
