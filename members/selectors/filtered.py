"""The list of members as somebody narrowed it, for the apps above: by the query of the list's address."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from kit.errors import DomainError
from members import access
from members.models import Member
from staff.models import User

# narrow(what was asked, members) -> the members left, or None when the filter makes no sense.
Narrow = Callable[[QueryDict, QuerySet], QuerySet | None]
_narrow: list[Narrow] = []


def use_filter(narrow: Narrow) -> None:
    """The filter of the list, told by the module that holds it."""
    _narrow[:] = [narrow]


def filtered_members(user: User, query: str) -> QuerySet[Member]:
    """The living members this person may list, narrowed as the query says (`home_store=3&category=group`)."""
    (narrow,) = _narrow
    found = narrow(QueryDict(query[:2000]), access.members_visible(user))
    if found is None:
        raise DomainError(_("The filter makes no sense. Go back to the list and filter again."))
    return found
