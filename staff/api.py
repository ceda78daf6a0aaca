"""How machines sign in to the API, and how the same request is answered the same way twice."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from kit.errors import Conflict
from staff.models import Device
from staff.services.devices import device_of

# Natural keys that the apps above declare: posting the same document again under another key breaks one of them.
ONCE: set[str] = set()


class DeviceToken(HttpBearer):
    """``Authorization: Bearer TOKEN`` of an active device; ``request.auth`` is the device."""

    def authenticate(self, request: HttpRequest, token: str) -> Device | None:
        return device_of(token) if token.isascii() else None


def answer_once(
    device: Device, key: str, payload: dict[str, Any], work: Callable[[], tuple[int, dict[str, Any]]]
) -> tuple[int, dict[str, Any]]:
    """Do the work of a request once per idempotency key and store the answer in the same transaction.

    Same key and same body: the stored answer again. Same key and another body: refused. What the work refuses is not
    stored, so that it can be put right and sent again under the same key.
    """
    digest = hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()
    if stored := _stored(device, key, digest):
        return stored
    try:
        with transaction.atomic():
            status, response = work()
            _store(device, key, digest, status, response)
    except IntegrityError as error:
        # A retry that overtook the first request: by now one of them has committed.
        if stored := _stored(device, key, digest):
            return stored
        if error.__cause__.diag.constraint_name in ONCE:
            raise Conflict(_("This number has already been posted."), code="already_posted") from error
        raise
    return status, response


def _store(device: Device, key: str, digest: str, status: int, response: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO staff_apicall (device_id, key, request_hash, status, response, created_at)"
            " VALUES (%s, %s, %s, %s, %s, now())",
            [device.pk, key, digest, status, json.dumps(response)],
        )


def _stored(device: Device, key: str, digest: str) -> tuple[int, dict[str, Any]] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT request_hash, status, response FROM staff_apicall WHERE device_id = %s AND key = %s",
            [device.pk, key],
        )
        call = cursor.fetchone()
    if call is None:
        return None
    request_hash, status, response = call
    if request_hash != digest:
        raise Conflict(_("This idempotency key was used for a different request."), code="key_reused")
    return status, json.loads(response)
