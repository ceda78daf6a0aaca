"""Staging a file of receipts: every line read, checked and kept, before the first receipt is posted."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from kit.copy import LineStream, copy_stream, copy_text
from kit.tables import open_table
from sales.models import ImportBatch
from sales.services.profiles import LineReader, store_of
from staff.audit import record
from staff.models import ImportProfile, Job, User

COLUMNS = (
    "batch_id", "row_no", "document", "kind", "sold_at", "product_code", "product_name", "member_no",
    "counter_code", "quantity", "unit_price", "discount_amount", "is_service", "error", "raw",
)  # fmt: skip
NULL = "\\N"
REPORT_EVERY = 20_000


@transaction.atomic
def stage_file(
    path: Path,
    *,
    profile: ImportProfile,
    file_name: str,
    actor: User | None,
    job: Job | None = None,
    again: ImportBatch | None = None,
    report: Callable[[int], None] = lambda lines: None,
) -> ImportBatch:
    """Read a file whole into the staging table; nothing is staged when any of it cannot be read.

    Each call is another batch, unless ``again`` names one whose staged lines were lost: what was posted before is found
    again when the batch is applied.
    """
    batch = again or ImportBatch.objects.create(
        profile=profile,
        job=job,
        store=store_of(profile.spec),
        file_name=file_name[:255],
        checksum=_checksum(path),
        state=ImportBatch.State.STAGED,
        created_by=actor,
        created_at=timezone.now(),
    )
    drop_staged(batch)
    with open_table(path) as (header, rows):
        reader = LineReader(profile.spec, header)
        copy_stream("sales_stagedline", COLUMNS, LineStream(_lines(batch.pk, reader, rows, report)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE error <> '') FROM sales_stagedline WHERE batch_id = %s",
            [batch.pk],
        )
        batch.lines, batch.rejected = cursor.fetchone()
        cursor.execute("ANALYZE sales_stagedline (batch_id, row_no, document)")
    batch.save(update_fields=["lines", "rejected"])
    record(actor, "sales.import_staged", batch, store=batch.store, lines=batch.lines, rejected=batch.rejected)
    return batch


def is_staged(batch: ImportBatch) -> bool:
    """Whether the lines are still there: the staging table is unlogged, so a crash of Postgres empties it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sales_stagedline WHERE batch_id = %s", [batch.pk])
        return cursor.fetchone()[0] == batch.lines


def drop_staged(batch: ImportBatch) -> None:
    """Forget the staged lines of a batch that needs them no more."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sales_stagedline WHERE batch_id = %s", [batch.pk])


def _lines(
    batch_id: int, reader: LineReader, rows: Iterator[list[str]], report: Callable[[int], None]
) -> Iterator[str]:
    text = copy_text
    for row_no, cells in enumerate(rows, start=2):
        row = reader.read(cells)
        raw = ",".join(cells).rstrip(",") if row.error else ""
        yield (
            f"{batch_id}\t{row_no}\t{text(row.document)}\t{row.kind}\t{row.sold_at or NULL}\t"
            f"{text(row.product_code)}\t{text(row.product_name)}\t{text(row.member_no)}\t{text(row.counter_code)}\t"
            f"{row.quantity or NULL}\t{row.unit_price or NULL}\t"
            f"{row.discount_amount or NULL}\t{'t' if row.is_service else 'f'}\t{text(row.error)}\t{text(raw)}\n"
        )
        if row_no % REPORT_EVERY == 0:
            report(row_no)


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
