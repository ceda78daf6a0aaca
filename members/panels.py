"""What members shows on pages of others: itself in the search box; on its own page, why somebody is here."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kit import panels
from members import selectors
from members.birthdays import Birthday
from members.filters import MemberFilter
from members.models import FieldDefinition, Member
from members.selectors import reasons
from members.selectors.facts import known_facts
from members.selectors.filtered import use_filter
from staff.models import User


@panels.register("member.urgent", name="reasons", order=10, permission="members.view_member")
def why_here(request: HttpRequest, member: Member) -> str | None:
    """Why the member may be here: the likeliest reasons, each leading to its fact."""
    found = reasons.reasons_for(request, member)
    return render_to_string("members/_reasons.html", {"reasons": found}, request) if found else None


@reasons.register("members.birthday", label=lazy("Birthday"), icon="cake", look="accent", position=45, days=14)
def birthday(request: HttpRequest, member: Member, days: int) -> Iterator[reasons.Found]:
    """A birthday that comes soon, lunar ones on the day they fall on."""
    on = member.next_birthday_on
    if on and 0 <= (left := (on - timezone.localdate()).days) <= days:
        said = _("Birthday today") if not left else _("Birthday on %(day)s") % {"day": f"{on:%Y-%m-%d}"}
        yield said, "", on


@reasons.register("members.occasion", label=lazy("An occasion of the member"), icon="calendar", position=46, days=14)
def occasion(request: HttpRequest, member: Member, days: int) -> Iterator[reasons.Found]:
    """Days that come back each year among the facts learnt: a wedding day, a child's birthday."""
    today = timezone.localdate()
    for fact in known_facts(member):
        if fact.definition.kind == FieldDefinition.Kind.OCCASION:
            month, day = (int(part) for part in member.custom[fact.definition.key].split("-"))
            on = Birthday(month, day).next_on(today)
            if (on - today).days <= days:
                yield f"{fact.definition.label} {on:%Y-%m-%d}", "", on


@panels.search_source("members", order=10, permission="members.view_member")
def found_members(user: User, text: str) -> list[panels.Hit]:
    """Members for the search box on every page."""
    return [
        panels.Hit(
            label=member.name,
            detail=" · ".join(filter(None, [member.phone, member.card, *member.badges, member.store])),
            url=reverse("members:member_detail", args=[member.pk]),
            kind=_("Member"),
        )
        for member in selectors.search(text, user, limit=12)
    ]


def _narrowed(asked: QueryDict, members: QuerySet[Member]) -> QuerySet[Member] | None:
    filtered = MemberFilter(asked, queryset=members)
    return filtered.qs if filtered.is_valid() else None


use_filter(_narrowed)
