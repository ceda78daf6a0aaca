"""Every list: filter, sort, page, a count that never scans a big table, export of what is filtered.

    return listing(
        request, members_for(request.user), filterset=MemberFilter, template="members/member_list.html",
        orderings={"newest": ("-joined_on", "-pk"), "name": ("name", "pk")}, export=MEMBER_EXPORT)

The first ordering is the default; `?sort=-name` turns one round. The template gets `page`, `filter` and the given
context, and holds `{% partialdef rows inline %}`; HTMX receives that part alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from django.db.models import F, OrderBy, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from kit.errors import DomainError
from kit.htmx import is_partial
from kit.workbooks import Column, workbook_response

COUNT_LIMIT = 10_000
EXPORT_LIMIT = 50_000


@dataclass(frozen=True)
class Export:
    """What the export of a list holds."""

    filename: str
    columns: Sequence[Column]
    # The same list with nothing masked, for large exports that ask for it, and the permission it needs.
    clear_columns: Sequence[Column] = ()
    clear_permission: str = ""


class ExportSink(Protocol):
    """Takes the rows of an export instead of the browser: a job that asks the list's own page for them."""

    def __call__(self, request: HttpRequest, export: Export, queryset: QuerySet) -> HttpResponse: ...


ExportGuard = Callable[[HttpRequest, Export, int], HttpResponse | None]
_guards: list[ExportGuard] = []


def guard_exports(guard: ExportGuard) -> None:
    """Have every export asked first: the guard answers None (let it go) or the response to give instead."""
    _guards.append(guard)


@dataclass(frozen=True)
class Page:
    """One page of a list, and how to reach the others."""

    rows: list[Any]
    number: int
    per_page: int
    count: int
    capped: bool
    sort: str
    descending: bool
    can_export: bool
    params: tuple[tuple[str, str], ...]
    is_filtered: bool

    @property
    def has_next(self) -> bool:
        return self.number < self.pages

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // self.per_page))

    @property
    def count_text(self) -> str:
        """Exact to 10,000, then 10,000+."""
        return f"{self.count:,}+" if self.capped else f"{self.count:,}"

    def query(self, **changes: object) -> str:
        """The address's query with some parameters changed (None removes one)."""
        kept = [(name, value) for name, value in self.params if name not in changes]
        kept += [(name, str(value)) for name, value in changes.items() if value is not None]
        return "?" + urlencode(kept)

    @property
    def next_url(self) -> str:
        return self.query(page=self.number + 1)

    @property
    def previous_url(self) -> str:
        return self.query(page=self.number - 1 if self.number > 2 else None)

    @property
    def export_url(self) -> str:
        return self.query(page=None, export="xlsx")

    def sort_url(self, name: str) -> str:
        """Sort by this; a second click turns the order round."""
        return self.query(sort=f"-{name}" if self.sort == name else name, page=None)


def listing(
    request: HttpRequest,
    queryset: QuerySet,
    *,
    template: str,
    orderings: Mapping[str, Iterable[str | OrderBy]],
    filterset: type | None = None,
    per_page: int = 50,
    context: Mapping[str, object] | None = None,
    export: Export | None = None,
    prepare: Callable[[list[Any]], list[Any]] | None = None,
) -> HttpResponse:
    """The page, its rows alone (HTMX), or the workbook (`?export=xlsx`). `prepare` may dress the rows of one page."""
    filtered = filterset(request.GET, queryset=queryset, request=request) if filterset else None
    if filtered is not None:
        # A filter that makes no sense shows its error beside the field, and nothing else is left out.
        queryset = filtered.qs if filtered.is_valid() else queryset
    sort, order = _ordering(request.GET.get("sort", ""), orderings)
    queryset = queryset.order_by(*order)
    if export is not None and request.GET.get("export") == "xlsx":
        return _export(request, queryset, export)
    page = _page(request, queryset, per_page, sort, _descends(order[0]), export is not None, filtered)
    if prepare is not None:
        page = Page(**{**vars(page), "rows": prepare(page.rows)})
    context = {**(context or {}), "page": page, "filter": filtered}
    response = render(request, f"{template}#rows" if is_partial(request) else template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _ordering(asked: str, orderings: Mapping[str, Iterable[str | OrderBy]]) -> tuple[str, list[str | OrderBy]]:
    name = asked.removeprefix("-")
    if name not in orderings:
        name = asked = next(iter(orderings))
    order = list(orderings[name])
    return asked, [_turned(one) for one in order] if asked.startswith("-") else order


def _turned(one: str | OrderBy) -> str | OrderBy:
    if isinstance(one, str):
        return one.removeprefix("-") if one.startswith("-") else f"-{one}"
    turned = one.copy() if isinstance(one, OrderBy) else F(one).asc()
    turned.reverse_ordering()
    return turned


def _descends(one: str | OrderBy) -> bool:
    return one.startswith("-") if isinstance(one, str) else one.descending


def _page(
    request: HttpRequest,
    queryset: QuerySet,
    per_page: int,
    sort: str,
    descending: bool,
    can_export: bool,
    filtered: Any,
) -> Page:
    counted = queryset.order_by()[: COUNT_LIMIT + 1].count()
    capped = counted > COUNT_LIMIT
    count = min(counted, COUNT_LIMIT)
    try:
        number = max(1, int(request.GET.get("page", "1")))
    except ValueError:
        number = 1
    number = min(number, max(1, -(-count // per_page)))
    start = (number - 1) * per_page
    params = tuple((k, v) for k, values in request.GET.lists() for v in values if v and k not in ("page", "export"))
    named = set(filtered.filters) if filtered is not None else set()
    return Page(
        rows=list(queryset[start : start + per_page]) if count else [],
        number=number,
        per_page=per_page,
        count=count,
        capped=capped,
        sort=sort,
        descending=descending,
        can_export=can_export,
        params=params,
        is_filtered=any(name.split("_after")[0].split("_before")[0] in named or name in named for name, _v in params),
    )


def _export(request: HttpRequest, queryset: QuerySet, export: Export) -> HttpResponse:
    if sink := getattr(request, "export_sink", None):
        return sink(request, export, queryset)
    rows = queryset.order_by()[: EXPORT_LIMIT + 1].count()
    if rows > EXPORT_LIMIT and _guards:
        rows = queryset.order_by().count()
    for guard in _guards:
        if (instead := guard(request, export, rows)) is not None:
            return instead
    if rows > EXPORT_LIMIT:
        raise DomainError(
            _("This is more than %(limit)s rows. Narrow the filter, then export.") % {"limit": f"{EXPORT_LIMIT:,}"}
        )
    return workbook_response(export.filename, export.columns, queryset.iterator(chunk_size=2000))
