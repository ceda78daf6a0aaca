"""Reads of calls: who rings now, what the card says, a member's calls, how the day went."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from callcenter.models import Call
from kit import names, phones
from members import access
from members.models import Member
from members.selectors import MemberRow, member_rows, members_by_phone
from staff.models import User

RINGS_FOR = timedelta(minutes=5)
TALKS_FOR = timedelta(hours=4)


@dataclass(frozen=True)
class CallRow:
    """One call of a member, as a panel shows it."""

    pk: int
    direction: str
    state: str
    heard_at: datetime
    talk_seconds: int | None
    agent: str
    disposition: str
    note: str
    needs_call_back: bool

    @property
    def url(self) -> str:
        return reverse("callcenter:call_detail", args=[self.pk])

    @property
    def state_label(self) -> str:
        return str(Call.State(self.state).label)

    @property
    def direction_label(self) -> str:
        return str(Call.Direction(self.direction).label)

    @property
    def disposition_label(self) -> str:
        return str(Call.Disposition(self.disposition).label) if self.disposition else ""


@dataclass(frozen=True)
class Truth:
    """Where somebody sits, and what rings or talks there. Without a line nothing does."""

    has_line: bool
    opens_on_ring: bool
    calls: list[dict[str, object]]


ACTIVE = """
SELECT l.opens_on_ring, c.id, c.state, c.number, c.direction FROM callcenter_agentline l
LEFT JOIN callcenter_call c ON c.agent_id = l.user_id AND c.state IN ('ringing', 'answered') AND c.direction <> 'own'
    AND c.heard_at > CASE c.state WHEN 'ringing' THEN %s::timestamptz ELSE %s::timestamptz END
WHERE l.user_id = %s AND l.ended_at IS NULL ORDER BY c.heard_at, c.id LIMIT 10"""


def active_calls(user: User) -> Truth:
    """The truth behind every push, in one query."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(ACTIVE, [now - RINGS_FOR, now - TALKS_FOR, user.pk])
        rows = cursor.fetchall()
    calls = [
        {"call": pk, "state": state, "hint": Call(number=number).masked, "way": direction}
        for _opens, pk, state, number, direction in rows
        if pk is not None
    ]
    return Truth(bool(rows), bool(rows and rows[0][0]), calls)


def calls_of(member: Member, user: User, limit: int = 5) -> list[CallRow]:
    """A member's newest calls, for whoever may see calls and this member unmasked. One query, after those checks."""
    if not user.has_perm("callcenter.view_call") or not access.sees_unmasked(user, member):
        return []
    calls = Call.objects.filter(member=member).select_related("agent").order_by("-heard_at", "-pk")[:limit]
    return [
        CallRow(
            pk=call.pk,
            direction=call.direction,
            state=call.state,
            heard_at=call.heard_at,
            talk_seconds=call.talk_seconds,
            agent=str(call.agent) if call.agent else "",
            disposition=call.disposition,
            note=call.note,
            needs_call_back=is_to_call_back(call),
        )
        for call in calls
    ]


def number_of_call(user: User, text: str) -> str:
    """The number of a call at this person's own extension, as it is read aloud; empty for anybody else's."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        return ""
    number = Call.objects.filter(pk=int(text), agent=user).exclude(number="").values_list("number", flat=True).first()
    return phones.national(number) if number else ""


def is_to_call_back(call: Call) -> bool:
    return call.direction == Call.Direction.IN and call.state == Call.State.MISSED and call.settled_at is None


def candidates(call: Call, user: User) -> list[MemberRow]:
    """The members with the number of the call, as this person may see them."""
    if not call.number:
        return []
    found = members_by_phone(call.number)
    members = Member.objects.filter(pk__in=[one.pk for one in found]).select_related("home_store").order_by("pk")
    return member_rows(user, list(members))


def shown_member(call: Call, user: User) -> str:
    """The name of the caller as this person may see it."""
    if call.member is None:
        return ""
    name = call.member.display_name
    return name if access.sees_unmasked(user, call.member) else names.mask(name)


def with_shown_names(calls: list[Call], user: User) -> list[Call]:
    """Calls with `shown_name`: names of members out of scope are masked. Two queries for any number."""
    pairs = [(call.member.pk, call.member.home_store_id) for call in calls if call.member]
    clear = access.unmasked_ids(user, pairs)
    for call in calls:
        name = call.member.display_name if call.member else call.contact.name if call.contact else ""
        call.shown_name = name if not call.member or call.member.pk in clear else names.mask(name)
    return calls


def to_call_back(calls: QuerySet[Call]) -> QuerySet[Call]:
    """Of these, the incoming calls nobody answered and nobody has called back."""
    return calls.filter(direction=Call.Direction.IN, state=Call.State.MISSED, settled_at__isnull=True)


@dataclass(frozen=True)
class DayOfCalls:
    """One day: how many calls, how many nobody answered, and how long from the event to the card (milliseconds)."""

    on: date
    calls: int
    missed: int
    shown: int
    median_ms: int | None
    p95_ms: int | None


DAYS = """
SELECT (heard_at AT TIME ZONE 'Asia/Shanghai')::date, count(*), count(*) FILTER (WHERE direction = 'in' AND state = 'missed'),
    count(shown_at),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM shown_at - heard_at) * 1000) FILTER (WHERE shown_at IS NOT NULL),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM shown_at - heard_at) * 1000) FILTER (WHERE shown_at IS NOT NULL)
FROM callcenter_call WHERE heard_at >= %s AND direction <> 'own' GROUP BY 1 ORDER BY 1 DESC"""


def days_of_calls(days: int = 7) -> list[DayOfCalls]:
    """The last days, today first."""
    since = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    with connection.cursor() as cursor:
        cursor.execute(DAYS, [since])
        return [
            DayOfCalls(on, calls, missed, shown, _whole(median), _whole(p95))
            for on, calls, missed, shown, median, p95 in cursor.fetchall()
        ]


def _whole(value: object) -> int | None:
    return None if value is None else round(value)


@dataclass(frozen=True)
class MyDay:
    """An agent's calls of today."""

    taken: int
    missed: int
    to_call_back: int


def my_day(user: User) -> MyDay:
    begin = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    mine = Call.objects.filter(agent=user, heard_at__gte=begin).exclude(direction=Call.Direction.OWN)
    counted = mine.aggregate(
        taken=Count("pk", filter=Q(answered_at__isnull=False)),
        missed=Count("pk", filter=Q(direction=Call.Direction.IN, state=Call.State.MISSED)),
    )
    waiting = to_call_back(Call.objects.filter(heard_at__gte=begin - timedelta(days=7)))[:100].count()
    return MyDay(counted["taken"], counted["missed"], waiting)
