"""The catalogue check finds what is missing, doubtful or has other placeholders; filling merges."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from crm_site import translations


@pytest.fixture
def one_string(monkeypatch, tmp_path) -> Path:
    found = [translations.Found("%(count)s rows", None, None, "x.html")]
    monkeypatch.setattr(translations, "strings", lambda: found)
    monkeypatch.setattr(translations, "PO", tmp_path / "django.po")
    return tmp_path / "django.po"


def catalogue(text: str, fuzzy: bool = False) -> Catalog:
    made = Catalog(locale="zh_Hans")
    made.add("%(count)s rows", text, flags=("fuzzy",) if fuzzy else ())
    return made


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        (catalogue(""), "no Chinese"),
        (catalogue("共 %(count)s 条", fuzzy=True), "fuzzy"),
        (catalogue("共 %(number)s 条"), "placeholders"),
    ],
)
def test_it_complains(one_string, made, complaint):
    (problem,) = translations.problems(made)
    assert complaint in problem


def test_filling_merges_and_keeps_what_was_there(one_string):
    translations.fill({"%(count)s rows": "共 %(count)s 条", "Not yet in code": "稍后"})
    translations.fill({"Another": "另一个"})
    made = translations.load(one_string)
    assert translations.problems(made) == []
    assert made.get("Not yet in code").string == "稍后"
    assert translations.prune() == ["Another", "Not yet in code"]


def test_strings_are_found_in_code_and_templates():
    found = {one.msgid for one in translations.strings()}
    assert {"Skip to the content", "This job cannot be undone.", "%(count)s rows"} <= found
