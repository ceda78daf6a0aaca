"""Whose number it is: a set of members, never simply the first."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.call_locks import lock_call
from callcenter.models import Call
from kit.errors import Conflict
from members.models import Contact
from members.selectors import members_by_phone
from staff.models import User


def match_number(call: Call) -> None:
    """Fill in who it may be; the caller saves. One member is taken, of several somebody chooses; a number that no
    member has may be a contact's."""
    found = members_by_phone(call.number) if call.number else []
    call.found = len(found)
    call.member = found[0] if len(found) == 1 else None
    call.contact = None if found else contact_of(call.number)


def contact_of(number: str) -> Contact | None:
    """The newest open contact without a card with this number."""
    if not number:
        return None
    open_ones = Contact.objects.filter(converted_to__isnull=True, phone=number).exclude(phone="")
    return open_ones.order_by("-noted_at", "-pk").first()


@transaction.atomic
def choose_member(*, call_id: int, member_id: int, actor: User) -> Call:
    """Say which of several members is on the phone; remembered for this call only. A second choice replaces the
    first."""
    call = lock_call(call_id)
    member = next((one for one in members_by_phone(call.number) if one.pk == member_id), None) if call.number else None
    if member is None:
        raise Conflict(_("This member does not have the number of the call."))
    call.member, call.chosen_by, call.chosen_at = member, actor, timezone.now()
    call.save(update_fields=["member", "chosen_by", "chosen_at"])
    return call


def rematch_open_calls(*, member_id: int, numbers: list[str]) -> int:
    """Somebody was enrolled: calls of the last hour from that number, still nobody's, are theirs."""
    since = timezone.now() - timedelta(hours=1)
    calls = Call.objects.filter(number__in=numbers, member__isnull=True, found=0, heard_at__gte=since)
    return calls.update(member_id=member_id, found=1, contact=None)
