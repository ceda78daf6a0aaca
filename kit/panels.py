"""What higher apps show on lower pages: panels, search sources, dashboard tiles.

A page opens a slot (`panels.render("member-main", request, member)`); the apps above register callables for it in
`AppConfig.ready()`. A panel renders in place; one that needs more than 30 ms registers as `late` and is fetched
by HTMX behind a plain link. Each callable checks nothing about permission: the registry does.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import reverse

from kit.errors import DomainError, NotFound

logger = logging.getLogger(__name__)

Renderer = Callable[[HttpRequest, object], str | None]


@dataclass(frozen=True)
class Panel:
    slot: str
    name: str
    order: int
    permission: str
    late: bool
    title: object
    render: Renderer


@dataclass(frozen=True)
class Shown:
    """A panel as a page shows it: finished HTML, or the address to fetch it from, or a failure said quietly."""

    name: str
    html: str = ""
    late_url: str = ""
    title: object = ""
    failed: bool = False


@dataclass(frozen=True)
class Hit:
    """One thing found by the search box."""

    label: str
    detail: str
    url: str
    kind: object = ""


@dataclass(frozen=True)
class SearchSource:
    name: str
    order: int
    permission: str
    find: Callable[[object, str], list[Hit]]


@dataclass(frozen=True)
class Tile:
    name: str
    order: int
    permission: str
    render: Renderer
    roles: frozenset[str] = field(default_factory=frozenset)


_panels: dict[str, dict[str, Panel]] = defaultdict(dict)
_subjects: dict[str, Callable[[HttpRequest, int], object]] = {}
_sources: dict[str, SearchSource] = {}
_tiles: dict[str, Tile] = {}


def register(
    slot: str, *, name: str, order: int = 50, permission: str = "", late: bool = False, title: object = ""
) -> Callable[[Renderer], Renderer]:
    """Decorator: show this callable's HTML in a slot. `None` or "" shows nothing. A name again replaces the first."""

    def decorate(render: Renderer) -> Renderer:
        _panels[slot][name] = Panel(slot, name, order, permission, late, title, render)
        return render

    return decorate


def subject(slot: str) -> Callable[[Callable[[HttpRequest, int], object]], Callable[[HttpRequest, int], object]]:
    """Decorator: how a late panel of this slot finds its subject again (with its access check) from a number."""

    def decorate(find: Callable[[HttpRequest, int], object]) -> Callable[[HttpRequest, int], object]:
        _subjects[slot] = find
        return find

    return decorate


def _permitted(user: object, permission: str) -> bool:
    return not permission or user.has_perm(permission)


def render(slot: str, request: HttpRequest, subject: object = None) -> list[Shown]:
    """Every permitted panel of a slot, in order, late ones as an address."""
    shown = []
    for panel in sorted(_panels[slot].values(), key=lambda panel: (panel.order, panel.name)):
        if not _permitted(request.user, panel.permission):
            continue
        if panel.late:
            # A page that is about nobody (the dashboard) has the number 0.
            url = reverse("panel_detail", args=[slot, panel.name, subject.pk if subject is not None else 0])
            shown.append(Shown(panel.name, late_url=url, title=panel.title))
        elif (one := _render(panel, request, subject)) is not None:
            shown.append(one)
    return shown


def render_one(slot: str, name: str, request: HttpRequest, pk: int) -> Shown | None:
    """One panel by itself, for HTMX: its subject is fetched through the slot's own access check."""
    panel = _panels[slot].get(name)
    if panel is None or slot not in _subjects or not _permitted(request.user, panel.permission):
        raise NotFound("There is no such panel.")
    return _render(panel, request, _subjects[slot](request, pk))


def _render(panel: Panel, request: HttpRequest, subject: object) -> Shown | None:
    try:
        html = panel.render(request, subject)
    except (DomainError, DatabaseError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        if settings.PANELS_RAISE:
            raise
        # One broken panel must not take the page of the member who is standing at the desk.
        logger.exception("panel %s.%s failed", panel.slot, panel.name)
        return Shown(panel.name, title=panel.title, failed=True)
    return Shown(panel.name, html=html, title=panel.title) if html else None


def search_source(name: str, *, order: int = 50, permission: str = "") -> Callable:
    """Decorator: `find(user, text) -> list[Hit]`, at most a handful, best first."""

    def decorate(find: Callable[[object, str], list[Hit]]) -> Callable[[object, str], list[Hit]]:
        _sources[name] = SearchSource(name, order, permission, find)
        return find

    return decorate


def search(user: object, text: str, *, limit: int = 12) -> list[Hit]:
    """Ask every permitted source; the first ones win the places."""
    hits: list[Hit] = []
    for source in sorted(_sources.values(), key=lambda source: (source.order, source.name)):
        if len(hits) >= limit:
            break
        if _permitted(user, source.permission):
            hits.extend(source.find(user, text))
    return hits[:limit]


def tile(name: str, *, order: int = 50, permission: str = "", roles: tuple[str, ...] = ()) -> Callable:
    """Decorator: a tile on the home page of those who hold the permission (and, if given, one of the roles)."""

    def decorate(render: Renderer) -> Renderer:
        _tiles[name] = Tile(name, order, permission, render, frozenset(roles))
        return render

    return decorate


def tiles(request: HttpRequest) -> list[Shown]:
    """The home page's tiles for this person."""
    shown = []
    for one in sorted(_tiles.values(), key=lambda one: (one.order, one.name)):
        if not _permitted(request.user, one.permission) or (one.roles and request.user.role not in one.roles):
            continue
        panel = Panel("home", one.name, one.order, one.permission, False, "", one.render)
        if (html := _render(panel, request, request.user)) is not None:
            shown.append(html)
    return shown


def registered() -> list[Panel]:
    """All panels, for the test that every one of them resolves."""
    return [panel for slot in _panels.values() for panel in slot.values()]


def slots_with_subject() -> set[str]:
    return set(_subjects)
