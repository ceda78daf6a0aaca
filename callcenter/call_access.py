"""Which calls, lines and events a person may see."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from callcenter.models import AgentLine, Call, CallEvent, CallList, CallListEntry, PhoneSystem
from kit.errors import NotFound
from staff.access import require, stores_for
from staff.models import User
from staff.roles import Role

VIEW = "callcenter.view_call"
VIEW_ALL = "callcenter.view_all_calls"
VIEW_LIST, WORK_LIST = "callcenter.view_call_list", "callcenter.work_call_list"
MAKE_LIST = "callcenter.make_call_list"


def calls_for(user: User) -> QuerySet[Call]:
    """Agents see their own calls and those nobody took; who sees all calls, those of the own stores. Calls within the
    house are nobody's business."""
    require(user, VIEW)
    calls = Call.objects.exclude(direction=Call.Direction.OWN)
    if user.has_perm(VIEW_ALL):
        if user.all_stores or user.role == Role.ADMIN:
            return calls
        return calls.filter(Q(store__in=stores_for(user).values("pk")) | Q(store__isnull=True) | Q(agent=user))
    return calls.filter(Q(agent=user) | Q(state=Call.State.MISSED))


def call_for(user: User, pk: int, permission: str = VIEW) -> Call:
    """One call this person may see."""
    require(user, permission)
    related = ("system", "agent", "store", "member", "contact", "noted_by", "settled_by")
    call = calls_for(user).select_related(*related).filter(pk=pk).first()
    if call is None:
        raise NotFound(_("There is no such call, or it is not yours."))
    return call


def own_call_for(user: User, pk: int) -> Call:
    """One call that rings or rang at this person's own extension."""
    require(user, "callcenter.take_calls")
    call = Call.objects.select_related("member", "contact", "system").filter(pk=pk, agent=user).first()
    if call is None:
        raise NotFound(_("There is no such call, or it is not yours."))
    return call


def line_of(user: User) -> AgentLine | None:
    """Where this person sits now."""
    return AgentLine.objects.select_related("system").filter(user=user, ended_at__isnull=True).first()


def lines_for(user: User) -> QuerySet[AgentLine]:
    """The lines in use, for whoever manages them; the own one for everybody else who takes calls."""
    lines = AgentLine.objects.select_related("system", "user").filter(ended_at__isnull=True)
    return lines if user.has_perm("callcenter.manage_lines") else lines.filter(user=user)


def line_for(user: User, pk: int) -> AgentLine:
    require(user, "callcenter.take_calls")
    line = lines_for(user).filter(pk=pk).first()
    if line is None:
        raise NotFound(_("There is no such line, or it is not yours."))
    return line


def systems_for(user: User) -> QuerySet[PhoneSystem]:
    """The active phone systems a person may sit at."""
    systems = PhoneSystem.objects.filter(is_active=True)
    if user.all_stores or user.role == Role.ADMIN:
        return systems
    return systems.filter(Q(store__isnull=True) | Q(store__in=stores_for(user).values("pk")))


def system_for(user: User, pk: int) -> PhoneSystem:
    require(user, "callcenter.manage_lines")
    system = PhoneSystem.objects.filter(pk=pk).first()
    if system is None:
        raise NotFound(_("There is no such phone system."))
    return system


def events_for(user: User) -> QuerySet[CallEvent]:
    require(user, "callcenter.view_call_events")
    return CallEvent.objects.select_related("system")


def all_systems(user: User) -> QuerySet[PhoneSystem]:
    """Every phone system, switched off or not."""
    require(user, "callcenter.manage_lines")
    return PhoneSystem.objects.select_related("store").order_by("pk")


def paper_calls(user: User) -> list[Call]:
    """The calls of simulators that ring or talk."""
    require(user, "callcenter.simulate_call")
    calls = Call.objects.filter(state__in=Call.ACTIVE, system__kind=PhoneSystem.Kind.SIMULATOR)
    return list(calls.select_related("agent", "system").order_by("-pk")[:20])


def paper_call_for(user: User, pk: int) -> Call:
    require(user, "callcenter.simulate_call")
    calls = Call.objects.filter(system__kind=PhoneSystem.Kind.SIMULATOR).select_related("system")
    call = calls.filter(pk=pk).first()
    if call is None:
        raise NotFound(_("There is no such call of a simulator."))
    return call


def call_lists_for(user: User, permission: str = VIEW_LIST) -> QuerySet[CallList]:
    """Lists of the chain and of the own stores. Who only works lists sees those of the own team and those without
    one."""
    require(user, permission)
    lists = CallList.objects.all()
    if not (user.all_stores or user.role == Role.ADMIN):
        lists = lists.filter(Q(store=None) | Q(store__in=stores_for(user).values("pk")))
    if user.has_perm(MAKE_LIST):
        return lists
    teams = CallList.agents.through.objects
    own = teams.filter(user_id=user.pk).values("calllist_id")
    return lists.filter(Q(pk__in=own) | ~Q(pk__in=teams.values("calllist_id")))


def call_list_for(user: User, pk: int, permission: str = VIEW_LIST) -> CallList:
    found = call_lists_for(user, permission).select_related("store", "owner").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such call list for you."))
    return found


def call_entry_for(user: User, pk: int) -> CallListEntry:
    """One entry of a list this person works."""
    entries = CallListEntry.objects.filter(call_list__in=call_lists_for(user, WORK_LIST))
    found = entries.select_related("call_list", "member__home_store").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such entry for you."))
    return found
