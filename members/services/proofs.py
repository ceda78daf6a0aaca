"""Proving that a number is one's own: a code of six digits by SMS.

Asking for a code never looks at members: the answer, its statements and its time are the same for every number.
"""

import secrets
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from kit import phones
from kit.errors import Busy, DomainError
from members.locks import lock_phone
from members.models import ProofCode
from staff.models import Outbox
from staff.services.outbox import enqueue, register_recheck
from stores.models import Chain

PURPOSE: Final = "code"
GOOD_FOR: Final = timedelta(minutes=10)
PROOF_GOOD_FOR: Final = timedelta(minutes=30)
DOUBLE_CLICK: Final = timedelta(minutes=2)
TRIES: Final = 5
BETWEEN: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
KEPT_FOR: Final = timedelta(days=2)
# Codes an hour: for one number, from one address (a store's guests share one), and in all. Chain settings of these
# names change them.
LIMITS: Final = {"codes_per_number": 5, "codes_per_address": 60, "codes_in_all": 3000}


@transaction.atomic
def ask_for_code(*, phone: str, address: str) -> str:
    """Send a code to a number; returns the number in E.164 form.

    Within a minute a second call sends nothing and answers the same. Too many for a number, from an address or in all
    raise `Busy`.
    """
    e164 = phones.reachable(phone)
    if not phones.is_mobile(e164):
        raise DomainError(_("A code can only be sent to a mobile number."), fields={"phone": ""})
    lock_phone(e164)
    now = timezone.now()
    came_from = _keyed("members.address", address)
    _keep_within_limits(e164, came_from, now)
    if ProofCode.objects.filter(e164=e164, asked_at__gt=now - BETWEEN).exists():
        return e164
    code = f"{secrets.randbelow(10**6):06}"
    row = ProofCode.objects.create(
        e164=e164, digest=_digest(e164, code), asked_from=came_from, asked_at=now, expires_at=now + GOOD_FOR
    )
    body = _("%(code)s is your code for %(house)s, good for 10 minutes. Nobody of our staff will ask you for it.") % {
        "code": code,
        "house": Chain.get().label,
    }
    enqueue(channel="sms", to=e164, body=body, purpose=PURPOSE, dedupe_key=f"code:{row.pk}", recheck="members.code")
    return e164


def _keep_within_limits(e164: str, came_from: str, now: datetime) -> None:
    recent = ProofCode.objects.filter(asked_at__gt=now - HOUR)
    counted = {
        "codes_per_number": recent.filter(e164=e164),
        "codes_per_address": recent.filter(asked_from=came_from),
        "codes_in_all": recent,
    }
    for name, rows in counted.items():
        limit = int(Chain.get().setting(name, LIMITS[name]))
        if rows.order_by()[:limit].count() >= limit:
            raise Busy(_("Too many codes have been asked for. Please try again in an hour."))


@transaction.atomic
def prove_number(*, e164: str, code: str) -> ProofCode | None:
    """The newest code of the number if this is it and it still counts, marked as used; None for anything else.

    Every call counts as a try. A code that was used does not count again.
    """
    lock_phone(e164)
    now = timezone.now()
    row = ProofCode.objects.filter(e164=e164).order_by("-asked_at", "-pk").first()
    digest = row.digest if row else ""
    matches = compare_digest(digest, _digest(e164, code.strip()))
    if row is None or row.used_at or row.expires_at <= now or row.tries >= TRIES:
        return None
    row.tries += 1
    row.used_at = now if matches else None
    row.save(update_fields=["tries", "used_at"])
    return row if matches else None


def open_proof(proof_id: int) -> ProofCode | None:
    """A proof that may still open a session: used within half an hour and not spent, or spent just now (a double
    click is answered as the first click was)."""
    now = timezone.now()
    row = ProofCode.objects.filter(pk=proof_id, used_at__gt=now - PROOF_GOOD_FOR).first()
    if row is None or (row.spent_at and row.spent_at <= now - DOUBLE_CLICK):
        return None
    return row


def spend_proof(proof: ProofCode, member_id: int) -> None:
    """The proof opened a session of this member; the caller holds the lock of the number."""
    ProofCode.objects.filter(pk=proof.pk).update(spent_at=timezone.now(), member_id=member_id)


@register_recheck("members.code")
def still_counts(message: Outbox) -> str | None:
    """A code is not sent once it has lapsed."""
    if message.created_at <= timezone.now() - GOOD_FOR:
        return _("The code has lapsed.")
    return None


def drop_old_proofs() -> int:
    """Forget codes after two days; returns how many. A second run finds none."""
    return ProofCode.objects.filter(asked_at__lt=timezone.now() - KEPT_FOR).delete()[0]


def _digest(e164: str, code: str) -> str:
    return _keyed("members.code", f"{e164}:{code}")


def _keyed(salt: str, value: str) -> str:
    return salted_hmac(salt, value, algorithm="sha256").hexdigest()
