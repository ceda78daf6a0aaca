"""What an import hands back: the rows it did not take, as they were, with the reason."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from kit.tables import open_table
from members.models import Member, MemberImport, MemberImportTrace
from members.services.imports.profiles import all_targets
from members.services.imports.staging import unique_header
from members.services.imports.standardising import columns_found

REFUSED = ("duplicate", "ambiguous", "error")


def reason_text(verdict: str, reasons: dict[str, str] | None, twin_row: int | None, numbers: list[str]) -> str:
    """Why a row was not taken, in one line."""
    if verdict == "duplicate":
        return _("Row %(row)s says the same.") % {"row": twin_row}
    if verdict == "ambiguous":
        return _("Several members match: %(numbers)s") % {"numbers": ", ".join(numbers)}
    labels = {target.key: str(target.label) for target in all_targets()}
    said = [f"{labels.get(key, key)}: {why}" if key else why for key, why in (reasons or {}).items()]
    return " · ".join(said)


def write_error_file(batch: MemberImport, path: Path) -> int:
    """The refused rows as the file has them, with row number and reason; returns how many.

    The file is read once more, so nothing but the reasons is kept meanwhile. Identity numbers are masked.
    """
    refused = _refused(batch)
    pending = next(refused, None)
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out, open_table(Path(batch.file.path)) as (header, rows):
        names = unique_header(header)
        columns = columns_found(batch.spec, names)
        hidden = names.index(columns["identity"]) if "identity" in columns else None
        writer = csv.writer(out)
        writer.writerow([*names, _("Row"), _("Reason")])
        for row_no, cells in enumerate(rows, start=2):
            if pending is None:
                break
            if row_no != pending[0]:
                continue
            shown = [_harmless(text) for text in cells] + [""] * (len(names) - len(cells))
            if hidden is not None and len(shown[hidden]) > 6:
                shown[hidden] = f"{shown[hidden][:4]}****{shown[hidden][-2:]}"
            writer.writerow([*shown, row_no, pending[1]])
            written += 1
            pending = next(refused, None)
    return written


def _refused(batch: MemberImport) -> Iterator[tuple[int, str]]:
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT row_no, verdict, reasons::text, twin_row, matches FROM members_stagedmember"
                " WHERE batch_id = %s AND row_no > %s AND verdict IN ('duplicate', 'ambiguous', 'error')"
                " ORDER BY row_no LIMIT 5000",
                [batch.pk, last],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        numbers = numbers_of({pk for *_rest, matches in rows for pk in matches or ()})
        for row_no, verdict, reasons, twin_row, matches in rows:
            found = [numbers[pk] for pk in matches or () if pk in numbers]
            yield row_no, reason_text(verdict, _dict(reasons), twin_row, found)
        last = rows[-1][0]


def numbers_of(ids: set[int]) -> dict[int, str]:
    """Member numbers by id."""
    return dict(Member.objects.filter(pk__in=ids).values_list("pk", "member_no"))


def write_left_file(batch: MemberImport, path: Path) -> int:
    """What an undo left as it was, with the reason; returns how many rows."""
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([_("Row"), _("Member number"), _("Reason")])
        left = MemberImportTrace.objects.filter(batch=batch).exclude(left=[]).select_related("member")
        for trace in left.order_by("row_no").iterator(chunk_size=2_000):
            writer.writerow([trace.row_no, trace.member.member_no if trace.member else "", " · ".join(trace.left)])
            written += 1
    return written


def _harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") and not text[1:].replace("-", "").isdigit() else text


def _dict(text: str | None) -> dict[str, Any] | None:
    return json.loads(text) if text else None
