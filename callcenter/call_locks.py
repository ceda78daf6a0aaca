"""How calls are locked: one leg at a time, before its events are read."""

from django.utils.translation import gettext as _

from callcenter.models import AgentLine, Call, PhoneSystem
from kit.errors import NotFound


def lock_leg(system_id: int, external_id: str, leg: str) -> Call | None:
    """Lock the call of one leg, if there is one: its events are applied one after the other."""
    legs = Call.objects.select_for_update(no_key=True, of=("self",))
    return legs.filter(system_id=system_id, external_id=external_id, leg=leg).first()


def lock_call(call_id: int) -> Call:
    call = Call.objects.select_for_update(no_key=True, of=("self",)).filter(pk=call_id).first()
    if call is None:
        raise NotFound(_("There is no such call."))
    return call


def lock_system(system_id: int) -> PhoneSystem:
    """Lock a phone system: who signs in to one of its extensions, or changes its secret, goes through here."""
    system = PhoneSystem.objects.select_for_update(no_key=True).filter(pk=system_id).first()
    if system is None:
        raise NotFound(_("There is no such phone system."))
    return system


def lock_line(line_id: int) -> AgentLine:
    line = AgentLine.objects.select_for_update(no_key=True, of=("self",)).filter(pk=line_id).first()
    if line is None:
        raise NotFound(_("There is no such line."))
    return line
