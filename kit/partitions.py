"""Monthly partitions of the big tables, made when the first row of a month arrives."""

from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction

_known: set[tuple[str, int, int]] = set()


def ensure_months(tables: Iterable[str], days: Iterable[date]) -> None:
    """Make the partitions of ``tables`` for the months of ``days``; does nothing where they are.

    Attaching a ready-made table locks the parent far less than creating a partition in place.
    """
    months = {(day.year, day.month) for day in days}
    missing = [
        (table, year, month) for table in tables for year, month in sorted(months) if (table, year, month) not in _known
    ]
    if not missing:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, to_regclass(name) IS NOT NULL FROM unnest(%s) AS name",
            [[_partition(*key) for key in missing]],
        )
        present = dict(cursor.fetchall())
        absent = [key for key in missing if not present[_partition(*key)]]
        if absent:
            with transaction.atomic():
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('kit.partitions'))")
                for key in absent:
                    _create(cursor, *key)
    transaction.on_commit(lambda: _known.update(missing))


def forget() -> None:
    """Forget what this process knows about partitions (after a database was replaced)."""
    _known.clear()


def _partition(table: str, year: int, month: int) -> str:
    return f"{table}_{year:04d}{month:02d}"


def _create(cursor, table: str, year: int, month: int) -> None:
    name = _partition(table, year, month)
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
    if cursor.fetchone()[0]:
        return
    first = date(year, month, 1)
    after = date(year + month // 12, month % 12 + 1, 1)
    cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    cursor.execute(
        f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)",
        [first, after],
    )
