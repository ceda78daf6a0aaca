"""Running several things at the same moment, each in a thread and a connection of its own."""

import threading
from collections.abc import Callable

from django.db import connection, connections


def at_the_same_time(*works: Callable[[], object]) -> list[BaseException | None]:
    """Run all works, released together; returns what each raised."""
    barrier = threading.Barrier(len(works))
    raised: list[BaseException | None] = [None] * len(works)

    def run(number: int, work: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            work()
        except BaseException as error:
            raised[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return raised
