"""What tests of every app share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext


@contextmanager
def counted_queries() -> Iterator[CaptureQueriesContext]:
    """`with counted_queries() as queries: …; assert len(queries) <= 15`."""
    with CaptureQueriesContext(connection) as queries:
        yield queries


def assert_same_queries(call: Callable[[], object], add_rows: Callable[[], object]) -> int:
    """`call` must run as many queries after `add_rows` as before (each after a call that warms caches)."""
    call()
    with counted_queries() as before:
        call()
    add_rows()
    call()
    with counted_queries() as after:
        call()
    few, many = [q["sql"] for q in before], [q["sql"] for q in after]
    assert len(few) == len(many), f"{len(few)} queries for few rows, {len(many)} for many:\n" + "\n".join(many)
    return len(many)
