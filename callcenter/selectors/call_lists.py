"""What the pages of call lists show: progress, results, the words to say, who is meant by a number."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import get_language

from callcenter.models import CallAttempt, CallList, CallListEntry
from callcenter.selectors.call_rechecks import why_words
from kit import phones
from members.access import members_visible
from members.models import Member, MemberCard, MemberPhone
from members.selectors import MemberRow, member_rows
from staff.models import User

State, Outcome = CallListEntry.State, CallAttempt.Outcome
REACHED: Final = (Outcome.INTERESTED, Outcome.VISIT, Outcome.APPOINTMENT, Outcome.CALLBACK, Outcome.DECLINED)
# Who was called, who of them bought within the list's days after the first call, and for how much.
_BOUGHT: Final = """
SELECT count(*), count(b.bought), coalesce(sum(b.net), 0)
FROM (SELECT e.id, e.member_id, min(a.at) AS first_at FROM callcenter_calllistentry e
      JOIN callcenter_callattempt a ON a.entry_id = e.id WHERE e.call_list_id = %(list)s GROUP BY e.id) c
LEFT JOIN LATERAL (SELECT min(r.sold_at) AS bought, sum(r.net_amount) AS net FROM sales_receipt r
  WHERE r.member_id = c.member_id AND r.kind = 'sale' AND NOT r.is_reversed AND r.sold_at > c.first_at
  AND r.sold_on BETWEEN (c.first_at AT TIME ZONE 'Asia/Shanghai')::date
    AND (c.first_at AT TIME ZONE 'Asia/Shanghai')::date + %(days)s) b ON true
"""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list with how far it is."""

    call_list: CallList
    members: int
    waiting: int
    done: int
    left_out: int

    @property
    def percent(self) -> int:
        return 100 * (self.done + self.left_out) // self.members if self.members else 0


def with_progress(lists: Sequence[CallList]) -> list[ListRow]:
    """Lists with their counts, in one query for all of them."""
    counted = CallListEntry.objects.filter(call_list__in=[one.pk for one in lists]).values("call_list_id")
    counts = {
        row["call_list_id"]: row
        for row in counted.annotate(
            members=Count("pk"),
            done=Count("pk", filter=Q(state=State.DONE)),
            left_out=Count("pk", filter=Q(state=State.DROPPED)),
        )
    }
    rows = []
    for one in lists:
        row = counts.get(one.pk, {"members": 0, "done": 0, "left_out": 0})
        waiting = row["members"] - row["done"] - row["left_out"]
        rows.append(ListRow(one, row["members"], waiting, row["done"], row["left_out"]))
    return rows


@dataclass(frozen=True, slots=True)
class Counted:
    """A result or a reason and how many."""

    code: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Results:
    """What a list has brought."""

    progress: ListRow
    attempts: int
    outcomes: list[Counted]
    left_out: list[Counted]
    called: int
    reached: int
    bought: int
    amount: Decimal

    @property
    def bought_share(self) -> Decimal | None:
        return Decimal(self.bought) / self.called if self.called else None


def results_of(call_list: CallList) -> Results:
    """Counts by result and reason, and who bought: five queries for any number of members."""
    tried = CallAttempt.objects.filter(entry__call_list=call_list)
    outcomes = dict(tried.values_list("outcome").annotate(n=Count("pk")).order_by())
    dropped = call_list.entries.filter(state=State.DROPPED).values_list("why").annotate(n=Count("pk"))
    reached = tried.filter(outcome__in=REACHED).values("entry").distinct().count()
    with connection.cursor() as cursor:
        cursor.execute(_BOUGHT, {"list": call_list.pk, "days": call_list.bought_within})
        called, bought, amount = cursor.fetchone()
    return Results(
        with_progress([call_list])[0],
        sum(outcomes.values()),
        [Counted(one.value, str(one.label), outcomes[one.value]) for one in Outcome if one.value in outcomes],
        [Counted(why, why_words(why), n) for why, n in dropped.order_by("-n")],
        called,
        reached,
        bought,
        amount,
    )


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry with its member as this person may see them."""

    entry: CallListEntry
    row: MemberRow

    @property
    def last_label(self) -> str:
        return str(Outcome(self.entry.last_outcome).label) if self.entry.last_outcome else ""

    @property
    def why_label(self) -> str:
        return why_words(self.entry.why) if self.entry.why else ""


def with_members(user: User, entries: Iterable[CallListEntry]) -> list[EntryRow]:
    """Entries (with member and home store loaded) as rows."""
    entries = list(entries)
    rows = {row.pk: row for row in member_rows(user, [one.member for one in entries])}
    return [EntryRow(one, rows[one.member_id]) for one in entries]


def script_for(entry: CallListEntry, row: MemberRow, user: User) -> str:
    """The words to say with the member's name, address, store and the agent's name put in; braces nobody knows stay."""
    store = entry.call_list.store or entry.member.home_store
    words = {
        "member": row.name,
        "title": _title(entry.member),
        "store": store.label if store else "",
        "agent": str(user),
    }
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), entry.call_list.words)


def _title(member: Member) -> str:
    chinese = (get_language() or "zh").startswith("zh")
    titles = {"female": ("女士", "Ms"), "male": ("先生", "Mr")}
    return titles.get(member.gender, ("您", ""))[0 if chinese else 1]


@dataclass(frozen=True, slots=True)
class Named:
    """The members that numbers mean, and the numbers that mean nobody or more than one."""

    ids: list[int]
    unknown: list[str]
    ambiguous: list[str]


def members_named(user: User, texts: Iterable[str]) -> Named:
    """Members this person may list, by phone, member number or card number: four queries for any number of them. A
    phone several members share is nobody's."""
    wanted = list(dict.fromkeys(text for raw in texts if (text := raw.replace("\x00", "").strip().upper())))
    numbers = {text: e164 for text in wanted if (e164 := _number(text))}
    by_phone: dict[str, set[int]] = {}
    living = Q(member__merged_into=None)
    rows = MemberPhone.objects.filter(living, e164__in=set(numbers.values()))
    for e164, pk in rows.values_list("e164", "member_id"):
        by_phone.setdefault(e164, set()).add(pk)
    by_no = dict(Member.objects.filter(member_no__in=wanted, merged_into=None).values_list("member_no", "pk"))
    cards = dict(MemberCard.objects.filter(living, number__in=wanted).values_list("number", "member_id"))
    ids, unknown, ambiguous = [], [], []
    for text in wanted:
        theirs = {by_no[text]} if text in by_no else {cards[text]} if text in cards else set()
        theirs = theirs or by_phone.get(numbers.get(text, ""), set())
        if len(theirs) == 1:
            ids += theirs
        else:
            (ambiguous if theirs else unknown).append(text)
    return Named(list(members_visible(user).filter(pk__in=ids).values_list("pk", flat=True)), unknown, ambiguous)


def _number(text: str) -> str:
    try:
        return phones.normalise(text)
    except phones.InvalidPhone:
        return ""


def tries_of(entry: CallListEntry) -> list[CallAttempt]:
    """What came of earlier calls, newest first."""
    return list(entry.tries.select_related("by").order_by("-at", "-pk")[:10])
