"""What expires and what is due, on one calendar: each app registers where its days come from.

@register_agenda("tasks")
def tasks(user, since, until): yield Entry(on, title, url, kind)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise

from staff.models import User


@dataclass(frozen=True, slots=True)
class Entry:
    """One day that matters to somebody. `urgent` ones are overdue or about to be."""

    on: date
    title: str
    url: str
    kind: str | Promise
    urgent: bool = False


Source = Callable[[User, date, date], Iterable[Entry]]
_sources: dict[str, Source] = {}
MOST_A_SOURCE = 200


def register_agenda(name: str) -> Callable[[Source], Source]:
    """Decorator: asked for what falls on the days from `since` to `until`, both included, that concerns a person; it
    checks the person's permissions itself and gives at most two hundred."""

    def decorate(source: Source) -> Source:
        _sources[name] = source
        return source

    return decorate


def agenda_of(user: User, since: date, until: date) -> list[Entry]:
    """Everything of a person's days, in their order."""
    found = [entry for name in sorted(_sources) for entry in _sources[name](user, since, until)]
    return sorted(found, key=lambda entry: (entry.on, str(entry.kind), entry.title))
