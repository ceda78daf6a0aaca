"""Telephone systems, the secrets they sign with, and who sits at which extension."""

import hashlib
import hmac
import time
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.call_exceptions import LineTaken
from callcenter.call_locks import lock_line, lock_system
from callcenter.models import AgentLine, CallEvent, PhoneSystem
from kit import phones
from kit.errors import Conflict
from staff.audit import record
from staff.models import User

SKEW_SECONDS = 300
REFUSED_A_MINUTE = 30  # refused requests noted a minute: whoever knocks without a key must not fill the log


def secret_of(system: PhoneSystem) -> str:
    """What the system signs with: derived, so that nothing has to be kept."""
    text = f"phone-system:{system.pk}:{system.secret_version}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def signature(system: PhoneSystem, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the timestamp, a full stop and the body, in hexadecimal."""
    return hmac.new(secret_of(system).encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def authenticate(*, code: str, timestamp: str, signed: str, body: bytes) -> PhoneSystem | None:
    """The system that signed a request, or None; why it was refused stands in the log of events."""
    system = PhoneSystem.objects.filter(code=code, is_active=True).first()
    if system is None:
        return _refuse(None, CallEvent.Outcome.UNKNOWN_SYSTEM, _("Code “%(code)s”") % {"code": code[:30]})
    given = signed.strip().lower().removeprefix("sha256=")
    if not given.isascii() or not hmac.compare_digest(signature(system, timestamp, body), given):
        return _refuse(system, CallEvent.Outcome.BAD_SIGNATURE)
    if not timestamp.isascii() or not timestamp.isdigit() or abs(int(timestamp[:12]) - time.time()) > SKEW_SECONDS:
        return _refuse(system, CallEvent.Outcome.STALE)
    return system


def _refuse(system: PhoneSystem | None, outcome: str, detail: str = "") -> None:
    since = timezone.now() - timedelta(minutes=1)
    noted = CallEvent.objects.filter(outcome=outcome, received_at__gte=since)[:REFUSED_A_MINUTE].count()
    if noted < REFUSED_A_MINUTE:
        CallEvent.objects.create(system=system, outcome=outcome, detail=detail)


@transaction.atomic
def create_system(
    *, code: str, name: str, kind: str, store: object, own_numbers: list[str], actor: User | None
) -> PhoneSystem:
    """Make a phone system known. Its code is used once."""
    try:
        with transaction.atomic():
            system = PhoneSystem.objects.create(
                code=code, name=name, kind=kind, store=store, own_numbers=[phones.normalise(one) for one in own_numbers]
            )
    except IntegrityError:
        raise Conflict(_("There is a phone system of this code already."), fields={"code": ""}) from None
    record(actor, "callcenter.system_created", system, store=system.store_id, code=code, kind=kind)
    return system


@transaction.atomic
def rotate_secret(*, system_id: int, actor: User) -> str:
    """Give the system another secret and return it; the old one stops working at once. Each call makes another."""
    system = lock_system(system_id)
    system.secret_version += 1
    system.save(update_fields=["secret_version"])
    record(actor, "callcenter.secret_rotated", system, store=system.store_id, version=system.secret_version)
    return secret_of(system)


@transaction.atomic
def switch_system(*, system_id: int, is_active: bool, actor: User) -> PhoneSystem:
    """Listen to the system, or no longer. A second call changes nothing."""
    system = lock_system(system_id)
    if system.is_active != is_active:
        system.is_active = is_active
        system.save(update_fields=["is_active"])
        record(actor, "callcenter.system_switched", system, store=system.store_id, is_active=is_active)
    return system


@transaction.atomic
def take_line(*, system_id: int, extension: str, user: User, opens_on_ring: bool, actor: User) -> AgentLine:
    """Sit somebody down at an extension; what they had before ends. Taking the same line again only changes its
    setting. An extension where somebody else sits is refused."""
    system = lock_system(system_id)
    if not system.is_active:
        raise LineTaken(_("This phone system is switched off."), fields={"system": ""})
    present = AgentLine.objects.select_related("user").filter(ended_at__isnull=True)
    holder = present.filter(system=system, extension=extension).first()
    if holder is not None and holder.user_id != user.pk:
        raise LineTaken(
            _("%(name)s sits at extension %(extension)s.") % {"name": holder.user, "extension": extension},
            fields={"extension": ""},
        )
    if holder is not None:
        holder.opens_on_ring = opens_on_ring
        holder.save(update_fields=["opens_on_ring"])
        return holder
    now = timezone.now()
    present.filter(user=user).update(ended_at=now)
    line = AgentLine.objects.create(
        system=system, extension=extension, user=user, opens_on_ring=opens_on_ring, since_at=now
    )
    record(actor, "callcenter.line_taken", line, store=system.store_id, extension=extension, user=user.pk)
    return line


@transaction.atomic
def leave_line(*, line_id: int, actor: User) -> AgentLine:
    """The shift is over, or somebody else needs the extension. A second call changes nothing."""
    line = lock_line(line_id)
    if line.ended_at is None:
        line.ended_at = timezone.now()
        line.save(update_fields=["ended_at"])
        record(actor, "callcenter.line_left", line, extension=line.extension, user=line.user_id)
    return line
