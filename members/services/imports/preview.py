"""The rows of an import as its pages show them: changes worked out anew for the rows of one page only."""

from collections.abc import Sequence
from typing import Any

from members.models import Member, MemberImport, StagedMember
from members.selectors.imports import ImportRow, rows_shown
from members.services.imports.extensions import extensions
from members.services.imports.judging import compare_rows
from members.services.imports.reporting import REFUSED, numbers_of, reason_text


def preview_rows(batch: MemberImport, staged: Sequence[StagedMember]) -> list[ImportRow]:
    """What the pages show of these rows, in a fixed number of queries. Once applied, changes show as what was said."""
    living = set(
        Member.objects.filter(pk__in=[row.match_id for row in staged if row.match_id]).values_list("pk", flat=True)
    )
    pending = [
        (row.row_no, row.match_id, row.data) for row in staged if row.verdict == "update" and row.match_id in living
    ]
    changes: dict[int, Any] = {}
    if pending:
        changes = {change.row_no: change for change in compare_rows(batch, pending)}
    numbers = numbers_of({pk for row in staged for pk in row.matches or () if row.verdict == "ambiguous"})
    reasons = {
        row.row_no: reason_text(
            row.verdict, row.reasons, row.twin_row, [numbers[pk] for pk in row.matches or () if pk in numbers]
        )
        for row in staged
        if row.verdict in REFUSED
    }
    return rows_shown(staged, changes, reasons)


def figure_labels() -> dict[str, Any]:
    """The words for the figures apps above bring."""
    return {name: label for one in extensions() for name, label in one.figures.items()}
