"""Click to dial: by member or by call, never by number."""

import logging
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from callcenter.call_exceptions import CannotDial
from callcenter.models import AgentLine, Call
from callcenter.phone_systems import DialRefused, Order, adapter_of
from callcenter.services.calls import begin_call, give_up_call
from kit import phones
from members.models import MemberPhone
from staff.audit import record
from staff.models import User

logger = logging.getLogger(__name__)


def dial_phone(*, phone: MemberPhone, actor: User) -> Call:
    """Ring the agent and then the member's number. Every call dials again."""
    if phone.opt_out_call:
        raise CannotDial(_("The member asked not to be called at this number."))
    if phone.invalid:
        raise CannotDial(_("This number is noted as not working. Correct it first."))
    return _dial(number=phone.e164, member_id=phone.member_id, store_id=phone.member.home_store_id, actor=actor)


def dial_back(*, call: Call, actor: User) -> Call:
    """Ring the agent and then whoever called. Every call dials again."""
    if not call.number:
        raise CannotDial(_("The number was withheld, so it cannot be called back."))
    return _dial(number=call.number, member_id=call.member_id, store_id=call.store_id, actor=actor)


def _dial(*, number: str, member_id: int | None, store_id: int | None, actor: User) -> Call:
    line = AgentLine.objects.select_related("system").filter(user=actor, ended_at__isnull=True).first()
    if line is None:
        raise CannotDial(_("Sign in to an extension first: the call rings there."))
    adapter = adapter_of(line.system)
    if adapter is None or not line.system.is_active:
        raise CannotDial(_("%(system)s cannot place calls from here.") % {"system": line.system})
    external_id = f"atrium-{uuid.uuid4()}"
    with transaction.atomic():
        call = begin_call(
            system=line.system,
            external_id=external_id,
            number=number,
            line=line,
            member_id=member_id,
            store_id=store_id,
        )
        record(actor, "callcenter.call_placed", call, store=store_id, phone=phones.mask(number), member=member_id)
    # The row is there before the phone system hears of it: its first event may overtake the answer.
    try:
        adapter.dial(line.system, Order(external_id=external_id, extension=line.extension, number=number))
    except DialRefused as refusal:
        logger.warning("call %s was not placed: %s", call.pk, refusal)
        give_up_call(call_id=call.pk)
        raise CannotDial(_("The phone system did not take the call. Please try again in a moment.")) from refusal
    return call
