"""Saved mappings of files of members."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from members.exceptions import ImportRefused
from members.services.imports.dictionary import TARGETS, Target, custom_targets, guess_columns
from members.services.imports.extensions import extensions
from members.services.imports.standardising import WORDS
from staff.audit import record
from staff.models import ImportProfile, User

KIND = "members"
SHIPPED = Path(__file__).resolve().parent.parent.parent / "profiles"
MATCH_KEYS = ("external_no", "member_no", "card_no", "identity", "phone_name", "phone_verified", "phone_any")
DEFAULT_MATCH = ["external_no", "member_no", "card_no", "identity", "phone_name"]
DATE_ORDERS = ("year", "day", "month")


def all_targets() -> list[Target]:
    """The whole data dictionary: ours, the store's own fields, and what apps above add."""
    return [*TARGETS, *custom_targets(), *(target for one in extensions() for target in one.targets)]


def guessed_spec(header: Sequence[str], samples: Sequence[Sequence[str]]) -> dict[str, Any]:
    """A mapping to begin with."""
    return {"source": "import", "columns": guess_columns(header, samples, all_targets()), "match": DEFAULT_MATCH}


def checked_spec(spec: Any) -> dict[str, Any]:
    """The mapping with its defaults; raises `ImportRefused` for what it may not hold."""
    if not isinstance(spec, dict) or not isinstance(spec.get("columns"), dict) or not spec["columns"]:
        raise ImportRefused(_("A mapping says at least which column holds what."))
    known = {target.key for target in all_targets()}
    if unknown := sorted(set(spec["columns"]) - known):
        raise ImportRefused(_("The mapping has unknown fields: %(fields)s.") % {"fields": ", ".join(unknown)})
    match = spec.get("match", DEFAULT_MATCH)
    if not isinstance(match, list) or set(match) - set(MATCH_KEYS):
        raise ImportRefused(_("The order of matching names something unknown."))
    if spec.get("dates", "year") not in DATE_ORDERS:
        raise ImportRefused(_("Dates are written with the year, the day or the month first."))
    words = spec.get("dictionaries") or {}
    if not isinstance(words, dict) or set(words) - {*WORDS, "store"}:
        raise ImportRefused(_("The lists of words name something unknown."))
    source = str(spec.get("source") or "import")[:40]
    return {**spec, "source": source, "match": match, "dictionaries": words}


@transaction.atomic
def save_profile(*, name: str, spec: dict[str, Any], actor: User | None) -> ImportProfile:
    """Save a mapping under its name; saving it again replaces it. A name of another kind is refused."""
    spec = checked_spec(spec)
    other = ImportProfile.objects.filter(name=name).first()
    if other and (other.kind != KIND or other.is_shipped):
        raise ImportRefused(_("This name belongs to another mapping."))
    profile, _created = ImportProfile.objects.update_or_create(
        name=name, defaults={"kind": KIND, "spec": {**spec, "name": name}}
    )
    record(actor, "members.mapping_saved", profile, name=name)
    return profile


def load_profile(name_or_path: str) -> ImportProfile:
    """A saved mapping by name, one shipped with the product, or one from a JSON file, which is saved under its name."""
    path = Path(name_or_path)
    shipped = SHIPPED / f"{name_or_path}.json"
    if path.suffix == ".json" and path.is_file():
        spec = _read_json(path)
        return save_profile(name=str(spec.get("name") or path.stem)[:80], spec=spec, actor=None)
    if re.fullmatch(r"[\w-]+", name_or_path) and shipped.is_file():
        spec = checked_spec(_read_json(shipped))
        return ImportProfile.objects.update_or_create(
            name=name_or_path, defaults={"kind": KIND, "spec": spec, "is_shipped": True}
        )[0]
    profile = ImportProfile.objects.filter(name=name_or_path, kind=KIND).first()
    if profile is None:
        raise ImportRefused(_("There is no import profile %(name)s.") % {"name": name_or_path})
    return profile


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as exc:
        raise ImportRefused(_("%(file)s is not valid JSON.") % {"file": path.name}) from exc
