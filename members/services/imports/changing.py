"""Writing what an import changes about members that are there: set-wise, whatever each row changes."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from kit import names, phones
from kit.copy import copy_rows
from members.models import Consent, Member, MemberImport, MemberPhone
from members.services.imports.comparing import BIRTH, PLAIN, Change, answered_at
from staff.models import User

_TYPES = {
    "home_store_id": "bigint", "birth_year": "smallint", "birth_month": "smallint", "birth_day": "smallint",
    "birth_is_leap": "boolean", "next_birthday_on": "date", "agreed_discount": "numeric",
}  # fmt: skip
WRITABLE = (*PLAIN, "external_source", *BIRTH, "agreed_discount")


def write_changes(batch: MemberImport, changes: Sequence[Change], *, actor: User | None, at: datetime) -> None:
    """Write the changes of a piece: one statement a column that changes, one COPY a kind of thing that is added.

    The members are locked by whoever compared them.
    """
    set_columns([(change.member_id, change.after) for change in changes], at)
    touch([change.member_id for change in changes if change.added or change.after], at)
    write_search_rows([change.member_id for change in changes if {"name", "name_en"} & change.after.keys()])
    by = actor.pk if actor else None
    _add_phones(changes, at)
    copy_rows(
        "members_membercard",
        ("member_id", "number", "status", "issued_on", "issued_by_id", "blocked_reason", "changed_at"),
        [(c.member_id, c.added["card"], "active", timezone.localdate(at), by, "", at) for c in changes if "card" in c.added],
    )  # fmt: skip
    copy_rows(
        "members_memberidentity",
        ("member_id", "kind", "digest", "shown", "recorded_by_id", "recorded_at"),
        [(c.member_id, *c.added["identity"], by, at) for c in changes if "identity" in c.added],
    )
    copy_rows(
        "members_membernote",
        ("member_id", "text", "by_id", "at"),
        [(c.member_id, c.added["note"], by, at) for c in changes if "note" in c.added],
    )
    _add_consents(changes, by, at)


def set_columns(values: Sequence[tuple[int, dict[str, Any]]], at: datetime) -> None:
    """Set columns of members to these values, whatever columns each names; facts come as "custom.key"."""
    per_column: dict[str, tuple[list[int], list[Any]]] = {}
    facts: tuple[list[int], list[str], list[str | None]] = ([], [], [])
    for member_id, wanted in values:
        for key, value in wanted.items():
            if key.startswith("custom."):
                facts[0].append(member_id)
                facts[1].append(key.removeprefix("custom."))
                facts[2].append(None if value is None else _json(value))
            elif key in WRITABLE:
                ids, column = per_column.setdefault(key, ([], []))
                ids.append(member_id)
                column.append(value)
    with connection.cursor() as cursor:
        for group in _statements(per_column):
            cursor.execute(*group)
        if facts[0]:
            cursor.execute(
                """UPDATE members_member m SET custom = (m.custom - v.gone) || v.facts
                     FROM (SELECT id, array_agg(key) AS gone,
                                  coalesce(jsonb_object_agg(key, value::jsonb) FILTER (WHERE value IS NOT NULL), '{}')
                                    AS facts
                             FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS f(id, key, value) GROUP BY id) v
                    WHERE m.id = v.id""",
                list(facts),
            )


def _statements(per_column: dict[str, tuple[list[int], list[Any]]]) -> list[tuple[str, list[Any]]]:
    """One UPDATE for all columns: each row keeps what it does not name. The row is written once, not once a column."""
    if not per_column:
        return []
    ids = sorted({pk for column_ids, _values in per_column.values() for pk in column_ids})
    place = {pk: n for n, pk in enumerate(ids)}
    sets, arrays, names_of, params = [], [], [], []
    for key, (column_ids, values) in per_column.items():
        column: list[Any] = [None] * len(ids)
        named = [False] * len(ids)
        for pk, value in zip(column_ids, values, strict=True):
            column[place[pk]], named[place[pk]] = value, True
        sets.append(f"{key} = CASE WHEN v.has_{key} THEN v.{key} ELSE m.{key} END")
        arrays += [f"%s::{_TYPES.get(key, 'text')}[]", "%s::boolean[]"]
        names_of += [key, f"has_{key}"]
        params += [column, named]
    sql = (
        f"UPDATE members_member m SET {', '.join(sets)} FROM unnest(%s::bigint[], {', '.join(arrays)})"
        f" AS v(id, {', '.join(names_of)}) WHERE m.id = v.id"
    )
    return [(sql, [ids, *params])]


def touch(member_ids: Sequence[int], at: datetime) -> None:
    """Say when the members were last changed."""
    if member_ids:
        Member.objects.filter(pk__in=member_ids).update(updated_at=at)


def write_search_rows(member_ids: Sequence[int]) -> None:
    """Write anew what the search box looks at, for members whose name changed."""
    if not member_ids:
        return
    rows = []
    for pk, name, name_en in Member.objects.filter(pk__in=member_ids).values_list("pk", "name", "name_en"):
        read = names.readings(name, name_en)
        rows.append((pk, read.name, read.py, read.ini, read.other_tokens))
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE members_membersearch SET name = %s, py = %s, ini = %s, toks = %s WHERE member_id = %s",
            [(name, py, ini, toks, pk) for pk, name, py, ini, toks in rows],
        )


def _add_phones(changes: Sequence[Change], at: datetime) -> None:
    added = [change for change in changes if "phones" in change.added]
    have_main = set(
        MemberPhone.objects.filter(member_id__in=[one.member_id for one in added], is_primary=True).values_list(
            "member_id", flat=True
        )
    )
    rows = []
    for change in added:
        for place, e164 in enumerate(change.added["phones"]):
            kind = "mobile" if phones.is_mobile(e164) else "landline"
            main = place == 0 and change.member_id not in have_main
            rows.append((change.member_id, e164, e164[-4:], kind, main, False, False, False, "import", at))
    copy_rows(
        "members_memberphone",
        ("member_id", "e164", "tail", "kind", "is_primary", "invalid", "opt_out_call", "opt_out_sms", "source",
         "created_at"),
        rows,
    )  # fmt: skip


def _add_consents(changes: Sequence[Change], by: int | None, at: datetime) -> None:
    rows, per_channel = [], {}
    for change in changes:
        for channel, granted, on in change.added.get("consents", ()):
            rows.append(
                (change.member_id, channel, "marketing", granted, answered_at(on) or at, "import", "", by)
            )  # fmt: skip
            per_channel.setdefault((channel, granted), []).append(change.member_id)
    copy_rows(
        "members_consent",
        ("member_id", "channel", "purpose", "granted", "at", "source", "evidence", "recorded_by_id"),
        rows,
    )
    for (channel, granted), ids in per_channel.items():
        Member.objects.filter(pk__in=ids).update(**{Consent.cached_in(channel): granted})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
