"""Who of an associate's customers is due for a word today, and why: one list, whatever the number of customers.

Looked at are the members the person or the own counters look after. What somebody has answered stays away until the
day that answer says.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from callcenter.models import DueAnswer
from loyalty.models import Account
from loyalty.services.rules import current_rules
from loyalty.services.standing import standings_of
from members.access import care_in_scope
from members.models import Member, MemberPhone
from members.selectors import MemberRow, member_rows
from staff.models import User

Kind = DueAnswer.Kind
BIRTHDAY_DAYS, COUPON_DAYS, POINTS_DAYS, STAR_DAYS = 7, 14, 30, 45
LEAST_POINTS = 100
# Long away: more than twice the member's usual distance between purchases, and at least three weeks.
AWAY_TIMES, AWAY_LEAST = 2, 21
SHOWN, STARS_LOOKED_AT = 40, 200
LOOKS: Final = {
    Kind.WISH: ("package", "ok"),
    Kind.BIRTHDAY: ("cake", "gold"),
    Kind.STAR: ("star", "gold"),
    Kind.COUPON: ("ticket", "gold"),
    Kind.POINTS: ("coins", "gold"),
    Kind.AWAY: ("clock", ""),
}

# What has arrived first, then what has a day, then who was long away.
_DUE: Final = f"""
WITH mine AS MATERIALIZED (
  SELECT m.id, m.next_birthday_on FROM members_member m
  WHERE m.id IN (<care>) AND m.merged_into_id IS NULL AND m.status = 'active'
), found AS (
  SELECT w.member_id, 'wish' AS kind, (w.arrived_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
    trim(w.what || ' ' || w.size) AS said, 0::bigint AS number
  FROM callcenter_wish w JOIN mine ON mine.id = w.member_id WHERE w.state = 'arrived'
  UNION ALL
  SELECT id, 'birthday', next_birthday_on, '', 0 FROM mine
  WHERE next_birthday_on BETWEEN %(today)s AND %(today)s + {BIRTHDAY_DAYS}
  UNION ALL
  SELECT c.member_id, 'coupon', min(c.expires_at AT TIME ZONE 'Asia/Shanghai')::date, '', count(*)
  FROM loyalty_coupon c JOIN mine ON mine.id = c.member_id
  WHERE c.state = 'issued' AND c.expires_at BETWEEN %(now)s AND %(now)s + interval '{COUPON_DAYS} days' GROUP BY 1
  UNION ALL
  SELECT a.member_id, 'points', min((l.expires_at - interval '1 second') AT TIME ZONE 'Asia/Shanghai')::date, '',
    sum(l.remaining - l.earmarked)::bigint
  FROM loyalty_account a JOIN mine ON mine.id = a.member_id
  JOIN loyalty_pointslot l ON l.account_id = a.id AND l.remaining > 0 AND NOT l.is_pending
  WHERE l.expires_at BETWEEN %(now)s AND %(now)s + interval '{POINTS_DAYS} days'
  GROUP BY 1 HAVING sum(l.remaining - l.earmarked) >= {LEAST_POINTS}
  UNION ALL
  SELECT a.member_id, 'star', a.tier_until_on, a.tier_rank::text, a.id FROM loyalty_account a JOIN mine ON mine.id = a.member_id
  WHERE a.tier_rank > 0 AND a.tier_until_on BETWEEN %(today)s - 31 AND %(today)s + {STAR_DAYS}
  UNION ALL
  SELECT s.member_id, 'away', s.last_bought_on, '', round(365.0 / s.receipts_365)::bigint
  FROM sales_memberstat s JOIN mine ON mine.id = s.member_id
  WHERE s.receipts_365 >= 3
    AND %(today)s - s.last_bought_on > greatest({AWAY_TIMES} * round(365.0 / s.receipts_365), {AWAY_LEAST})
)
SELECT f.member_id, f.kind, f.day, f.said, f.number FROM found f
WHERE NOT EXISTS (SELECT 1 FROM callcenter_dueanswer d
  WHERE d.member_id = f.member_id AND d.kind = f.kind AND d.hidden_until_on > %(today)s)
ORDER BY CASE f.kind WHEN 'wish' THEN 0 WHEN 'away' THEN 2 ELSE 1 END, f.day, f.member_id, f.kind
"""


@dataclass(frozen=True, slots=True)
class Hint:
    """One member, one reason to get in touch, in words, and the day it turns on."""

    member_id: int
    kind: str
    on: date
    text: str

    @property
    def label(self) -> str:
        return str(Kind(self.kind).label)

    @property
    def icon(self) -> str:
        return LOOKS[Kind(self.kind)][0]

    @property
    def look(self) -> str:
        return LOOKS[Kind(self.kind)][1]


@dataclass(frozen=True, slots=True)
class Known:
    """A member as somebody may see them; whether they allow calls and have a number that works."""

    row: MemberRow
    may_call: bool


@dataclass(frozen=True, slots=True)
class DueMember:
    """A customer with the hints about them."""

    row: MemberRow
    hints: list[Hint]
    may_call: bool


def hints_for(user: User) -> list[Hint]:
    """Every hint about the person's customers, the most urgent first: three queries for any number."""
    care, values = care_in_scope(user).order_by().values("member_id").query.sql_with_params()
    named = {f"care_{number}": value for number, value in enumerate(values)}
    sql = _DUE.replace("<care>", care % tuple(f"%({name})s" for name in named))
    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(sql, {**named, "now": timezone.now(), "today": today})
        rows = cursor.fetchall()
    held = [
        Account(pk=number, tier_rank=int(said), tier_until_on=on)
        for _member, kind, on, said, number in rows
        if kind == Kind.STAR
    ]
    keeps = _stars_to_keep(held)
    hints = []
    for member_id, kind, on, said, number in rows:
        if kind == Kind.STAR:
            if number not in keeps:
                continue
            on, said = keeps[number]
        hints.append(Hint(member_id, kind, on, said if kind == Kind.STAR else _words(kind, on, said, number, today)))
    return hints


def _stars_to_keep(accounts: list[Account]) -> dict[int, tuple[date, str]]:
    """Of these accounts those with something missing to keep their star: until when, and what."""
    today = timezone.localdate()
    found = {}
    for account_id, standing in (standings_of(accounts[:STARS_LOOKED_AT], current_rules()) if accounts else {}).items():
        keep = standing.keep
        if keep and keep.missing and today <= keep.last_on <= today + timedelta(days=STAR_DAYS):
            words = {"missing": keep.missing_text, "star": standing.tier.label, "day": f"{keep.last_on:%m-%d}"}
            found[account_id] = (keep.last_on, _("%(missing)s missing to keep %(star)s, by %(day)s") % words)
    return found


def _words(kind: str, on: date, said: str, number: int, today: date) -> str:
    day = f"{on:%m-%d}"
    if kind == Kind.WISH:
        return _("Has arrived: %(what)s") % {"what": said}
    if kind == Kind.BIRTHDAY:
        return _("Birthday today") if on == today else _("Birthday on %(day)s") % {"day": day}
    if kind == Kind.COUPON:
        return ngettext("%(count)s coupon ends on %(day)s", "%(count)s coupons end from %(day)s on", number) % {
            "count": number, "day": day,
        }  # fmt: skip
    if kind == Kind.POINTS:
        return _("%(points)s points lapse after %(day)s") % {"points": f"{number:,}", "day": day}
    return _("Last here %(away)s days ago, usually every %(usual)s") % {"away": (today - on).days, "usual": number}


def due_members(hints: Sequence[Hint], people: Mapping[int, Known]) -> list[DueMember]:
    """The customers with all their hints, in the order of their first one."""
    by_member: dict[int, list[Hint]] = defaultdict(list)
    for hint in hints:
        if hint.member_id in people:
            by_member[hint.member_id].append(hint)
    return [DueMember(people[pk].row, theirs, people[pk].may_call) for pk, theirs in by_member.items()]


def known_people(user: User, member_ids: Iterable[int]) -> dict[int, Known]:
    """Members as this person may see them, and whether they may be called: a fixed number of queries."""
    ids = set(member_ids)
    if not ids:
        return {}
    usable = MemberPhone.objects.filter(member=OuterRef("pk"), opt_out_call=False, invalid=False)
    found = Member.objects.filter(pk__in=ids, merged_into__isnull=True).select_related("home_store")
    members = list(found.annotate(has_phone=Exists(usable)))
    rows = {row.pk: row for row in member_rows(user, members)}
    return {one.pk: Known(rows[one.pk], one.allows_phone and one.has_phone) for one in members}
