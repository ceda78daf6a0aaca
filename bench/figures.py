"""What a benchmark measured."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Figure:
    """One figure: `<bench>.rate` per second, `.p50 .p95 .max` in milliseconds, `.seconds`, `.ratio`, `.rss` in MiB.

    `limit` is what the machine could do at best, measured in the same run and the same unit; `ratio` is value / limit.
    """

    name: str
    value: float
    unit: str
    n: int
    limit: float | None = None
    ratio: float | None = None

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


@dataclass
class Run:
    """One benchmark being run: the sizes that were asked for (None: its own default), and its figures."""

    name: str
    members: int | None = None
    receipts: int | None = None
    figures: list[Figure] = field(default_factory=list)

    def figure(self, kind: str, value: float, unit: str, *, n: int = 1, limit: float | None = None) -> Figure:
        """Note one figure; `kind` is rate, seconds, rss … ("search.phone.p95" style names keep their dots)."""
        name = kind if kind.startswith(f"{self.name}.") else f"{self.name}.{kind}"
        figure = Figure(name, round(value, 3), unit, n, limit and round(limit, 3), value / limit if limit else None)
        self.figures.append(figure)
        return figure

    def spread(self, seconds: Sequence[float], *, label: str = "", limit: Sequence[float] | None = None) -> None:
        """Note median, 95th percentile and maximum; `limit` is the same measured at the limit."""
        prefix = f"{label}." if label else ""
        for kind, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0)):
            best = percentile(limit, share) * 1000 if limit else None
            self.figure(prefix + kind, percentile(seconds, share) * 1000, "ms", n=len(seconds), limit=best)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]
