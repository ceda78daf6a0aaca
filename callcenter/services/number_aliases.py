"""Opaque names in place of numbers, for cloud services that would show numbers to their operators."""

import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from callcenter.models import NumberAlias, PhoneSystem
from kit import phones
from kit.errors import NotFound
from staff.audit import record


@transaction.atomic
def conceal_number(*, system: PhoneSystem, number: str) -> str:
    """The name of a number; the same number has the same name. Raises `InvalidPhone`."""
    e164 = phones.normalise(number)
    known = NumberAlias.objects.filter(e164=e164).first()
    if known is None:
        NumberAlias.objects.bulk_create([NumberAlias(uid=secrets.token_urlsafe(18), e164=e164)], ignore_conflicts=True)
        known = NumberAlias.objects.get(e164=e164)
    record(None, "callcenter.number_concealed", system, store=system.store_id, phone=phones.mask(e164))
    return known.uid


@transaction.atomic
def disclose_number(*, system: PhoneSystem, uid: str) -> str:
    """The number behind a name, for the machine that dials it. Every call is written into the audit trail."""
    known = NumberAlias.objects.filter(uid=uid).first()
    if known is None:
        raise NotFound(_("There is no number of this name."))
    record(None, "callcenter.number_disclosed", system, store=system.store_id, phone=phones.mask(known.e164))
    return known.e164
