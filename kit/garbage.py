"""Big set-wise work makes millions of small objects that live until its end; looking for garbage among them is waste."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_garbage_search() -> Iterator[None]:
    """Do not look for garbage meanwhile. Only cycles wait; everything else is freed at once as always."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
