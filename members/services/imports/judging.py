"""The verdict of every row: before anything is written, and again, for one piece, at the moment of writing."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection, transaction

from members.models import MemberImport, StagedMember
from members.services.imports.comparing import Change, compare_row, load_known
from members.services.imports.extensions import ExtensionRow, extensions
from members.services.imports.matching import (
    WHOLE,
    Range,
    mark_done_by_this_file,
    mark_duplicates,
    mark_same_member,
    match_rows,
    refuse_conflicts,
    reopen,
)
from staff.access import stores_for
from staff.models import User
from staff.roles import Role
from stores.models import Chain

ROWS_AT_ONCE = 5_000
SAMPLE_OF_VERDICTS = tuple(StagedMember.Verdict.values)[1:]


def stores_of(user: User | None) -> list[int] | None:
    """The stores whose members a person may import; None for all of them."""
    if user is None or user.all_stores or user.role == Role.ADMIN or Chain.get().shares_member_base:
        return None
    return list(stores_for(user).values_list("pk", flat=True))


@transaction.atomic
def judge_file(batch: MemberImport, report: Callable[[int], None] = lambda rows: None) -> None:
    """Give every row its verdict and keep the counts. A second call on freshly staged rows gives the same."""
    mark_duplicates(batch)
    match_rows(batch)
    refuse_conflicts(batch, stores=stores_of(batch.created_by))
    mark_same_member(batch)
    done = 0
    for piece in _pieces_of_matches(batch):
        changes = compare_rows(batch, piece)
        _write_verdicts(batch, changes)
        done += len(piece)
        report(done)
    _judge_extensions_of_new(batch, WHOLE)
    batch.counts = count_verdicts(batch)
    for one in extensions():
        batch.counts |= one.reconcile(batch, {})
    batch.save(update_fields=["counts"])


def judge_again(batch: MemberImport, span: Range, stores: list[int] | None) -> list[Change]:
    """The verdicts of one piece as they are now, its members locked; returns what is to be changed.

    Call it inside the transaction that writes the piece, with the gate of enrolment held.
    """
    reopen(batch, span)
    match_rows(batch, span)
    refuse_conflicts(batch, span, stores=stores)
    mark_same_member(batch, span)
    mark_done_by_this_file(batch, span)
    rows = _matches(batch, span)
    changes = compare_rows(batch, rows, lock=True) if rows else []
    _write_verdicts(batch, changes)
    _judge_extensions_of_new(batch, span)
    return [change for change in changes if not change.reasons and not change.is_empty]


def compare_rows(
    batch: MemberImport, rows: list[tuple[int, int, dict[str, Any]]], *, lock: bool = False
) -> list[Change]:
    """What each of the rows (row number, member, data) would change."""
    known = load_known(batch, [member_id for _row, member_id, _data in rows], lock=lock)
    changes = {row: compare_row(batch, row, member, data, known) for row, member, data in rows}
    for one in extensions():
        theirs = [
            ExtensionRow(row, member, data["extensions"][one.name])
            for row, member, data in rows
            if one.name in (data.get("extensions") or {})
        ]
        if not theirs:
            continue
        said = one.judge(batch, theirs)
        values = {row.row_no: row.value for row in theirs}
        for row_no, reason in said.reasons.items():
            changes[row_no].reasons[one.name] = reason
        for row_no, shown in said.changes.items():
            changes[row_no].extensions[one.name] = values[row_no]
            changes[row_no].extensions_shown[str(one.label)] = shown
    return list(changes.values())


def count_verdicts(batch: MemberImport, span: Range = WHOLE) -> dict[str, int]:
    """Rows per verdict."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT verdict, count(*) FROM members_stagedmember WHERE batch_id = %s AND row_no BETWEEN %s AND %s"
            " GROUP BY verdict",
            [batch.pk, *span],
        )
        found = dict(cursor.fetchall())
    return {verdict: found.get(verdict, 0) for verdict in SAMPLE_OF_VERDICTS}


def _matches(batch: MemberImport, span: Range, most: int | None = None) -> list[tuple[int, int, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_no, match_id, data::text FROM members_stagedmember WHERE batch_id = %s AND verdict = 'match'"
            " AND row_no BETWEEN %s AND %s ORDER BY row_no LIMIT %s",
            [batch.pk, *span, most],
        )
        return [(row, member, json.loads(data)) for row, member, data in cursor.fetchall()]


def _pieces_of_matches(batch: MemberImport) -> Iterator[list[tuple[int, int, dict[str, Any]]]]:
    last = 0
    while rows := _matches(batch, (last + 1, WHOLE[1]), ROWS_AT_ONCE):
        yield rows
        last = rows[-1][0]


def _write_verdicts(batch: MemberImport, changes: list[Change]) -> None:
    if not changes:
        return
    verdicts = ["error" if one.reasons else "unchanged" if one.is_empty else "update" for one in changes]
    reasons = [json.dumps(one.reasons, ensure_ascii=False) if one.reasons else None for one in changes]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_stagedmember r SET verdict = v.verdict, reasons = v.reasons::jsonb"
            " FROM unnest(%s::int[], %s::text[], %s::text[]) AS v(row_no, verdict, reasons)"
            " WHERE r.batch_id = %s AND r.row_no = v.row_no",
            [[one.row_no for one in changes], verdicts, reasons, batch.pk],
        )


def _judge_extensions_of_new(batch: MemberImport, span: Range) -> None:
    """What apps above refuse about members still to be made."""
    for one in extensions():
        if not any(target.key in batch.spec["columns"] for target in one.targets):
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT row_no, (data -> 'extensions' -> %s)::text FROM members_stagedmember WHERE batch_id = %s"
                " AND row_no BETWEEN %s AND %s AND verdict = 'new' AND data -> 'extensions' ? %s",
                [one.name, batch.pk, *span, one.name],
            )
            rows = [ExtensionRow(row_no, None, json.loads(value)) for row_no, value in cursor.fetchall()]
        if rows and (reasons := one.judge(batch, rows).reasons):
            _write_verdicts(batch, [Change(row, 0, reasons={one.name: why}) for row, why in reasons.items()])
