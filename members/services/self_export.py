"""What the store keeps about a member, for the member: one JSON file, and the same to read, in one zip made at once.

Each app registers what it has to say in `AppConfig.ready()`: plain dictionaries, newest first, capped where a member
may have very many.
"""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import Consent, Member
from staff.audit import plain, record

Rows = list[dict[str, Any]]
Section = Callable[[Member], Rows]
MOST_ROWS: Final = 5_000

_sections: dict[str, tuple[str | Promise, Section]] = {}


def register(name: str, title: str | Promise, section: Section) -> None:
    """Declare a part of the export: its key in the JSON, its heading, its rows."""
    _sections[name] = (title, section)


@transaction.atomic
def own_data(*, member: Member) -> bytes:
    """The zip: data.json and data.html. Each call is written into the audit trail, without what was in it."""
    parts = {name: (title, section(member)) for name, (title, section) in _sections.items()}
    told = {"made_at": timezone.localtime().isoformat(timespec="seconds"), "member_no": member.member_no}
    told |= {name: plain(rows) for name, (_title, rows) in parts.items()}
    tables = [
        (str(title), list(rows[0]) if rows else [], [list(plain(row).values()) for row in rows])
        for title, rows in parts.values()
    ]
    page = render_to_string("members/me_export.html", {"member": member, "tables": tables, "made_at": timezone.now()})
    zipped = BytesIO()
    with ZipFile(zipped, "w", ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(told, ensure_ascii=False, indent=1))
        archive.writestr("data.html", page)
    record(None, "members.self_exported", member, store=member.home_store_id, parts=sorted(parts))
    return zipped.getvalue()


def _about(member: Member) -> Rows:
    fields = (
        "member_no", "name", "name_en", "gender", "birth_calendar", "birth_year", "birth_month", "birth_day",
        "birth_is_leap", "enrolled_on", "source", "language", "email", "province", "city", "district", "street",
        "postcode",
    )  # fmt: skip
    return [{field: getattr(member, field) for field in fields} | member.custom]


def _phones(member: Member) -> Rows:
    return list(member.phones.order_by("pk").values("e164", "kind", "is_primary", "verified_at", "opt_out_call"))


def _cards(member: Member) -> Rows:
    return list(member.cards.order_by("pk").values("number", "status", "issued_on"))


def _identities(member: Member) -> Rows:
    return list(member.identities.order_by("pk").values("kind", "shown", "recorded_at"))


def _consents(member: Member) -> Rows:
    rows = Consent.objects.filter(member=member).order_by("-at", "-pk")
    return list(rows.values("channel", "purpose", "granted", "at", "source", "evidence")[:MOST_ROWS])


def _notes(member: Member) -> Rows:
    return list(member.notes.order_by("-at").values("at", "text")[:MOST_ROWS])


def register_sections() -> None:
    """Declare our own parts."""
    register("details", _("Details"), _about)
    register("phones", _("Phones"), _phones)
    register("cards", _("Cards"), _cards)
    register("identities", _("Identity papers"), _identities)
    register("consents", _("Consent"), _consents)
    register("notes", _("Notes"), _notes)
