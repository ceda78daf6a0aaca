"""May this member be called now, for this list? Asked again at the moment of dialling, whatever was true when the list
was made.

Each rule looks at the same facts, read in one statement. Apps above and below register rules of their own:

    @recheck("campaigns.holdout", order=60)
    def in_holdout(facts: CallFacts, now: datetime) -> Verdict | None: ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from callcenter.models import CallList, CallListEntry
from stores.models import Chain

# The chain's setting: days a member is left alone after a call of any list.
REST_SETTING, REST_DAYS = "call_rest_days", 7

_FACTS: Final = """
SELECT m.merged_into_id, m.status, m.erased_at, m.allows_phone,
  (SELECT p.id FROM members_memberphone p WHERE p.member_id = m.id AND NOT p.opt_out_call AND NOT p.invalid
   ORDER BY p.is_primary DESC, p.id LIMIT 1),
  EXISTS (SELECT 1 FROM members_memberphone p WHERE p.member_id = m.id AND NOT p.invalid),
  coalesce((SELECT NOT c.granted FROM members_consent c
   WHERE c.member_id = m.id AND c.channel = 'phone' AND c.purpose = 'service' ORDER BY c.at DESC, c.id DESC LIMIT 1), false),
  EXISTS (SELECT 1 FROM sales_receipt r WHERE r.member_id = m.id AND r.sold_on >= %(added_on)s
   AND r.sold_at > %(added_at)s AND r.kind = 'sale' AND NOT r.is_reversed),
  EXISTS (SELECT 1 FROM callcenter_case k WHERE k.member_id = m.id AND k.kind = 'complaint'
   AND k.state IN ('new', 'open', 'waiting')),
  (SELECT max(e.last_at) FROM callcenter_calllistentry e WHERE e.member_id = m.id AND e.id <> %(entry)s),
  EXISTS (SELECT 1 FROM callcenter_calllistentry e WHERE e.member_id = m.id AND e.id <> %(entry)s
   AND e.state = 'taken' AND e.taken_until > %(now)s)
FROM members_member m WHERE m.id = %(member)s
"""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What the rules look at: the entry and its list, and the member as of now."""

    entry: CallListEntry
    call_list: CallList
    merged_into_id: int | None
    status: str
    erased_at: datetime | None
    allows_phone: bool
    phone_id: int | None
    has_number: bool
    refused_service: bool
    bought_since: bool
    complains: bool
    called_at: datetime | None
    in_other_hands: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why not now: for ever, or not before a moment."""

    code: str
    until: datetime | None = None

    @property
    def words(self) -> str:
        return why_words(self.code)


Rule = Callable[[CallFacts, datetime], Verdict | None]
_rules: dict[str, tuple[int, Rule]] = {}
_words: dict[str, str | Promise] = {
    "lapsed": lazy("The list has ended"),
    "asked": lazy("Asked not to be called"),
    "tried": lazy("Called as often as allowed"),
}


def recheck(code: str, *, order: int, words: str | Promise) -> Callable[[Rule], Rule]:
    """Decorator: a rule that may refuse a call. A code again replaces the first; the lowest order speaks first."""

    def decorate(rule: Rule) -> Rule:
        _rules[code] = (order, rule)
        _words[code] = words
        return rule

    return decorate


def why_words(code: str) -> str:
    """Why an entry was left out, in words."""
    return str(_words.get(code, code))


def reasons_to_leave_out() -> list[tuple[str, str]]:
    """Every reason there is, for the filter of entries."""
    return sorted((code, str(words)) for code, words in _words.items())


def facts_of(entry: CallListEntry, now: datetime) -> CallFacts:
    """The member as of now, in one statement."""
    words = {
        "member": entry.member_id, "entry": entry.pk, "added_at": entry.added_at, "now": now,
        "added_on": timezone.localdate(entry.added_at),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, words)
        return CallFacts(entry, entry.call_list, *cursor.fetchone())


def verdict_of(facts: CallFacts, now: datetime) -> Verdict | None:
    """The first rule that refuses; None when the member may be called."""
    for _order, rule in sorted(_rules.values(), key=lambda one: one[0]):
        if (verdict := rule(facts, now)) is not None:
            return verdict
    return None


def hours_refuse(call_list: CallList, now: datetime) -> str:
    """Why nobody of the list may be called at this moment: its state, its days, its hours; "" when they may."""
    if call_list.state == CallList.State.PAUSED:
        return _("This list is paused.")
    if call_list.state == CallList.State.CLOSED:
        return _("This list is closed.")
    local = timezone.localtime(now)
    if not call_list.from_on <= local.date() <= call_list.until_on:
        return _("This list is worked from %(first)s to %(last)s.") % {
            "first": f"{call_list.from_on:%Y-%m-%d}",
            "last": f"{call_list.until_on:%Y-%m-%d}",
        }
    if not call_list.call_from <= local.time() < call_list.call_until:
        return _("Calls of this list are made from %(first)s to %(last)s.") % {
            "first": f"{call_list.call_from:%H:%M}",
            "last": f"{call_list.call_until:%H:%M}",
        }
    return ""


@recheck("gone", order=10, words=lazy("No longer a member, or merged into another"))
def gone(facts: CallFacts, now: datetime) -> Verdict | None:
    is_gone = facts.merged_into_id or facts.erased_at or facts.status == "closed"
    return Verdict("gone") if is_gone else None


@recheck("no_number", order=20, words=lazy("No number that works"))
def no_number(facts: CallFacts, now: datetime) -> Verdict | None:
    return None if facts.has_number else Verdict("no_number")


@recheck("asked", order=30, words=lazy("Asked not to be called"))
def asked(facts: CallFacts, now: datetime) -> Verdict | None:
    """Every number refuses calls; or the member has not allowed calls of this purpose."""
    if facts.phone_id is None:
        return Verdict("asked")
    if facts.call_list.purpose == CallList.Purpose.SERVICE:
        return Verdict("asked") if facts.refused_service else None
    return None if facts.allows_phone else Verdict("asked")


@recheck("bought", order=40, words=lazy("Has bought since"))
def bought(facts: CallFacts, now: datetime) -> Verdict | None:
    return Verdict("bought") if facts.bought_since and facts.call_list.drops_buyers else None


@recheck("complains", order=50, words=lazy("Has an open complaint"))
def complains(facts: CallFacts, now: datetime) -> Verdict | None:
    """Nobody is sold anything while a complaint is open; a day later it is looked at again."""
    return Verdict("complains", now + timedelta(days=1)) if facts.complains else None


@recheck("called", order=60, words=lazy("Called lately"))
def called(facts: CallFacts, now: datetime) -> Verdict | None:
    """Called by another list within the chain's days of rest, unless the member asked to be called back; or in a
    colleague's hands for another list at this moment."""
    if facts.in_other_hands:
        return Verdict("called", now + timedelta(minutes=30))
    if facts.called_at is None or facts.entry.is_callback:
        return None
    rested_at = facts.called_at + timedelta(days=int(Chain.get().setting(REST_SETTING, REST_DAYS)))
    return Verdict("called", rested_at) if rested_at > now else None
