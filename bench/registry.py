"""The benchmarks by name."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from bench.figures import Run

_PARTS = {"registry", "figures", "database", "server", "__main__"}


@dataclass(frozen=True)
class Bench:
    name: str
    help: str
    measure: Callable[[Run], None]


_benches: dict[str, Bench] = {}


def bench(name: str, help: str) -> Callable[[Callable[[Run], None]], Callable[[Run], None]]:
    """Decorator: register a benchmark. It gets a `Run` and leaves its figures there."""

    def decorate(measure: Callable[[Run], None]) -> Callable[[Run], None]:
        _benches[name] = Bench(name, help, measure)
        return measure

    return decorate


def benches() -> dict[str, Bench]:
    """Every benchmark, after importing every module of this package."""
    import bench

    for module in pkgutil.iter_modules(bench.__path__):
        if module.name not in _PARTS:
            importlib.import_module(f"bench.{module.name}")
    return dict(sorted(_benches.items()))
