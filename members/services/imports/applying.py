"""Applying a checked import: piece by piece, each piece all or nothing, judged anew at the moment it is written."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit import names
from kit.copy import copy_rows
from kit.garbage import no_garbage_search
from members.birthdays import Birthday
from members.exceptions import ImportRefused
from members.locks import hold_enrolment
from members.models import Member, MemberImport, MemberImportPiece
from members.services.bulk import NewMember, enrol_members_bulk
from members.services.imports.changing import write_changes
from members.services.imports.comparing import Change, answered_at
from members.services.imports.extensions import ExtensionRow, extensions
from members.services.imports.judging import count_verdicts, judge_again, stores_of
from members.services.imports.matching import Range
from staff.audit import record
from staff.models import User

PIECE = 10_000
State = MemberImport.State
TRACE = ("batch_id", "row_no", "member_id", "is_new", "before", "after", "at", "left")


def apply_import(
    batch: MemberImport, *, actor: User | None, report: Callable[[int, int], None] = lambda done, total: None
) -> MemberImport:
    """Apply a checked import. After a stop or a crash a further call goes on with the piece that is not done yet.

    Raises `ImportRefused` when the same file has been applied before.
    """
    begin_applying(batch)
    done = 0
    stores = stores_of(actor)
    with no_garbage_search():
        for number, span in pieces(batch):
            if not MemberImportPiece.objects.filter(batch=batch, number=number).exists():
                apply_piece(batch, number, span, actor=actor, stores=stores)
            done += _rows_in(batch, span)
            report(done, batch.rows)
    return _finish(batch, actor)


def begin_applying(batch: MemberImport) -> None:
    """Mark the import as being applied; the database lets the same file through once only."""
    if batch.state not in (State.CHECKED, State.PAUSED, State.APPLYING):
        raise ImportRefused(_("Only an import that has been checked can be applied."))
    try:
        with transaction.atomic():
            MemberImport.objects.filter(pk=batch.pk).update(state=State.APPLYING)
    except IntegrityError as exc:
        first = same_file(batch)
        raise ImportRefused(
            _("This file was imported already, as import %(number)s.") % {"number": first.pk if first else "?"},
            import_id=first.pk if first else None,
        ) from exc
    batch.state = State.APPLYING


def same_file(batch: MemberImport) -> MemberImport | None:
    """The import that applied the same file, if there is one that was not undone."""
    standing = MemberImport.objects.filter(
        checksum=batch.checksum, state__in=[State.APPLYING, State.PAUSED, State.APPLIED, State.UNDOING]
    )
    return standing.exclude(pk=batch.pk).first()


def pieces(batch: MemberImport) -> Iterator[tuple[int, Range]]:
    """The pieces of a file: ten thousand row numbers each, so a piece is the same however often the file is staged."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(row_no) FROM members_stagedmember WHERE batch_id = %s", [batch.pk])
        last = cursor.fetchone()[0] or 0
    for number in range(last // PIECE + 1):
        yield number, (number * PIECE, number * PIECE + PIECE - 1)


@transaction.atomic
def apply_piece(
    batch: MemberImport, number: int, span: Range, *, actor: User | None, stores: list[int] | None = None
) -> MemberImportPiece:
    """Write one piece and note it as applied, all or nothing.

    Its commit does not wait for the disk: a crash may take the last pieces with their marks, and the import goes on
    from there; the commit that closes the import waits.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")
    _warm(batch, span)
    hold_enrolment()
    at = timezone.now()
    changes = judge_again(batch, span, stores)
    fresh = _new_rows(batch, span)
    ids = enrol_members_bulk(
        [_new_member(data, batch) for _row, data in fresh],
        actor=actor,
        external_source=batch.spec["source"],
        source=Member.Source.IMPORT,
    )
    write_changes(batch, changes, actor=actor, at=at)
    _note_traces(batch, fresh, ids, changes, at)
    counts = count_verdicts(batch, span)
    for one in extensions():
        rows = [
            ExtensionRow(row, member_id, data["extensions"][one.name])
            for (row, data), member_id in zip(fresh, ids, strict=True)
            if one.name in (data.get("extensions") or {})
        ]
        rows += [
            ExtensionRow(change.row_no, change.member_id, change.extensions[one.name])
            for change in changes
            if one.name in change.extensions
        ]
        if rows:
            counts |= one.apply(batch, rows, actor)
    return MemberImportPiece.objects.create(batch=batch, number=number, counts=counts, applied_at=at)


def _finish(batch: MemberImport, actor: User | None) -> MemberImport:
    """Sum up what happened; the file is thrown away, for it holds what the tables never show whole."""
    results: dict[str, int] = {}
    for counts in MemberImportPiece.objects.filter(batch=batch).values_list("counts", flat=True):
        for name, value in counts.items():
            results[name] = results.get(name, 0) + value
    for one in extensions():
        results |= one.reconcile(batch, results)
    with transaction.atomic():
        batch.results, batch.state, batch.applied_at = results, State.APPLIED, timezone.now()
        batch.save(update_fields=["results", "state", "applied_at"])
        record(actor, "members.import_applied", batch, file=batch.file_name, **results)
    return batch


def _rows_in(batch: MemberImport, span: Range) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM members_stagedmember WHERE batch_id = %s AND row_no BETWEEN %s AND %s",
            [batch.pk, *span],
        )
        return cursor.fetchone()[0]


def _new_rows(batch: MemberImport, span: Range) -> list[tuple[int, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_no, data::text FROM members_stagedmember WHERE batch_id = %s AND row_no BETWEEN %s AND %s"
            " AND verdict = 'new' ORDER BY row_no",
            [batch.pk, *span],
        )
        return [(row, json.loads(data)) for row, data in cursor.fetchall()]


def _warm(batch: MemberImport, span: Range) -> None:
    """Work out how the names are read before anybody has to wait for this piece."""
    for _row, data in _new_rows(batch, span):
        names.readings(data.get("name") or "", data.get("name_en") or "")


def _new_member(data: Mapping[str, Any], batch: MemberImport) -> NewMember:
    birthday = data.get("birthday")
    category = data.get("category") or Member.Category.ORDINARY.value
    on = data.get("enrolled_on")
    return NewMember(
        name=data.get("name") or "",
        name_en=data.get("name_en") or "",
        phones=data.get("phones") or (),
        external_no=data.get("external_no") or "",
        store_id=data.get("home_store_id") or batch.spec.get("store_id"),
        enrolled_on=datetime.fromisoformat(on).date() if on else None,
        gender=data.get("gender") or "",
        birthday=Birthday(*birthday) if birthday else None,
        email=data.get("email") or "",
        language=data.get("language") or Member.Language.CHINESE.value,
        kind=Member.Kind.GROUP.value if category == Member.Category.GROUP else Member.Kind.INDIVIDUAL.value,
        category=category,
        province=data.get("province") or "",
        city=data.get("city") or "",
        district=data.get("district") or "",
        street=data.get("street") or "",
        postcode=data.get("postcode") or "",
        agreed_discount=data.get("agreed_discount"),
        card_number=data.get("card_no") or "",
        answers=[(channel, said, answered_at(day)) for channel, (said, day) in (data.get("consents") or {}).items()],
        papers=[data["identity"]] if data.get("identity") else (),
        custom=data.get("custom") or {},
        note=data.get("note") or "",
    )


def _note_traces(
    batch: MemberImport, fresh: list[tuple[int, dict[str, Any]]], ids: list[int], changes: list[Change], at: datetime
) -> None:
    rows = [
        (batch.pk, row, member_id, True, "{}", "{}", at, "[]")
        for (row, _data), member_id in zip(fresh, ids, strict=True)
    ]
    rows += [
        (
            batch.pk, change.row_no, change.member_id, False, json.dumps(change.before, ensure_ascii=False),
            json.dumps({**change.after, **({"added": change.added} if change.added else {})}, ensure_ascii=False),
            at, "[]",
        )
        for change in changes
    ]  # fmt: skip
    copy_rows("members_memberimporttrace", TRACE, rows)
