"""Pages for people who are not staff: a door is registered once by the app that knows who they are, and pages of any
floor may stand behind it.

    @behind("me")
    def home(request, member): …
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from kit.errors import DomainError

Finder = Callable[[HttpRequest], object | None]
Page = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Door:
    """Who stands before it (None: nobody known), the page where one may come in, how it says no, and what every
    answer carries."""

    find: Finder
    entrance: str
    refuse: Callable[[HttpRequest, object, DomainError], HttpResponse]
    finish: Callable[[HttpRequest, HttpResponse], None]


_doors: dict[str, Door] = {}


def register(name: str, door: Door) -> None:
    _doors[name] = door


def behind(name: str) -> Callable[[Page], Page]:
    """Decorator: the page gets who came in as its second argument; anybody else is sent to the entrance."""

    def decorate(page: Page) -> Page:
        @wraps(page)
        def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            door = _doors[name]
            subject = door.find(request)
            if subject is None:
                return redirect(door.entrance)
            try:
                response = page(request, subject, *args, **kwargs)
            except DomainError as exc:
                response = door.refuse(request, subject, exc)
            door.finish(request, response)
            return response

        inner.door = name
        return inner

    return decorate
