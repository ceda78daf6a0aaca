"""Whom the rows of a file mean: set-wise, by keys in the order of the mapping. More than one hit is never decided."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from members.models import MemberImport

Range = tuple[int, int]
WHOLE: Range = (0, 2**31 - 1)
ROWS_AT_ONCE = 20_000
PHONES = {"phone1", "phone2", "phone3", "landline"}
PHONE_KEYS = ("phone_name", "phone_verified", "phone_any")

_OF_RANGE = "r.batch_id = %(batch)s AND r.row_no BETWEEN %(first)s AND %(last)s"

# Whose a key is now. Each is looked up row by row (OFFSET 0 keeps it so): statistics know nothing of what an import has
# just written, and a join the planner chose freely has taken 25 s for a piece.
OWNERS = {
    "external_no": """(SELECT coalesce(m.merged_into_id, m.id) AS member_id FROM members_member m
        WHERE m.external_source = %(source)s AND m.external_no = r.external_no AND m.external_no <> '' OFFSET 0) k""",
    "member_no": """(SELECT coalesce(m.merged_into_id, m.id) AS member_id FROM members_member m
        WHERE m.member_no = r.member_no OFFSET 0) k""",
    "card_no": "(SELECT c.member_id FROM members_membercard c WHERE c.number = r.card_no OFFSET 0) k",
    "identity": """(SELECT i.member_id FROM members_memberidentity i WHERE i.kind = split_part(r.identity, ':', 1)
        AND i.digest = split_part(r.identity, ':', 2) OFFSET 0) k""",
}
_BY_PHONE = """
    SELECT r.row_no, k.member_id FROM members_stagedmember r CROSS JOIN LATERAL unnest(r.phones) p(e164)
      CROSS JOIN LATERAL (
        SELECT m.id AS member_id FROM members_memberphone mp
          JOIN members_member m ON m.id = mp.member_id AND m.merged_into_id IS NULL AND m.status <> 'closed' {named}
         WHERE mp.e164 = p.e164 {verified}
           AND NOT (r.external_no <> '' AND m.external_no <> '' AND m.external_source = %(source)s
                    AND m.external_no <> r.external_no) OFFSET 0) k
     WHERE {range} AND r.verdict = ''"""
_NAMED = "JOIN members_membersearch s ON s.member_id = m.id AND (r.name_key = '' OR s.name = r.name_key)"
# Who a row's key leads to: (row_no, member_id), for rows that have no verdict yet.
HITS = {
    key: f"SELECT r.row_no, k.member_id FROM members_stagedmember r CROSS JOIN LATERAL {owner}"
    f" WHERE {{range}} AND r.verdict = '' AND r.{key} <> ''"
    for key, owner in OWNERS.items()
} | {
    "phone_name": _BY_PHONE.replace("{verified}", "").replace("{named}", _NAMED),
    "phone_verified": _BY_PHONE.replace("{verified}", "AND mp.verified_at IS NOT NULL").replace("{named}", ""),
    "phone_any": _BY_PHONE.replace("{verified}", "").replace("{named}", ""),
}
# The first row with the same key; a phone counts together with what the mapping matches by.
_SAME = "SELECT row_no, min(row_no) OVER (PARTITION BY {key}) AS first FROM members_stagedmember r WHERE {range} AND r.verdict = '' AND {key} <> ''"
_SAME_PHONE = """
    SELECT row_no, CASE WHEN external_no = '' THEN min(row_no) OVER same
                        ELSE min(row_no) FILTER (WHERE external_no = '') OVER same END AS first
      FROM members_stagedmember r CROSS JOIN LATERAL unnest(r.phones) p(e164) WHERE {range} AND r.verdict = ''
    WINDOW same AS (PARTITION BY p.e164{name})"""


def mark_duplicates(batch: MemberImport) -> None:
    """A row that says again who an earlier row is, is "twice in the file" and names that row."""
    match, mapped = batch.spec["match"], batch.spec["columns"]
    same = [_SAME.replace("{key}", f"r.{key}") for key in OWNERS if key in match and key in mapped]
    if "phone_any" in match:
        same.append(_SAME_PHONE.replace("{name}", ""))
    elif "phone_name" in match:
        same.append(_SAME_PHONE.replace("{name}", ", r.name_key"))
    if same:
        every = " UNION ALL ".join(f"({one})" for one in same)
        _mark_twins(
            batch,
            WHOLE,
            f"SELECT row_no, min(first) FROM ({every}) x WHERE first < row_no GROUP BY row_no ORDER BY row_no",
        )


def match_rows(batch: MemberImport, span: Range = WHOLE) -> None:
    """Give each row without a verdict "match", "ambiguous" or "new". The first key with a hit decides."""
    mapped = {*batch.spec["columns"], *(PHONE_KEYS if PHONES & batch.spec["columns"].keys() else ())}
    for key in batch.spec["match"]:
        if key not in mapped:
            continue
        hits = _found(
            batch,
            span,
            f"SELECT row_no, array_agg(DISTINCT member_id ORDER BY member_id)::text, min(member_id), max(member_id)"
            f" FROM ({HITS[key]}) hit(row_no, member_id) GROUP BY row_no ORDER BY row_no",
        )
        _update(
            batch,
            """UPDATE members_stagedmember r SET matched_by = %(key)s, matches = v.ids::bigint[],
                      match_id = CASE WHEN v.one THEN v.id END,
                      verdict = CASE WHEN v.one THEN 'match' ELSE 'ambiguous' END
                 FROM unnest(%(rows)s::int[], %(c0)s::text[], %(c1)s::bigint[], %(c2)s::bool[]) AS v(row_no, ids, id, one)
                WHERE r.batch_id = %(batch)s AND r.row_no = v.row_no""",
            [(row_no, ids, first, first == last) for row_no, ids, first, last in hits],
            key=key,
        )
    _run(batch, span, "UPDATE members_stagedmember r SET verdict = 'new' WHERE {range} AND r.verdict = ''")


def refuse_conflicts(batch: MemberImport, span: Range = WHOLE, stores: list[int] | None = None) -> None:
    """Refuse rows that contradict what is there, and rows outside the stores of whoever imports."""
    mapped = batch.spec["columns"]
    for key, owner in OWNERS.items():
        if key not in mapped:
            continue
        # A row that no key led to a member was looked up by the keys of the mapping already.
        open_rows = "r.verdict = 'match'" if key in batch.spec["match"] else "r.verdict IN ('new', 'match')"
        _refuse(batch, span, key, _("This belongs to another member."),
                f"SELECT r.row_no FROM members_stagedmember r CROSS JOIN LATERAL {owner} WHERE {{range}}"
                f" AND r.{key} <> '' AND {open_rows} AND r.matched_by <> %(key)s"
                " AND k.member_id IS DISTINCT FROM r.match_id", key=key)  # fmt: skip
    _refuse(batch, span, "member_no", _("There is no member with this number."),
            "SELECT r.row_no FROM members_stagedmember r WHERE {range} AND r.member_no <> ''"
            " AND r.verdict IN ('new', 'match')"
            " AND NOT EXISTS (SELECT 1 FROM members_member k WHERE k.member_no = r.member_no)")  # fmt: skip
    _refuse(batch, span, "name", _("A new member needs a name or a number of the source system."),
            "SELECT r.row_no FROM members_stagedmember r WHERE {range} AND r.verdict = 'new'"
            " AND r.name_key = '' AND r.external_no = ''")  # fmt: skip
    if stores is not None:
        _refuse(batch, span, "store", _("This member belongs to a store outside your scope."),
                "SELECT r.row_no FROM members_stagedmember r JOIN members_member m ON m.id = r.match_id WHERE {range}"
                " AND r.verdict = 'match' AND NOT m.home_store_id = ANY(%(stores)s)", stores=stores)  # fmt: skip
        _refuse(batch, span, "store", _("This store lies outside your scope."),
                "SELECT r.row_no FROM members_stagedmember r WHERE {range} AND r.verdict IN ('new', 'match')"
                " AND NOT r.store_id = ANY(%(stores)s)", stores=stores)  # fmt: skip


def mark_same_member(batch: MemberImport, span: Range = WHOLE) -> None:
    """Two rows that lead to one member by different keys are "twice in the file" too."""
    _mark_twins(
        batch,
        span,
        """SELECT row_no, first FROM (SELECT row_no, min(row_no) OVER (PARTITION BY match_id) AS first
             FROM members_stagedmember r WHERE {range} AND r.verdict = 'match') d WHERE first < row_no""",
    )


def mark_done_by_this_file(batch: MemberImport, span: Range) -> None:
    """While applying: a member whom an earlier row of the file made or changed is not touched twice."""
    _mark_twins(
        batch,
        span,
        """SELECT r.row_no, min(t.row_no) FROM members_stagedmember r
             JOIN members_memberimporttrace t ON t.member_id = r.match_id AND t.batch_id = %(batch)s
            WHERE {range} AND r.verdict = 'match' AND t.row_no <> r.row_no GROUP BY r.row_no""",
    )


def reopen(batch: MemberImport, span: Range) -> None:
    """Judge rows that would be applied anew: since the check somebody may have enrolled at the desk."""
    _run(
        batch,
        span,
        """UPDATE members_stagedmember r SET verdict = '', match_id = NULL, matches = NULL, matched_by = ''
            WHERE {range} AND r.verdict IN ('new', 'update', 'unchanged', 'match')""",
    )


def _mark_twins(batch: MemberImport, span: Range, sql: str) -> None:
    _update(
        batch,
        """UPDATE members_stagedmember r SET verdict = 'duplicate', twin_row = v.twin
             FROM unnest(%(rows)s::int[], %(c0)s::int[]) AS v(row_no, twin)
            WHERE r.batch_id = %(batch)s AND r.row_no = v.row_no""",
        _found(batch, span, sql),
    )


def _refuse(batch: MemberImport, span: Range, field: str, reason: str, rows: str, **params: Any) -> None:
    _update(
        batch,
        """UPDATE members_stagedmember r SET verdict = 'error',
                  reasons = coalesce(r.reasons, '{}'::jsonb) || jsonb_build_object(%(field)s::text, %(reason)s::text)
            WHERE r.batch_id = %(batch)s AND r.row_no = ANY(%(rows)s)""",
        _found(batch, span, rows, **params),
        field=field,
        reason=reason,
    )


def _update(batch: MemberImport, sql: str, rows: Sequence[tuple[Any, ...]], **params: Any) -> None:
    """Update the rows a query found (row number first), some thousands at a time by their numbers.

    Finding and updating are two statements: joining the table with itself, while its statistics are those of a step
    before, has cost seconds a piece.
    """
    for start in range(0, len(rows), ROWS_AT_ONCE):
        numbers, *columns = (list(column) for column in zip(*rows[start : start + ROWS_AT_ONCE], strict=True))
        given = {"batch": batch.pk, "rows": numbers, **{f"c{n}": column for n, column in enumerate(columns)}, **params}
        with connection.cursor() as cursor:
            cursor.execute(sql, given)


def _found(batch: MemberImport, span: Range, sql: str, **params: Any) -> list[tuple[Any, ...]]:
    given = {"batch": batch.pk, "first": span[0], "last": span[1], "source": batch.spec["source"], **params}
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("{range}", _OF_RANGE), given)
        return cursor.fetchall()


def _run(batch: MemberImport, span: Range, sql: str, **params: Any) -> int:
    given = {"batch": batch.pk, "first": span[0], "last": span[1], "source": batch.spec["source"], **params}
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("{range}", _OF_RANGE), given)
        return cursor.rowcount
