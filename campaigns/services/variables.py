"""The variables of a message: what stands in braces, where its value comes from, and who would have none."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import ContentVersion, Send

# {name}, or with something for those who have none: {name|friend}
PLACE = re.compile(r"\{([a-z_]+)(?:\|([^{}\n]{0,40}))?\}")


@dataclass(frozen=True, slots=True)
class Variable:
    """`sql` is its value over a member `m` (NULL where there is none); `sql_en` where English reads another column.
    `show` writes the value in a language. Links have no SQL: they are made for each recipient."""

    label: str | Promise
    sql: str = ""
    sql_en: str = ""
    join: str = ""
    show: Callable[[object, bool], str] | None = None
    channels: tuple[str, ...] = ()


def _number(value: object, _english: bool) -> str:
    return f"{int(value):,}"


def _day(value: date, english: bool) -> str:
    return f"{value:%-d %B}" if english else f"{value.month}月{value.day}日"


def _title(value: str, english: bool) -> str:
    return {"female": ("女士", "Ms"), "male": ("先生", "Mr")}[value][english]


_ACCOUNT = "LEFT JOIN loyalty_account a ON a.member_id = m.id"
_TIER = f"""{_ACCOUNT}
    LEFT JOIN loyalty_tier tier ON tier.rank = a.tier_rank AND tier.scheme_id = (
        SELECT id FROM loyalty_tierscheme WHERE valid_from <= now() ORDER BY valid_from DESC LIMIT 1)"""
_STORE = "LEFT JOIN stores_store st ON st.id = m.home_store_id"
_LAPSING = """(SELECT nullif(sum(l.remaining - l.earmarked), 0) FROM loyalty_pointslot l
    WHERE l.account_id = a.id AND l.remaining > 0 AND NOT l.is_pending
    AND l.expires_at > now() AND l.expires_at <= now() + interval '30 days')"""
_NEXT_LAPSE = """(SELECT (min(l.expires_at) AT TIME ZONE 'Asia/Shanghai' - interval '1 second')::date
    FROM loyalty_pointslot l WHERE l.account_id = a.id AND l.remaining > l.earmarked AND l.remaining > 0
    AND NOT l.is_pending AND l.expires_at > now())"""
_COUPON = """(SELECT c.number FROM loyalty_coupon c WHERE c.member_id = m.id AND c.state = 'issued'
    AND c.expires_at > now() ORDER BY c.expires_at, c.id LIMIT 1)"""

VARIABLES: dict[str, Variable] = {
    "name": Variable(
        _("Name"), "coalesce(nullif(m.name, ''), nullif(m.name_en, ''))",
        "coalesce(nullif(m.name_en, ''), nullif(m.name, ''))",
    ),
    "title": Variable(_("Mr or Ms"), "nullif(m.gender, '')", show=_title),
    "member_no": Variable(_("Member number"), "m.member_no"),
    "points": Variable(_("Points"), "a.available", join=_ACCOUNT, show=_number),
    "points_expiring": Variable(_("Points that expire within 30 days"), _LAPSING, join=_ACCOUNT, show=_number),
    "points_expire_on": Variable(_("When points expire next"), _NEXT_LAPSE, join=_ACCOUNT, show=_day),
    "star": Variable(_("Star"), "nullif(tier.name, '')", "nullif(tier.name_en, '')", join=_TIER),
    "birthday": Variable(_("Next birthday"), "m.next_birthday_on", show=_day),
    "coupon": Variable(_("Number of the coupon that ends first"), _COUPON),
    "store": Variable(
        _("Home store"), "nullif(st.name, '')", "coalesce(nullif(st.name_en, ''), st.name)", join=_STORE
    ),
    "unsubscribe": Variable(_("Link to unsubscribe"), channels=("email",)),
    "preferences": Variable(_("Link to the own choices"), channels=("email",)),
}  # fmt: skip


def names_in(content: ContentVersion) -> dict[str, bool]:
    """The variables of a wording in the order met, and whether somebody without a value would see a hole."""
    found: dict[str, bool] = {}
    for text in (content.subject, content.body, content.subject_en, content.body_en):
        for name, other in PLACE.findall(text):
            found[name] = found.get(name, False) or not other
    return found


def missing_value(contents: Iterable[ContentVersion], channel: str) -> tuple[str, str]:
    """Joins and condition, as SQL over a member `m`, for who would get a hole where a variable has no value."""
    needed = {name for one in contents for name, holes in names_in(one).items() if holes}
    chosen = [VARIABLES[name] for name in sorted(needed) if name in VARIABLES and VARIABLES[name].sql]
    return _joins(chosen), " OR ".join(f"({one.sql}) IS NULL" for one in chosen) or "false"


def values_of(member_ids: Sequence[int], names: Iterable[str]) -> dict[int, "Values"]:
    """The values of some variables for many members, and the language each reads, in one statement."""
    chosen = {name: VARIABLES[name] for name in names if name in VARIABLES and VARIABLES[name].sql}
    columns = "".join(
        f", CASE WHEN m.language = 'en' THEN {one.sql_en or one.sql} ELSE {one.sql} END" for one in chosen.values()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT m.id, m.language = 'en'{columns} FROM members_member m {_joins(chosen.values())}"
            " WHERE m.id = ANY(%s)",
            [list(member_ids)],
        )
        rows = cursor.fetchall()
    return {
        pk: Values(english, {name: _shown(one, value, english) for (name, one), value in zip(chosen.items(), rest, strict=True)})
        for pk, english, *rest in rows
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Values:
    """What the variables say for one member, written in the member's language; what is empty is missing."""

    is_english: bool
    by_name: Mapping[str, str]


def _shown(variable: Variable, value: object, english: bool) -> str:
    if value is None or value == "":
        return ""
    return variable.show(value, english) if variable.show else str(value)


def _joins(chosen: Iterable[Variable]) -> str:
    lines: dict[str, None] = {}
    for one in chosen:
        if one.join and not (one.join == _ACCOUNT and _TIER in lines):
            lines[one.join] = None
    if _TIER in lines:
        lines.pop(_ACCOUNT, None)
    return "\n".join(lines)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables put in; one without a value says what stands after its bar, or nothing."""
    return PLACE.sub(lambda place: values.get(place[1]) or place[2] or "", text)


def in_places(text: str, values: Mapping[str, str]) -> dict[str, str]:
    """What stands in the places of a text, by variable, in the order of their first places: what a filed template is
    given. A variable with two different words for those who have none takes the first."""
    found: dict[str, str] = {}
    for name, other in PLACE.findall(text):
        found.setdefault(name, values.get(name) or other or "")
    return found


def allowed_in(channel: str) -> dict[str, Variable]:
    """The variables that make sense in a channel."""
    return {
        name: one for name, one in VARIABLES.items() if channel != Send.Channel.PHONE and (
            not one.channels or channel in one.channels)
    }  # fmt: skip
