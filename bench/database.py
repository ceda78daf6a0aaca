"""Databases of the benchmarks, one per size, kept between runs, on a durable cluster of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from crm_site import embedded


@contextmanager
def database(name: str, fill: Callable[[], None] | None = None) -> Iterator[str]:
    """Work in the database `bench_<name>`: made, migrated and filled the first time. Yields its URL."""
    full_name = f"bench_{name}"
    before = settings.DATABASES["default"]["NAME"]
    url = embedded.ensure_postgres(settings.DATA_DIR, database=full_name)
    _point_at(full_name)
    try:
        call_command("migrate", interactive=False, verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS bench_filled (at timestamptz DEFAULT now())")
            cursor.execute("SELECT count(*) FROM bench_filled")
            filled = cursor.fetchone()[0]
        if fill is not None and not filled:
            fill()
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO bench_filled DEFAULT VALUES")
                cursor.execute("VACUUM ANALYZE")
        yield url
    finally:
        _point_at(before)


@contextmanager
def copied(source: str, name: str) -> Iterator[str]:
    """Work in a copy of a database of the benchmarks, made anew as files. Yields its URL."""
    connections.close_all()
    drop(name)
    _on_server(f'CREATE DATABASE "bench_{name}" TEMPLATE "bench_{source}" STRATEGY file_copy', settings.DATA_DIR)
    try:
        with database(name) as url:
            yield url
    finally:
        drop(name)


def _point_at(name: str) -> None:
    connections.close_all()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def drop(name: str) -> None:
    """Throw a database of the benchmarks away."""
    _on_server(f'DROP DATABASE IF EXISTS "bench_{name}" WITH (FORCE)', settings.DATA_DIR)
    (settings.DATA_DIR / "pg" / f".database-bench_{name}").unlink(missing_ok=True)


def _on_server(statement: str, data_dir: Path) -> None:
    server = psycopg2.connect(embedded.postgres_url(data_dir, database="postgres"))
    try:
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(statement)
    finally:
        server.close()
