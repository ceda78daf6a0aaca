"""The statements of a request, recorded in this process, and what they cost by themselves."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

BIG = 50_000  # rows from which a table is read through an index


@dataclass(frozen=True)
class Statement:
    """A statement as it was sent, with its parameters."""

    sql: str
    params: Any

    def run(self, cursor) -> None:
        cursor.execute(self.sql, self.params)
        if cursor.description:
            cursor.fetchall()


@contextmanager
def recorded() -> Iterator[list[Statement]]:
    """Note every statement of this thread's connection."""
    statements: list[Statement] = []

    def note(execute, sql, params, many, context):
        statements.append(Statement(sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements


def record_each(requests: Sequence[Callable[[], object]]) -> list[list[Statement]]:
    """The statements of each request; what they wrote is undone."""
    found = []
    for request in requests:
        with transaction.atomic(), recorded() as statements:
            request()
            transaction.set_rollback(True)
        found.append([one for one in statements if not one.sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))])
    return found


def replay(requests: Sequence[Sequence[Statement]]) -> list[float]:
    """Seconds the statements of each request take by themselves, on one connection that is open already."""
    seconds = []
    with connection.cursor() as wrapped:
        cursor = wrapped.cursor
        for statements in (*requests[:20], *requests):
            begun = time.perf_counter()
            for statement in statements:
                statement.run(cursor)
            seconds.append(time.perf_counter() - begun)
    return seconds[min(20, len(requests)) :]


def refuse_scans(statements: Sequence[Statement]) -> None:
    """Stop the benchmark when a plan reads a big table, or a big partition, from end to end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND reltuples > %s",
            [BIG],
        )
        big = {row[0] for row in cursor.fetchall()}
        for statement in statements:
            if not statement.sql.lstrip(" (\n").upper().startswith(("SELECT", "WITH", "INSERT", "UPDATE")):
                continue
            cursor.execute("EXPLAIN (FORMAT JSON) " + statement.sql, statement.params)
            plan = cursor.fetchone()[0]
            plan = json.loads(plan) if isinstance(plan, str) else plan
            for table in _scanned(plan[0]["Plan"]):
                if table in big:
                    raise RuntimeError(f"A sequential scan of {table}:\n{statement.sql}\n{statement.params}")


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] in ("Seq Scan", "Parallel Seq Scan"):
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _scanned(child)
