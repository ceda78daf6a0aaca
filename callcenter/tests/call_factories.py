"""Telephone systems, lines and calls for tests."""

from collections.abc import Iterable
from datetime import time, timedelta
from itertools import count

from django.utils import timezone

from callcenter.models import AgentLine, Call, CallList, PhoneSystem
from callcenter.services.call_lists import ListFacts, add_to_call_list, make_call_list
from callcenter.services.calls import take_events
from members.models import Member
from staff.models import User
from staff.roles import Role
from staff.tests.factories import make_user
from stores.models import Store

_numbers = count(1)


def make_system(**fields: object) -> PhoneSystem:
    code = f"board-{next(_numbers)}"
    return PhoneSystem.objects.create(**{"code": code, "name": code, "kind": PhoneSystem.Kind.SIMULATOR, **fields})


def make_agent(system: PhoneSystem, extension: str, stores: tuple = (), **fields: object) -> User:
    """Somebody at an extension."""
    user = make_user(Role.AGENT, stores, **fields)
    AgentLine.objects.create(system=system, extension=extension, user=user)
    return user


def event(kind: str, call_id: str, *, at: str, **more: object) -> dict[str, object]:
    """An event as a switchboard words it; it is its own only one of that kind and time."""
    return {"event": kind, "call_id": call_id, "id": f"{kind}@{at}", "at": at, **more}


def ring(system: PhoneSystem, extension: str, number: str, call_id: str = "") -> Call:
    """A call that rings now at an extension."""
    call_id = call_id or f"c{next(_numbers)}"
    raw = {"event": "ringing", "call_id": call_id, "id": "r", "direction": "in", "from": number, "extension": extension}
    take_events(system=system, body=raw)
    return Call.objects.get(system=system, external_id=call_id)


def say(call: Call, kind: str, **more: object) -> Call:
    """A further event of a call, now."""
    raw = {"event": kind, "call_id": call.external_id, "leg": call.leg, "id": f"{kind}{next(_numbers)}", **more}
    take_events(system=call.system, body=raw)
    call.refresh_from_db()
    return call


def make_list(owner: User, store: Store | None = None, members: Iterable[Member] = (), **fields: object) -> CallList:
    """A call list worked at any hour of these weeks, with members who have allowed calls."""
    facts = {
        "name": f"名单 {next(_numbers)}", "store": store, "until_on": timezone.localdate() + timedelta(days=30),
        "call_from": time(0, 0), "call_until": time(23, 59, 59), **fields,
    }  # fmt: skip
    made = make_call_list(facts=ListFacts(**facts), owner=owner, actor=owner)
    ids = [one.pk for one in members]
    Member.objects.filter(pk__in=ids).update(allows_phone=True)
    if ids:
        add_to_call_list(list_id=made.pk, members=ids, actor=owner)
    return made
