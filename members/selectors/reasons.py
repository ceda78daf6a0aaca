""" "Why are they here?": the likely reasons of a member at the desk or on the phone, each naming its fact.

The floor that knows a fact registers how it is found; administrators order the kinds and say how near a fact must be
(`ReasonRule`).

    @reasons.register("loyalty.points_expire", label=_("Points expire"), position=60, days=30)
    def points_expire(request, member, days): ...   # yields (sentence, url, day)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest
from django.utils.functional import Promise

from kit.remembered import Remembered
from members.models import Member, ReasonRule

Found = tuple[str, str, date]
Finder = Callable[[HttpRequest, Member, int], Iterable[Found]]
SHOWN, OF_A_KIND = 5, 2


@dataclass(frozen=True)
class Kind:
    """One kind of reason and its defaults."""

    key: str
    label: str | Promise
    icon: str
    look: str
    position: int
    days: int
    permission: str
    find: Finder


@dataclass(frozen=True)
class Reason:
    """A reason with the fact it rests on: a sentence, where it leads, the day it turns on."""

    kind: Kind
    text: str
    url: str
    on: date


_kinds: dict[str, Kind] = {}
rules = Remembered(lambda: {rule.key: rule for rule in ReasonRule.objects.all()})


def register(
    key: str,
    *,
    label: str | Promise,
    icon: str = "help",
    look: str = "",
    position: int = 100,
    days: int = 7,
    permission: str = "",
) -> Callable[[Finder], Finder]:
    """Decorator: how one kind of reason is found. `find(request, member, days)` gives (sentence, url, day) each.

    `look` is that of tags: "", ok, gold, warn or accent.
    """

    def decorate(find: Finder) -> Finder:
        _kinds[key] = Kind(key, label, icon, look, position, days, permission, find)
        return find

    return decorate


def kinds() -> list[Kind]:
    """Every kind, in the order of its own defaults."""
    return sorted(_kinds.values(), key=lambda kind: (kind.position, kind.key))


def reasons_for(request: HttpRequest, member: Member, *, limit: int = SHOWN) -> list[Reason]:
    """The likeliest reasons first: by the administrators' order, of each kind the two with the nearest day."""
    ordered = rules.get()
    taking_part = []
    for kind in _kinds.values():
        rule = ordered.get(kind.key)
        if (rule and not rule.is_active) or (kind.permission and not request.user.has_perm(kind.permission)):
            continue
        taking_part.append((rule.position if rule else kind.position, kind.key, rule.days if rule else kind.days, kind))
    found: list[Reason] = []
    for _position, _key, days, kind in sorted(taking_part, key=lambda one: one[:2]):
        if len(found) >= limit:
            break
        some = [Reason(kind, text, url, on) for text, url, on in kind.find(request, member, days)]
        found += sorted(some, key=lambda reason: reason.on)[:OF_A_KIND]
    return found[:limit]
