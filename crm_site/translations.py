"""Our catalogues: find the strings in code and templates, compare them with the .po files, compile them.

Pure Python (babel): no xgettext or msgfmt is needed. English is the language of the msgids, so only Chinese
needs a catalogue.
"""

import fcntl
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from crm_site.places import BASE_DIR

APPS = (
    "kit", "stores", "staff", "workflow", "members", "sales", "loyalty", "suppliers", "campaigns",
    "callcenter", "crm_site",
)  # fmt: skip
PO = BASE_DIR / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "lazy": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")


@dataclass(frozen=True)
class Found:
    """One string for people: where it stands, its context and plural."""

    msgid: str
    plural: str | None
    context: str | None
    place: str


def _files() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((BASE_DIR / app).rglob("*.py")):
            if not {"tests", "migrations", "__pycache__"} & set(path.relative_to(BASE_DIR).parts):
                yield path
    for suffix in ("*.html", "*.txt"):
        yield from sorted((BASE_DIR / "templates").rglob(suffix))


def strings() -> list[Found]:
    """Every string in code and templates that people may read."""
    found: dict[tuple[str | None, str], Found] = {}
    for path in _files():
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            text = templatize(text, origin=str(path))
        source = io.BytesIO(text.encode())
        place = str(path.relative_to(BASE_DIR))
        for _line, message, _comments, context in extract("python", source, KEYWORDS, options={"encoding": "utf-8"}):
            msgid, plural = message if isinstance(message, tuple) else (message, None)
            if msgid:
                found.setdefault((context, msgid), Found(msgid, plural, context, place))
    return list(found.values())


def load(path: Path | None = None) -> Catalog:
    path = path or PO
    if not path.exists():
        return Catalog(locale="zh_Hans", project="Atrium", charset="utf-8")
    with open(path, "rb") as file:
        return read_po(file, locale="zh_Hans", charset="utf-8")


def _placeholders(text: str) -> list[str]:
    return sorted(match.group(0) for match in PLACEHOLDER.finditer(text.replace("%%", "")))


def problems(catalogue: Catalog | None = None) -> list[str]:
    """What is wrong with the Chinese catalogue: missing, doubtful, or with other placeholders than the English."""
    catalogue = catalogue or load()
    wrong = []
    for found in strings():
        message = catalogue.get(found.msgid, found.context)
        said = message.string if message is not None else ""
        texts = [text for text in (said if isinstance(said, (tuple, list)) else [said]) if text]
        if not texts:
            wrong.append(f"{found.place}: no Chinese for {found.msgid!r}")
        elif message.fuzzy:
            wrong.append(f"{found.place}: doubtful (fuzzy) Chinese for {found.msgid!r}")
        else:
            allowed = {tuple(_placeholders(found.msgid)), tuple(_placeholders(found.plural or found.msgid))}
            wrong += [
                f"{found.place}: other placeholders in the Chinese of {found.msgid!r}: {text!r}"
                for text in texts
                if tuple(_placeholders(text)) not in allowed
            ]
    return wrong


def fill(translations: dict[str, str]) -> tuple[int, list[str]]:
    """Merge Chinese for English msgids into the catalogue, under a lock; returns how many, and msgids nobody uses.

    A key "context|msgid" is for strings with a context. Strings no code uses any more leave the catalogue.
    """
    PO.parent.mkdir(parents=True, exist_ok=True)
    with open(PO.parent / ".lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        known = load()
        used: set[str] = set()
        fresh = Catalog(locale="zh_Hans", project="Atrium", charset="utf-8", fuzzy=False)
        changed = 0
        for found in sorted(strings(), key=lambda one: (one.msgid, one.context or "")):
            key = f"{found.context}|{found.msgid}" if found.context else found.msgid
            old = known.get(found.msgid, found.context)
            said = old.string if old is not None else ""
            said = said[0] if isinstance(said, (tuple, list)) and said else said
            if key in translations:
                used.add(key)
                changed += said != translations[key]
                said = translations[key]
            msgid = (found.msgid, found.plural) if found.plural else found.msgid
            fresh.add(msgid, (said,) if found.plural else said, context=found.context)
        # Strings others are about to use stay for now: their code may be on its way.
        for key, text in translations.items():
            if key not in used and "|" not in key and fresh.get(key) is None:
                fresh.add(key, text)
        for message in known:
            if message.id and message.string and fresh.get(message.id, message.context) is None:
                fresh.add(message.id, message.string, context=message.context)
        _write(fresh)
    return changed, sorted(set(translations) - used)


def prune() -> list[str]:
    """Take strings out of the catalogue that no code uses."""
    used = {(found.context, found.msgid) for found in strings()}
    catalogue, gone = load(), []
    for message in list(catalogue):
        msgid = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
        if msgid and (message.context, msgid) not in used:
            catalogue.delete(message.id, message.context)
            gone.append(msgid)
    _write(catalogue)
    return gone


def _write(catalogue: Catalog) -> None:
    # Headers with dates would make every merge a conflict.
    catalogue.header_comment = "# Simplified Chinese for Atrium."
    out = io.BytesIO()
    write_po(out, catalogue, omit_header=True, sort_output=True, width=0)
    header = (
        '# Simplified Chinese for Atrium.\nmsgid ""\nmsgstr ""\n"Language: zh_Hans\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        '"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    )
    PO.write_bytes(header.encode() + out.getvalue())


def compile_catalogues() -> bool:
    """Write the .mo when the .po is newer; returns whether it was written."""
    compiled = PO.with_suffix(".mo")
    if not PO.exists() or (compiled.exists() and compiled.stat().st_mtime >= PO.stat().st_mtime):
        return False
    out = io.BytesIO()
    write_mo(out, load())
    temporary = compiled.with_suffix(".mo.new")
    temporary.write_bytes(out.getvalue())
    temporary.replace(compiled)
    return True
