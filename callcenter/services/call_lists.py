"""Call lists: made, filled set-wise, paused, closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.call_exceptions import ListRefused
from callcenter.call_list_locks import lock_call_list
from callcenter.models import CallList, CallListEntry
from members.models import Member
from staff.audit import record
from staff.models import User
from stores.models import Store

Purpose, State = CallList.Purpose, CallList.State
MOST_MEMBERS = 200_000
# Who may be called for the purpose of the list, as far as it is known when the list is filled.
_REACHABLE = """
  m.merged_into_id IS NULL AND m.status <> 'closed' AND m.erased_at IS NULL
  AND EXISTS (SELECT 1 FROM members_memberphone p WHERE p.member_id = m.id AND NOT p.opt_out_call AND NOT p.invalid)
  AND (m.allows_phone OR {for_service})
"""


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What a list is: everything but its members."""

    name: str
    until_on: date
    store: Store | None = None
    purpose: str = Purpose.MARKETING
    script: str = ""
    script_en: str = ""
    from_on: date | None = None
    call_from: time = time(9, 30)
    call_until: time = time(20, 0)
    most_attempts: int = 3
    drops_buyers: bool = True
    bought_within: int = 14


@dataclass(frozen=True, slots=True)
class Added:
    """What became of those who were to be added: new on the list, on it before, not to be called."""

    asked: int
    added: int
    known: int

    @property
    def left_out(self) -> int:
        return self.asked - self.added - self.known


@transaction.atomic
def make_call_list(
    *, facts: ListFacts, owner: User, actor: User | None, agents: Iterable[User] = (), source_key: str | None = None
) -> CallList:
    """Make an empty list. The same `source_key` again returns the list it made the first time."""
    if source_key and (known := CallList.objects.filter(source_key=source_key).first()):
        return known
    _check(facts)
    made = CallList.objects.create(
        **_columns(facts), from_on=facts.from_on or timezone.localdate(), owner=owner, made_by=actor,
        source_key=source_key,
    )  # fmt: skip
    made.agents.set(agents)
    record(actor, "callcenter.call_list_made", made, store=made.store_id, purpose=made.purpose)
    return made


@transaction.atomic
def make_filled_list(
    *, facts: ListFacts, owner: User, actor: User, agents: Iterable[User], members: QuerySet[Member]
) -> tuple[CallList, Added]:
    """Make a list of these members, or nothing at all. Each call makes another list."""
    made = make_call_list(facts=facts, owner=owner, actor=actor, agents=agents)
    return made, add_to_call_list(list_id=made.pk, members=members, actor=actor)


@transaction.atomic
def change_call_list(*, list_id: int, facts: ListFacts, agents: Iterable[User], actor: User) -> CallList:
    """Change words, days, hours and team. A closed list refuses; the purpose stays, members agreed to be called for it
    or not."""
    call_list = lock_call_list(list_id)
    if call_list.state == State.CLOSED:
        raise ListRefused(_("This list is closed."))
    _check(facts)
    if facts.purpose != call_list.purpose and call_list.entries.exists():
        raise ListRefused(_("The purpose stays once members are on the list."), fields={"purpose": True})
    columns = {**_columns(facts), "from_on": facts.from_on or call_list.from_on}
    for name, value in columns.items():
        setattr(call_list, name, value)
    call_list.save(update_fields=list(columns))
    call_list.agents.set(agents)
    record(actor, "callcenter.call_list_changed", call_list, store=call_list.store_id)
    return call_list


def _check(facts: ListFacts) -> None:
    if facts.until_on < (facts.from_on or timezone.localdate()):
        raise ListRefused(_("The last day lies before the first."), fields={"until_on": True})
    if facts.call_until <= facts.call_from:
        raise ListRefused(_("The hours end before they begin."), fields={"call_until": True})


def _columns(facts: ListFacts) -> dict[str, object]:
    names = (
        "name", "store", "purpose", "script", "script_en", "until_on", "call_from", "call_until", "most_attempts",
        "drops_buyers", "bought_within",
    )  # fmt: skip
    return {name: getattr(facts, name) for name in names}


@transaction.atomic
def add_to_call_list(*, list_id: int, members: "QuerySet[Member] | Iterable[int]", actor: User | None) -> Added:
    """Put members on a list in one statement: those who are on it already stay as they are, and who cannot or may not
    be called is left out. Any number up to 200,000."""
    call_list = lock_call_list(list_id)
    if call_list.state == State.CLOSED:
        raise ListRefused(_("This list is closed."))
    if isinstance(members, QuerySet):
        wanted, params = members.order_by().values("pk").query.sql_with_params()
    else:
        wanted, params = "SELECT unnest(%s::bigint[])", ([int(pk) for pk in members],)
    reachable = _REACHABLE.format(for_service="true" if call_list.purpose == Purpose.SERVICE else "false")
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH wanted AS MATERIALIZED (SELECT DISTINCT id FROM ({wanted}) AS chosen (id)),
            fresh AS (
              INSERT INTO callcenter_calllistentry
                (call_list_id, member_id, added_at, state, attempts, is_callback, last_outcome, note, why)
              SELECT %s, m.id, %s, 'open', 0, false, '', '', ''
              FROM members_member m JOIN wanted ON wanted.id = m.id WHERE {reachable} ORDER BY m.id
              ON CONFLICT (call_list_id, member_id) DO NOTHING RETURNING 1)
            SELECT (SELECT count(*) FROM wanted), (SELECT count(*) FROM fresh),
              (SELECT count(*) FROM callcenter_calllistentry e JOIN wanted ON wanted.id = e.member_id
               WHERE e.call_list_id = %s)
            """,
            [*params, call_list.pk, now, call_list.pk],
        )
        added = Added(*cursor.fetchone())
    if added.asked > MOST_MEMBERS:
        raise ListRefused(_("A list holds at most 200,000 members. Narrow the filter."))
    record(
        actor, "callcenter.call_list_filled", call_list, store=call_list.store_id, added=added.added,
        left_out=added.left_out,
    )  # fmt: skip
    return added


@transaction.atomic
def pause_call_list(*, list_id: int, actor: User) -> CallList:
    """Nobody is offered until it goes on. A second call changes nothing; a closed list refuses."""
    return _move(list_id, State.PAUSED, actor)


@transaction.atomic
def resume_call_list(*, list_id: int, actor: User) -> CallList:
    """The list is worked again. A second call changes nothing; a closed list refuses."""
    return _move(list_id, State.OPEN, actor)


@transaction.atomic
def close_call_list(*, list_id: int, actor: User) -> CallList:
    """The list has ended: what was not called is left out. A second call changes nothing."""
    call_list = lock_call_list(list_id)
    if call_list.state == State.CLOSED:
        return call_list
    rest = CallListEntry.objects.filter(
        call_list=call_list, state__in=[CallListEntry.State.OPEN, CallListEntry.State.TAKEN]
    )
    rest.update(state=CallListEntry.State.DROPPED, why="lapsed", taken_by=None, taken_until=None)
    call_list.state, call_list.closed_at = State.CLOSED, timezone.now()
    call_list.save(update_fields=["state", "closed_at"])
    record(actor, "callcenter.call_list_closed", call_list, store=call_list.store_id)
    return call_list


def _move(list_id: int, state: str, actor: User) -> CallList:
    call_list = lock_call_list(list_id)
    if call_list.state == State.CLOSED:
        raise ListRefused(_("This list is closed."))
    if call_list.state != state:
        call_list.state = state
        call_list.save(update_fields=["state"])
        record(actor, f"callcenter.call_list_{state}", call_list, store=call_list.store_id)
    return call_list
