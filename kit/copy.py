"""Set-wise writing: a few rows as one statement over several tables, many rows by COPY."""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import DatabaseError, connection

ONE_STATEMENT_ROWS = 200
ROWS_A_BLOCK = 4000
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(slots=True)
class Rows:
    """Rows waiting to be inserted into one table."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple] = field(default_factory=list)

    def add(self, *values: Any) -> None:
        self.rows.append(values)


def insert_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows into one table (see ``insert_tables``)."""
    insert_tables(Rows(table, tuple(columns), list(rows)))


def insert_tables(*batches: Rows) -> None:
    """Insert rows into several tables, in this order.

    Up to 200 rows go as a single statement (one data-modifying CTE a table); more go by COPY, one a table.
    """
    filled = [batch for batch in batches if batch.rows]
    if not filled:
        return
    if sum(len(batch.rows) for batch in filled) <= ONE_STATEMENT_ROWS:
        _insert_in_one_statement(filled)
    else:
        for batch in filled:
            copy_rows(batch.table, batch.columns, batch.rows)


def _insert_in_one_statement(batches: list[Rows]) -> None:
    inserts, params = [], []
    for batch in batches:
        row = "(" + ",".join(["%s"] * len(batch.columns)) + ")"
        values = ",".join([row] * len(batch.rows))
        inserts.append(f"INSERT INTO {batch.table} ({_names(batch.columns)}) VALUES {values}")
        for values_of_row in batch.rows:
            params.extend(_adapted(value) for value in values_of_row)
    *ctes, last = inserts
    sql = last
    if ctes:
        named = ", ".join(f"w{number} AS ({insert})" for number, insert in enumerate(ctes))
        sql = f"WITH {named} {last}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def _adapted(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert any number of rows by COPY in text format."""
    copy_stream(table, columns, LineStream(_blocks(iter(rows))))


def _blocks(rows: Iterator[Sequence[Any]]) -> Iterator[str]:
    """Rows as text, some thousands at a time and column by column: a column mostly holds one type, whose values one
    call turns into text."""
    while block := list(islice(rows, ROWS_A_BLOCK)):
        columns = [_column_text(column) for column in zip(*block, strict=True)]
        yield "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"


def _column_text(column: tuple) -> Iterable[str]:
    kinds = set(map(type, column))
    if len(kinds) == 1:
        kind = kinds.pop()
        if kind is str:
            return map(_escaped, column) if _SPECIAL.search("".join(column)) else column
        return map(_TEXT.get(kind, str), column)
    text_of = _TEXT.get
    return [text_of(type(value), str)(value) for value in column]


def copy_stream(table: str, columns: Sequence[str], stream: io.TextIOBase) -> None:
    """COPY from a stream that is already in Postgres's text format.

    What the source of a `LineStream` raises is raised from here, not the driver's account of it.
    """
    # copy_expert is the driver's own: without the wrapper its errors would not be Django's.
    try:
        with connection.cursor() as cursor, connection.wrap_database_errors:
            cursor.copy_expert(f"COPY {table} ({_names(columns)}) FROM STDIN", stream, 1 << 17)
    except DatabaseError:
        if isinstance(stream, LineStream) and stream.error:
            raise stream.error from None
        raise


class LineStream(io.TextIOBase):
    """An iterator of text lines as a file that COPY can read, so that nothing is held whole in memory."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.error: Exception | None = None

    def read(self, size: int | None = -1) -> str:
        parts, length = [], 0
        try:
            for line in self._lines:
                parts.append(line)
                length += len(line)
                if size is not None and 0 <= size <= length:
                    break
        except Exception as error:
            self.error = error
            raise
        return "".join(parts)


def copy_text(value: Any) -> str:
    """One value in COPY's text format."""
    return _TEXT.get(type(value), str)(value)


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


_TEXT: dict[type, Callable[[Any], str]] = {
    str: _escaped,
    type(None): lambda _nothing: "\\N",
    bool: lambda value: "t" if value else "f",
    list: lambda items: "{" + ",".join(map(copy_text, items)) + "}",
    dict: lambda value: _escaped(json.dumps(value, ensure_ascii=False)),
}


def take_ids(**counts: int) -> dict[str, list[int]]:
    """Draw ids from the sequences of several tables in one statement, ascending per table.

    ``take_ids(sales_receipt=3)`` returns ``{"sales_receipt": [7, 8, 9]}``.
    """
    wanted = {table: count for table, count in counts.items() if count}
    taken: dict[str, list[int]] = {table: [] for table in counts}
    if not wanted:
        return taken
    sql = " UNION ALL ".join(
        f"SELECT '{table}', nextval('{table}_id_seq') FROM generate_series(1, %s)" for table in wanted
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, list(wanted.values()))
        for table, number in cursor.fetchall():
            taken[table].append(number)
    return taken


def _names(columns: Sequence[str]) -> str:
    return ",".join(f'"{column}"' for column in columns)
