"""The limit of everything that writes: COPY of the very same rows into empty copies of their tables."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection

SCHEMA = "bench_limit"


def copy_seconds(selections: Sequence[tuple[str, str]]) -> tuple[float, int]:
    """Seconds that COPY needs for rows that are in the database, and how many rows those are.

    `selections` are a table and the condition of the rows to take ("" for all). Each copy of a table has its
    columns, defaults, checks, indexes and monthly partitions; rows go in by one COPY a table, all in one transaction.
    """
    with connection.cursor() as cursor, tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        rows, files = 0, []
        for number, (table, condition) in enumerate(selections):
            names = _columns(cursor, table)
            path = Path(folder) / f"{number}.copy"
            where = f" WHERE {condition}" if condition else ""
            with path.open("wb") as out:
                cursor.copy_expert(f"COPY (SELECT {names} FROM {table}{where}) TO STDOUT", out, 1 << 17)
            rows += cursor.rowcount
            _make_copy(cursor, table)
            files.append((table, names, path))
        cursor.execute("CHECKPOINT")
        begun = time.perf_counter()
        cursor.execute("BEGIN")
        for table, names, path in files:
            with path.open("rb") as source:
                cursor.copy_expert(f"COPY {SCHEMA}.{table} ({names}) FROM STDIN", source, 1 << 17)
        cursor.execute("COMMIT")
        seconds = time.perf_counter() - begun
        cursor.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
    return seconds, rows


def _columns(cursor, table: str) -> str:
    cursor.execute(
        "SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    )
    return cursor.fetchone()[0]


def _make_copy(cursor, table: str) -> None:
    cursor.execute("SELECT pg_get_partkeydef(%s::regclass)", [table])
    key = cursor.fetchone()[0]
    by = f" PARTITION BY {key}" if key else ""
    cursor.execute(f"CREATE TABLE {SCHEMA}.{table} (LIKE {table} INCLUDING ALL EXCLUDING IDENTITY){by}")
    if not key:
        return
    cursor.execute(
        "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = %s::regclass",
        [table],
    )
    for name, bound in cursor.fetchall():
        cursor.execute(f"CREATE TABLE {SCHEMA}.{name} PARTITION OF {SCHEMA}.{table} {bound}")
