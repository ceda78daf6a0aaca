"""Statements planned once per connection: for those whose planning costs more than their work."""

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def execute_prepared(name: str, *, types: str, sql: str, params: Sequence[Any]) -> None:
    """Execute a statement with ``$1, $2 …`` in its text, prepared under ``name`` when this connection first meets it.

    The plan is a generic one: partitions are pruned when it runs, not when it is made.
    """
    with connection.cursor() as cursor:
        known = _prepared.setdefault(connection.connection, set())
        if name not in known:
            cursor.execute("SET plan_cache_mode = force_generic_plan")
            cursor.execute(f"PREPARE {name} ({types}) AS {sql}")
            known.add(name)
        cursor.execute(f"EXECUTE {name} ({', '.join(['%s'] * len(params))})", params)
