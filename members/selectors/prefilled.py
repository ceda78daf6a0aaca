"""What enrolment may find filled in: apps above name where the number comes from, so that it stands in no address."""

from collections.abc import Callable, Mapping

from staff.models import User

# find(user, text) -> the number to fill in, empty where this person is not shown one
Find = Callable[[User, str], str]

_sources: dict[str, Find] = {}


def register_prefill(parameter: str, find: Find) -> None:
    """`?parameter=text` on the way to enrolment asks `find`. Registering a parameter again replaces it."""
    _sources[parameter] = find


def prefilled_phone(user: User, asked: Mapping[str, str]) -> str:
    """The number to fill in for what was asked; empty where nothing was."""
    return next((find(user, asked[name]) for name, find in _sources.items() if name in asked), "")
