"""A telephone made of paper: its events go through the same door as those of a real one."""

import json
import time
import uuid

from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.models import Call, CallEvent, PhoneSystem
from callcenter.phone_systems import Order
from callcenter.services.calls import take_events
from callcenter.services.phone_systems import authenticate, signature
from kit.errors import DomainError


def send_events(*, system: PhoneSystem, events: list[dict[str, object]]) -> list[CallEvent]:
    """Sign the events as the system would, and take them as the webhook does."""
    body, timestamp = json.dumps(events).encode(), str(int(time.time()))
    found = authenticate(code=system.code, timestamp=timestamp, signed=signature(system, timestamp, body), body=body)
    if found is None:
        raise DomainError(_("This phone system is switched off."))
    return take_events(system=found, body=json.loads(body))


def ring(*, system: PhoneSystem, extension: str, number: str, queue: str = "") -> str:
    """Let an extension ring; returns the call's own id. A withheld number is empty."""
    call_id = f"paper-{uuid.uuid4()}"
    send_events(system=system, events=[_event("ringing", call_id, extension, number, queue=queue)])
    return call_id


def answer(*, call: Call) -> None:
    send_events(system=call.system, events=[_of(call, "answered")])


def hang_up(*, call: Call) -> None:
    cause = "normal" if call.answered_at else "noanswer"
    send_events(system=call.system, events=[_of(call, "ended", cause=cause)])


def _of(call: Call, kind: str, **more: object) -> dict[str, object]:
    return _event(kind, call.external_id, call.extension, call.number, direction=call.direction, leg=call.leg, **more)


def _event(
    kind: str, call_id: str, extension: str, number: str, *, direction: str = Call.Direction.IN, **more: object
) -> dict[str, object]:
    sides = {"from": number, "to": extension} if direction == Call.Direction.IN else {"from": extension, "to": number}
    return {
        "event": kind, "call_id": call_id, "id": f"{kind}-{uuid.uuid4()}", "at": timezone.now().isoformat(),
        "direction": direction, "extension": extension, **sides, **more,
    }  # fmt: skip


class PaperPhone:
    """Takes every call that is placed."""

    def dial(self, system: PhoneSystem, order: Order) -> None:
        event = _event("ringing", order.external_id, order.extension, order.number, direction=Call.Direction.OUT)
        send_events(system=system, events=[event])
