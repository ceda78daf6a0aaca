"""One of everything the pages about calls may be about."""

from django.urls import reverse
from django.utils import timezone

from callcenter.models import AgentLine, Call
from callcenter.tests.call_factories import make_list, make_system
from members.models import Member
from staff.models import User
from stores.models import Store


def call_objects(person: User, store: Store, member: Member) -> dict[str, object]:
    """A line where the person sits, and a call from a member to it."""
    system = make_system(code="world")
    line = AgentLine.objects.create(system=system, extension="801", user=person)
    phone = member.phones.get()
    call = Call.objects.create(
        system=system, external_id="world", number=phone.e164, agent=person, extension="801", store=store,
        member=member, found=1, rang_at=timezone.now(),
    )  # fmt: skip
    call_list = make_list(person, store, [member])
    entry = call_list.entries.get()
    return {
        "callcenter:list_": call_list, "callcenter:call_entry_": entry,
        "callcenter:call_": call, "callcenter:paper_": call, "callcenter:line_leave": line,
        "callcenter:system_": system, "callcenter:phone_dial": phone, "callcenter:member_choose": call,
    }  # fmt: skip


def call_address(name: str, objects: dict[str, object]) -> str | None:
    """The pages that need more than one number."""
    if name == "callcenter:member_choose":
        call = objects["callcenter:member_choose"]
        return reverse(name, args=[call.pk, call.member_id])
    return None
