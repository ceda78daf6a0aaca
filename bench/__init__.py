"""Benchmarks: `bin/bench NAME…`. A module of this package registers its benchmarks with `@bench(name, help)`.

@bench("pos-lookup", "A member looked up over HTTP by one client")
def pos_lookup(run: Run) -> None:
    with prepared_database(members=run.members, receipts=run.receipts), serve() as site:
        seconds = [...]
        run.spread(seconds, limit=...)          # pos-lookup.p50 .p95 .max, in milliseconds
        run.figure("rate", len(seconds) / sum(seconds), "1/s", n=len(seconds))
"""

from bench.figures import Figure, Run
from bench.registry import bench, benches

__all__ = ["Figure", "Run", "bench", "benches"]
