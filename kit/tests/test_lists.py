"""Lists: filter, sort, page, count to 10,000, export what is filtered."""

from io import BytesIO

import pytest
from django.test import RequestFactory
from openpyxl import load_workbook

from kit import lists
from kit.workbooks import Column, workbook
from staff.models import Notice
from staff.services.notices import notify


@pytest.fixture
def page(ada, monkeypatch):
    """The list page's `page`, without its template."""
    seen: dict[str, object] = {}

    def render(request, template, context):
        from django.http import HttpResponse

        seen.update(context, template=template)
        return HttpResponse()

    monkeypatch.setattr(lists, "render", render)

    def get(query: str = "", **headers: str):
        request = RequestFactory().get("/list/" + query)
        request.user, request.htmx = ada, None
        lists.listing(
            request, Notice.objects.all(), template="x.html", per_page=10,
            orderings={"newest": ("-pk",), "text": ("text", "pk")},
        )  # fmt: skip
        return seen["page"]

    return get


def test_pages_are_cut_and_counted(page, ada):
    notify(users=[ada] * 25, text="x")
    first, last = page(), page("?page=3")
    assert (len(first.rows), first.count_text, first.pages, first.has_previous, first.has_next) == (
        10, "25", 3, False, True,
    )  # fmt: skip
    assert (len(last.rows), last.has_next) == (5, False)


@pytest.mark.parametrize(
    "query", ["?page=0", "?page=-3", "?page=x", "?page=999999999999", "?sort=password", "?sort=--"]
)
def test_nonsense_in_the_address_is_harmless(page, ada, query):
    notify(users=[ada] * 3, text="x")
    assert len(page(query).rows) == 3


def test_it_sorts_both_ways_and_says_which(page, ada):
    for text in "bca":
        notify(users=[ada], text=text)
    assert [row.text for row in page("?sort=text").rows] == ["a", "b", "c"]
    turned = page("?sort=-text")
    assert [row.text for row in turned.rows] == ["c", "b", "a"]
    assert turned.descending
    assert page("?sort=text").sort_url("text") == "?sort=-text"
    assert page().descending


def test_the_count_stops_at_its_limit(page, ada, monkeypatch):
    monkeypatch.setattr(lists, "COUNT_LIMIT", 20)
    notify(users=[ada] * 25, text="x")
    capped = page()
    assert (capped.count_text, capped.pages) == ("20+", 2)


def test_a_workbook_keeps_text_as_text():
    data = workbook([Column("Name", lambda row: row), Column("Length", len)], ["=1+1", "张\x07晓敏"])
    rows = list(load_workbook(BytesIO(data)).active.iter_rows(values_only=False))
    assert rows[1][0].data_type == "s"
    assert [cell.value for cell in rows[1]] == ["=1+1", 4]
    assert rows[2][0].value == "张晓敏"
