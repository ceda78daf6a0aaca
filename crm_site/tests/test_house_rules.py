"""Rules of the house that a machine can keep."""

import ast
import re
from pathlib import Path

import pytest
from celery import current_app
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import URLPattern, URLResolver, get_resolver

from crm_site.celery import app as celery_app
from crm_site.places import BASE_DIR
from crm_site.translations import APPS, KEYWORDS
from kit import panels

OPEN_TO_ALL = re.compile(
    r"^(healthz|readyz|login/|logout/|language/|theme/|admin/.*|api/.*|m/.*|me/.*|t/.*|s/.*|static/.*)$"
)  # m/: a case's page by link, me/: the member's own pages behind a door of their own, t/: tracked links, s/: a supplier's statement, each opened by a token


def python_files() -> list[Path]:
    return [
        path
        for app in APPS
        for path in (BASE_DIR / app).rglob("*.py")
        if not {"tests", "migrations", "__pycache__"} & set(path.relative_to(BASE_DIR).parts)
    ]


def urls(resolver: URLResolver, prefix: str = "") -> list[tuple[str, URLPattern]]:
    found = []
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        found += urls(entry, route) if isinstance(entry, URLResolver) else [(route, entry)]
    return found


def filled(route: str) -> str:
    """A path for a route: 1 for numbers, something plausible for the rest."""
    samples = {
        "int": "1",
        "slug": "some",
        "str": "some",
        "uuid": "00000000-0000-4000-8000-000000000000",
        "path": "some",
    }
    return re.sub(r"<(?:(\w+):)?\w+>", lambda match: samples.get(match.group(1) or "str", "1"), route)


def test_every_page_asks_who_you_are(client, db):
    open_pages = []
    for route, _pattern in urls(get_resolver()):
        if OPEN_TO_ALL.match(route):
            continue
        path = "/" + filled(route)
        for method in (client.get, client.post):
            response = method(path)
            asked = response.status_code == 302 and response.url.startswith("/login/")
            if not asked and response.status_code != 405:
                open_pages.append(f"{path} {response.status_code}")
    assert open_pages == []


def test_no_page_changes_anything_on_get():
    """Transitions are POST only: their URL ends in a verb, and their view refuses GET."""
    verbs = re.compile(r"/(cancel|undo|resend|activate|approve|reject|revoke|erase|merge-confirm|read)/$")
    for route, pattern in urls(get_resolver()):
        if verbs.search("/" + route) and not route.startswith("admin/"):
            allowed = getattr(pattern.callback, "__wrapped__", None)
            assert allowed is not None, f"{route} has no decorator that limits its methods"


def test_no_module_is_over_500_lines():
    long = {str(path.relative_to(BASE_DIR)): n for path in python_files() if (n := _lines(path)) > 500}
    assert long == {}


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_junk_drawers():
    names = {"utils.py", "helpers.py", "common.py", "extras.py"}
    assert [str(path) for path in python_files() if path.name in names] == []


def test_no_float_touches_money():
    """`float(` and FloatField near amounts; measuring time and drawing shares of a bar are not money."""
    suspects = []
    money = re.compile(r"\b(amount|price|money|yuan|paid|cost|fee|balance|spend)\w*", re.IGNORECASE)
    for path in python_files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if ("float(" in line or "FloatField" in line) and money.search(line):
                suspects.append(f"{path.relative_to(BASE_DIR)}:{number}: {line.strip()}")
    assert suspects == []


def templates() -> list[Path]:
    return sorted((BASE_DIR / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(BASE_DIR / "templates")))
def test_a_template_compiles_and_opens_with_a_comment(path):
    name = str(path.relative_to(BASE_DIR / "templates"))
    start = path.read_text(encoding="utf-8").lstrip()
    start = re.sub(r"^({%\s*(extends|load)[^%]*%}\s*)+", "", start)
    assert start.startswith(("{#", "{% comment")), f"{name} does not say what it shows"
    try:
        get_template(name)
    except TemplateDoesNotExist as exc:
        pytest.fail(f"{name}: {exc}")


def test_no_template_has_inline_script_or_style_blocks():
    found = [
        str(path) for path in templates() if re.search(r"<style|<script(?![^>]*\ssrc=)(?![^>]*json)", path.read_text())
    ]
    assert found == []


def test_every_scheduled_task_exists():
    celery_app.loader.import_default_modules()
    missing = {entry["task"] for entry in celery_app.conf.beat_schedule.values()} - set(current_app.tasks)
    assert missing == set()


def test_no_words_for_people_stand_inside_a_formatted_string():
    """There they would not be found for translation."""
    hidden = [
        f"{path.relative_to(BASE_DIR)}:{call.lineno}"
        for path in python_files()
        for formatted in ast.walk(ast.parse(path.read_text()))
        if isinstance(formatted, ast.JoinedStr)
        for call in ast.walk(formatted)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS
    ]
    assert hidden == []


def test_every_late_panel_can_find_its_subject():
    late = [panel for panel in panels.registered() if panel.late]
    assert late
    assert [panel.name for panel in late if panel.slot not in panels.slots_with_subject()] == []
