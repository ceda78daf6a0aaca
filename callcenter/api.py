"""What phone systems call: their events, and opaque names in place of numbers. Signed, not signed in."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema
from ninja.errors import HttpError
from ninja.security import APIKeyHeader
from pydantic import Field
from pydantic_core import from_json

from callcenter.models import CallEvent, PhoneSystem
from callcenter.services.calls import take_events
from callcenter.services.number_aliases import conceal_number, disclose_number
from callcenter.services.phone_systems import authenticate

BODY_LIMIT = 1_000_000


class PhoneSignature(APIKeyHeader):
    """``X-Atrium-Signature``: HMAC-SHA256 of ``timestamp.body`` with the system's secret, in hexadecimal;
    ``X-Atrium-Timestamp``: seconds since 1970, at most five minutes from ours."""

    param_name = "X-Atrium-Signature"

    def authenticate(self, request: HttpRequest, key: str | None) -> PhoneSystem | None:
        if not key or len(request.body) > BODY_LIMIT:
            return None
        code = request.resolver_match.kwargs["code"]
        timestamp = request.headers.get("X-Atrium-Timestamp", "")[:20]
        return authenticate(code=code, timestamp=timestamp, signed=key[:200], body=request.body)


class Problem(Schema):
    code: str
    message: str


class EventOut(Schema):
    """What became of one event."""

    call_id: str
    outcome: str = Field(description="applied, popped, late, duplicate, no_line, internal, too_old, malformed")
    detail: str


class EventsOut(Schema):
    events: list[EventOut]


class NumberIn(Schema):
    number: str = Field(min_length=3, max_length=40)


class NameOut(Schema):
    uid: str


class NameIn(Schema):
    uid: str = Field(min_length=1, max_length=32, pattern=r"^[\w-]+$")


class NumberOut(Schema):
    number: str


router = Router(tags=["calls"], auth=PhoneSignature())
REFUSALS = {400: Problem, 401: Problem, 404: Problem, 409: Problem, 422: Problem, 503: Problem}
EVENT = {
    "type": "object",
    "properties": {
        "event": {
            "type": "string",
            "description": "ringing, answered or ended (newCall, answer, hangup are understood)",
        },
        "call_id": {"type": "string"},
        "leg": {"type": "string", "description": "where a call has several"},
        "id": {"type": "string", "description": "of the event; the same id is taken once"},
        "at": {"type": "string", "description": "ISO 8601 or seconds since 1970"},
        "direction": {"type": "string", "description": "in or out"},
        "from": {"type": "string"},
        "to": {"type": "string"},
        "extension": {"type": "string", "description": "of the agent"},
        "queue": {"type": "string"},
        "cause": {"type": "string"},
        "recording": {"type": "string", "description": "address of the recording"},
    },
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"anyOf": [EVENT, {"type": "array", "items": EVENT}]}}},
    }
}


@router.post("/{code}/events", response={200: EventsOut, **REFUSALS}, summary="Events of calls", openapi_extra=BODY)
def call_events(request: HttpRequest, code: str) -> dict[str, Any]:
    """One event or a batch. Everything that was signed rightly is answered 200 with what became of each event, so that
    nobody sends again what cannot be read; events may come twice, late and in any order."""
    try:
        body = from_json(request.body)
    except ValueError:
        raise HttpError(400, _("This is not JSON.")) from None
    return {"events": [_told(event) for event in take_events(system=request.auth, body=body)]}


@router.post("/{code}/conceal", response={200: NameOut, **REFUSALS}, summary="A name in place of a number")
def number_conceal(request: HttpRequest, code: str, body: NumberIn) -> dict[str, str]:
    """For cloud services that ask for an id to show instead of the number."""
    return {"uid": conceal_number(system=request.auth, number=body.number)}


@router.post("/{code}/disclose", response={200: NumberOut, **REFUSALS}, summary="The number behind a name")
def number_disclose(request: HttpRequest, code: str, body: NameIn) -> dict[str, str]:
    """For the machine that dials; every call is written into the audit trail."""
    return {"number": disclose_number(system=request.auth, uid=body.uid)}


def _told(event: CallEvent) -> dict[str, str]:
    return {"call_id": event.external_id, "outcome": event.outcome, "detail": event.detail}
