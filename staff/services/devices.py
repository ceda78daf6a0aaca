"""Tokens of tills and other machines."""

import hashlib
import secrets
from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.errors import Conflict
from staff.audit import record
from staff.models import Device, User

COLUMNS = [field.attname for field in Device._meta.concrete_fields]
OF_TOKEN = f"SELECT {', '.join(COLUMNS)} FROM staff_device WHERE token_hash = %s AND is_active"


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _new_token() -> str:
    return "atr_" + secrets.token_urlsafe(32)


@transaction.atomic
def create_device(*, store: object, name: str, kind: str, actor: User | None) -> tuple[Device, str]:
    """Register a machine and return it with its token, which is never shown again. The name is unique in its store."""
    token = _new_token()
    try:
        with transaction.atomic():
            device = Device.objects.create(
                store=store, name=name, kind=kind, token_hash=token_hash(token), created_by=actor
            )
    except IntegrityError:
        raise Conflict(_("This store already has a device of that name.")) from None
    record(actor, "staff.device_created", device, store=device.store_id, name=name, kind=kind)
    return device, token


@transaction.atomic
def rotate_token(*, device: Device, actor: User | None) -> str:
    """Give the machine a new token; the old one stops working at once. Each call makes another token."""
    token = _new_token()
    device.token_hash = token_hash(token)
    device.save(update_fields=["token_hash"])
    record(actor, "staff.device_token_rotated", device, store=device.store_id)
    return token


@transaction.atomic
def revoke_device(*, device: Device, actor: User | None) -> None:
    """Shut the machine out. A second call changes nothing."""
    if Device.objects.filter(pk=device.pk, is_active=True).update(is_active=False):
        device.is_active = False
        record(actor, "staff.device_revoked", device, store=device.store_id)


def device_of(token: str) -> Device | None:
    """The active machine of a token. Notes when it was last seen, at most once a minute."""
    with connection.cursor() as cursor:
        # Every request of every till comes through here: a plain statement, half the work of a queryset.
        cursor.execute(OF_TOKEN, [token_hash(token)])
        row = cursor.fetchone()
    if row is None:
        return None
    device = Device.from_db(connection.alias, COLUMNS, row)
    now = timezone.now()
    if device.last_seen_at is None or now - device.last_seen_at > timedelta(minutes=1):
        Device.objects.filter(pk=device.pk).update(last_seen_at=now)
        device.last_seen_at = now
    return device
