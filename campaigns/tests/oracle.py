"""A second implementation of rules: plain Python over loaded rows, written from the description in `docs/segments.md`
and sharing nothing with the compiler. Slow and obvious on purpose."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from kit.calendars import next_birthday

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass
class Slip:
    """A receipt with its lines: (brand, category, counter, quantity, net amount)."""

    kind: str
    store: int
    on: date
    net: Decimal
    taken_back: bool
    lines: list[tuple[int | None, int | None, int | None, Decimal, Decimal]]


@dataclass
class Person:
    """A member with everything a rule may ask about."""

    member: Any
    stat: Any = None
    account: Any = None
    slips: list[Slip] = field(default_factory=list)
    phones: list[Any] = field(default_factory=list)
    coupons: list[Any] = field(default_factory=list)
    segments: set[int] = field(default_factory=set)


@dataclass
class World:
    """Everybody, the day, and how categories hang together (number → parent)."""

    people: list[Person]
    today: date
    parents: dict[int, int | None]


def means(document: dict, world: World) -> set[int]:
    """The numbers of the members a rule means."""
    return {
        one.member.pk
        for one in world.people
        if one.member.merged_into_id is None
        and one.member.erased_at is None
        and one.member.status != "closed"
        and holds(document, one, world)
    }


def holds(node: dict, person: Person, world: World) -> bool:
    if "op" in node:
        answers = [holds(one, person, world) for one in node["rules"]]
        if node["op"] == "all":
            return all(answers)
        return any(answers) if node["op"] == "any" else not any(answers)
    name, test, value = node["field"], node["test"], node.get("value")
    if name.startswith("did."):
        return _did(name, test, value, bool(node.get("or_unknown")), person, world)
    if name == "contact.has_mobile":
        has = any(one.kind == "mobile" and not one.invalid for one in person.phones)
        return has if test == "is_yes" else not has
    if name == "loyalty.coupon_held":
        held = {str(one.kind_id) for one in person.coupons if one.state == "issued"}
        return bool(held & set(value)) == (test == "is_one_of")
    if name == "loyalty.coupon_redeemed_on":
        days = [one.redeemed_at.astimezone(SHANGHAI).date() for one in person.coupons if one.state == "redeemed"]
        return any(_day(test, value, on, world.today) for on in days)
    if name == "segment.member":
        return bool({str(one) for one in person.segments} & set(value)) == (test == "is_one_of")
    own = _own(name, person, world.today)
    if own is None:
        return bool(node.get("or_unknown"))
    return _answer(name, test, value, own, world.today)


COLUMNS = {
    "member.gender": "gender", "member.category": "category", "member.store": "home_store_id",
    "member.enrolled_on": "enrolled_on", "contact.allows_sms": "allows_sms", "member.kind": "kind",
}  # fmt: skip


def _own(name: str, person: Person, today: date) -> Any:
    member = person.member
    if name in COLUMNS:
        return getattr(member, COLUMNS[name])
    if name == "member.city":
        return member.city or None
    if name == "contact.has_email":
        return member.email != ""
    if name == "member.birthday":
        return _birthday(member, today)
    if name == "member.anniversary":
        return f"{member.enrolled_on:%m-%d}"
    if name == "member.age":
        if member.birth_year is None:
            return None
        kept = _birthday(member, today)
        still_to_come = kept is not None and kept.year == today.year and kept > today
        return today.year - member.birth_year - (1 if still_to_come else 0)
    if name.startswith("stat."):
        return getattr(person.stat, name[5:]) if person.stat else None
    if name.startswith("loyalty."):
        column = {"loyalty.star": "tier_rank", "loyalty.available": "available"}[name]
        return getattr(person.account, column) if person.account else None
    return _fact(name[5:], member.custom)


def _fact(key: str, custom: dict) -> Any:
    value = custom.get(key)
    if value is None or key != "shoe":
        return value
    return Decimal(value)


def _birthday(member: Any, today: date) -> date | None:
    if not member.birth_month or not member.birth_day:
        return None
    lunar = member.birth_calendar == "lunar"
    return next_birthday(
        member.birth_month,
        member.birth_day,
        lunar=lunar,
        is_leap=member.birth_is_leap if lunar else False,
        from_on=today,
    )


def _answer(name: str, test: str, value: Any, own: Any, today: date) -> bool:
    if test in ("is_yes", "is_no"):
        return bool(own) == (test == "is_yes")
    if test in ("is_one_of", "is_none_of"):
        mine = {str(one) for one in own} if isinstance(own, list) else {str(own)}
        return bool(mine & set(value)) == (test == "is_one_of")
    if name == "member.city":
        text, wanted = own.lower(), value.lower()
        return {"equals": text == wanted, "contains": wanted in text, "begins": text.startswith(wanted)}[test]
    if name in ("member.anniversary", "fact.wedding"):
        return _yearly(test, value, own, today)
    if name == "member.birthday":
        if test == "in_next":
            return today <= own <= today + timedelta(days=value)
        return own.month == value if test == "in_month" else _between(f"{own:%m-%d}", *value)
    if isinstance(own, date):
        return _day(test, value, own, today)
    scale = Decimal(100) if name == "stat.discount_share" else Decimal(1)
    number = Decimal(own) * scale
    if test == "between":
        return Decimal(value[0]) <= number <= Decimal(value[1])
    wanted = Decimal(value)
    return {"at_least": number >= wanted, "at_most": number <= wanted, "equals": number == wanted}[test]


def _day(test: str, value: Any, own: date, today: date) -> bool:
    ago = (today - own).days
    if test == "in_last":
        return 0 <= ago < value
    if test == "before_last":
        return ago >= value
    if test == "in_next":
        return 0 <= -ago <= value
    if test == "from":
        return own.isoformat() >= value
    if test == "until":
        return own.isoformat() <= value
    return value[0] <= own.isoformat() <= value[1]


def _yearly(test: str, value: Any, own: str, today: date) -> bool:
    """A day of the year as text; 02-29 is kept on 02-28 where there is none."""
    if test == "in_month":
        return int(own[:2]) == value
    if test == "between":
        return _between(own, *value)
    for days in range(value + 1):
        on = today + timedelta(days=days)
        is_leap = on.year % 4 == 0 and (on.year % 100 != 0 or on.year % 400 == 0)
        if f"{on:%m-%d}" == own or (own == "02-29" and f"{on:%m-%d}" == "02-28" and not is_leap):
            return True
    return False


def _between(day: str, first: str, last: str) -> bool:
    return first <= day <= last if first <= last else day >= first or day <= last


def _did(name: str, test: str, value: dict, or_unknown: bool, person: Person, world: World) -> bool:
    bought = name == "did.bought"
    slips = [slip for slip in person.slips if _within(slip.on, value, world.today)]
    if value.get("stores"):
        slips = [slip for slip in slips if str(slip.store) in value["stores"]]
    goods = value["measure"] == "items" or any(value.get(place) for place in ("brands", "categories", "counters"))
    standing = [one for one in slips if one.kind == ("sale" if bought else "return") and not one.taken_back]
    # What was kept: every slip counts, returns and reversals with their minus.
    kept = slips if bought and value["measure"] in ("items", "amount") else standing
    if goods:
        lines = [(slip, line) for slip in kept for line in slip.lines if _wanted(line, value, world)]
        figure = _figure(value["measure"], bought, lines)
        anything = any(_wanted(line, value, world) for slip in standing for line in slip.lines)
        is_there = bool(lines)
    else:
        figure = {
            "times": Decimal(len(kept)),
            "days": Decimal(len({slip.on for slip in kept})),
            "amount": sum((slip.net for slip in kept), Decimal(0)) * (1 if bought else -1),
        }[value["measure"]]
        anything, is_there = bool(standing), bool(kept)
    did = is_there and _compares(figure, value)
    if test == "did_not":
        return not did
    return did or (or_unknown and not anything)


def _figure(measure: str, bought: bool, lines: list) -> Decimal:
    sign = 1 if bought else -1
    if measure == "times":
        return Decimal(len({id(slip) for slip, _line in lines}))
    if measure == "days":
        return Decimal(len({slip.on for slip, _line in lines}))
    place = 3 if measure == "items" else 4
    return sum((line[place] for _slip, line in lines), Decimal(0)) * sign


def _compares(figure: Decimal, value: dict) -> bool:
    number = Decimal(value["number"])
    if value["compare"] == "between":
        return number <= figure <= Decimal(value["number2"])
    return figure >= number if value["compare"] == "at_least" else figure <= number


def _wanted(line: tuple, value: dict, world: World) -> bool:
    brand, category, counter, _quantity, _net = line
    if value.get("brands") and str(brand) not in value["brands"]:
        return False
    if value.get("counters") and str(counter) not in value["counters"]:
        return False
    if not value.get("categories"):
        return True
    while category is not None:
        if str(category) in value["categories"]:
            return True
        category = world.parents.get(category)
    return False


def _within(on: date, value: dict, today: date) -> bool:
    window = value["window"]
    if window == "last_days":
        return (today - on).days < value["days"]
    if window == "month":
        return (today.year - on.year) * 12 + today.month - on.month == value["months_ago"]
    if window == "between":
        return value["from"] <= on.isoformat() <= value["until"]
    return True
