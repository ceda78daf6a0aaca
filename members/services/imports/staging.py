"""Staging a file of members: every row read, understood and kept, before anything is judged or written."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from django.db import connection, transaction

from kit.copy import LineStream, copy_stream
from kit.tables import FileRefused, open_table
from members.models import MemberImport
from members.services.imports.standardising import STAGED, RowReader

REPORT_EVERY = 20_000
SAMPLES = 50
MOST_UNKNOWN = 20
MOST_COLUMNS = 200
_LONG_NUMBER = re.compile(r"(\d{3})\d{3,}([\dXx]{2})")


def checksum(path: Path) -> str:
    """What tells that two files are the same."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def unique_header(header: Sequence[str]) -> list[str]:
    """The headings, a repeated one numbered, an empty one by its place."""
    if len(header) > MOST_COLUMNS:
        raise FileRefused(f"{len(header)} > {MOST_COLUMNS}")
    seen: dict[str, int] = {}
    names = []
    for place, name in enumerate(header, 1):
        name = name.strip().replace("\x00", "")[:100] or f"#{place}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def peek(path: Path) -> tuple[list[str], list[list[str]]]:
    """The header of a file and its first rows."""
    samples: list[list[str]] = []
    with open_table(path) as (header, rows):
        for cells in rows:
            if any(text.strip() for text in cells):
                samples.append([text[:60] for text in cells])
            if len(samples) == SAMPLES:
                break
        return unique_header(header), samples


def examples(header: Sequence[str], samples: Sequence[Sequence[str]]) -> list[list[str]]:
    """Three values of each column to know it by; long numbers show their ends only."""
    shown = []
    for place in range(len(header)):
        values = dict.fromkeys(row[place].strip() for row in samples if place < len(row) and row[place].strip())
        shown.append([_LONG_NUMBER.sub(r"\1****\2", value) for value in list(values)[:3]])
    return shown


@transaction.atomic
def stage_file(batch: MemberImport, report: Callable[[int], None] = lambda rows: None) -> None:
    """Read the file whole into the staging table. A second call reads it again; what cannot be read leaves nothing."""
    drop_staged(batch)
    with open_table(Path(batch.file.path)) as (header, rows):
        reader = RowReader(batch.spec, unique_header(header))
        copy_stream("members_stagedmember", STAGED, LineStream(_lines(batch.pk, reader, rows, report)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM members_stagedmember WHERE batch_id = %s", [batch.pk])
        batch.rows = cursor.fetchone()[0]
        cursor.execute("ANALYZE members_stagedmember")
    batch.unknown_values = {name: dict(words.most_common(MOST_UNKNOWN)) for name, words in reader.unknown.items()}
    batch.save(update_fields=["rows", "unknown_values"])


def is_staged(batch: MemberImport) -> bool:
    """Whether the rows are still there: the table is unlogged, so a crash of Postgres empties it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM members_stagedmember WHERE batch_id = %s", [batch.pk])
        return cursor.fetchone()[0] == batch.rows


def drop_staged(batch: MemberImport) -> None:
    """Forget the staged rows."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM members_stagedmember WHERE batch_id = %s", [batch.pk])


def _lines(batch_id: int, reader: RowReader, rows: Iterator[list[str]], report: Callable[[int], None]) -> Iterator[str]:
    for row_no, cells in enumerate(rows, start=2):
        if any(cells) and any(text.strip() for text in cells):
            yield reader.line(batch_id, row_no, cells)
        if row_no % REPORT_EVERY == 0:
            report(row_no)
