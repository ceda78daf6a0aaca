"""Small tables that hardly change, remembered for some seconds per process.

    fields = Remembered(lambda: list(FieldDefinition.objects.filter(is_active=True)))
    fields.get()

Whoever changes a row calls `forget()`; other processes follow within `SECONDS`.
"""

import time
from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """One value that is loaded when it is asked for and older than `SECONDS`."""

    SECONDS: ClassVar[float] = 5.0
    _all: ClassVar[list["Remembered"]] = []

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._kept: tuple[float, T] | None = None
        self._all.append(self)

    def get(self) -> T:
        """The value, at most `SECONDS` old."""
        now = time.monotonic()
        if self._kept is None or now - self._kept[0] > self.SECONDS:
            self._kept = (now, self._load())
        return self._kept[1]

    def forget(self) -> None:
        """Load again at the next `get()`."""
        self._kept = None

    @classmethod
    def forget_all(cls) -> None:
        """Every value of this process is loaded again; each test begins so."""
        for one in cls._all:
            one.forget()
