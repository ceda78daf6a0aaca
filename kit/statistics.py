"""Comparing two groups that chance drew: differences with their intervals, from sums alone.

Everything here works on sums, so that a million rows are added up by the database. Large samples are assumed (the normal
distribution stands for Student's); `Comparison.is_too_small` says when that would be bold.
"""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from statistics import NormalDist

NORMAL = NormalDist()
CONFIDENCE = 0.95
POWER = 0.8
# Below this many units, or this many whose value is not zero, in either group, nothing is said.
FEWEST, FEWEST_ACTIVE = 100, 10


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of one group over its units: outcome `y`, the same measured before as covariate `x`."""

    n: int
    active: int = 0
    """How many units have an outcome other than zero."""
    y: float = 0.0
    yy: float = 0.0
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    @property
    def mean(self) -> float:
        return self.y / self.n if self.n else 0.0

    @property
    def mean_before(self) -> float:
        return self.x / self.n if self.n else 0.0

    def spread(self, theta: float) -> float:
        """The variance of ``y - theta × x`` among the units of the group."""
        if self.n < 2:
            return 0.0
        n = self.n
        of_y = self.yy - self.y * self.y / n
        of_x = self.xx - self.x * self.x / n
        together = self.xy - self.x * self.y / n
        return max((of_y - 2 * theta * together + theta * theta * of_x) / (n - 1), 0.0)


def proportion(n: int, hits: int) -> Sums:
    """A yes or no of each unit."""
    return Sums(n=n, active=hits, y=float(hits), yy=float(hits))


@dataclass(frozen=True)
class Comparison:
    """Treated against control: the difference of the means and what is known about it.

    With a covariate measured before anybody was treated, the difference is adjusted by it (CUPED: Deng, Xu, Kohavi,
    Walker, «Improving the sensitivity of online controlled experiments by utilizing pre-experiment data», 2013):
    ``theta`` is the pooled slope within the groups, which chance keeps unrelated to the treatment.
    """

    treated: Sums
    control: Sums

    @cached_property
    def theta(self) -> float:
        """The slope of the outcome on the covariate within the groups; 0 without a covariate."""
        within, together = 0.0, 0.0
        for group in (self.treated, self.control):
            if group.n:
                within += group.xx - group.x * group.x / group.n
                together += group.xy - group.x * group.y / group.n
        return together / within if within > 0 else 0.0

    @cached_property
    def difference(self) -> float:
        raw = self.treated.mean - self.control.mean
        return raw - self.theta * (self.treated.mean_before - self.control.mean_before)

    @cached_property
    def error(self) -> float:
        """The standard error of the difference (Welch: each group has a variance of its own)."""
        if not self.treated.n or not self.control.n:
            return 0.0
        return sqrt(self.treated.spread(self.theta) / self.treated.n + self.control.spread(self.theta) / self.control.n)

    @property
    def margin(self) -> float:
        """Half the width of the interval that holds the true difference in 95 of 100 cases."""
        return NORMAL.inv_cdf(0.5 + CONFIDENCE / 2) * self.error

    @property
    def low(self) -> float:
        return self.difference - self.margin

    @property
    def high(self) -> float:
        return self.difference + self.margin

    @property
    def is_significant(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.error > 0 and abs(self.difference) > self.margin

    @property
    def p_value(self) -> float:
        """How often chance alone would show a difference at least this large."""
        if self.error == 0:
            return 1.0
        return 2 * (1 - NORMAL.cdf(abs(self.difference) / self.error))

    @property
    def relative(self) -> float | None:
        """The difference as a share of what the control group does."""
        return self.difference / self.control.mean if self.control.mean else None

    @property
    def smallest_visible(self) -> float:
        """The difference that groups of this size and spread show in four of five cases."""
        return (NORMAL.inv_cdf(0.5 + CONFIDENCE / 2) + NORMAL.inv_cdf(POWER)) * self.error

    @property
    def is_too_small(self) -> bool:
        """Whether the groups are too small for any word about them."""
        return min(self.treated.n, self.control.n) < FEWEST or (
            min(self.treated.active, self.control.active) < FEWEST_ACTIVE
        )


def smallest_visible_share(*, treated: int, control: int, rate: float) -> float:
    """The smallest difference of a proportion that two groups of this size show in four of five cases, where the usual
    proportion is ``rate``; 1.0 when a group is empty."""
    if treated < 1 or control < 1:
        return 1.0
    error = sqrt(rate * (1 - rate) * (1 / treated + 1 / control))
    return min((NORMAL.inv_cdf(0.5 + CONFIDENCE / 2) + NORMAL.inv_cdf(POWER)) * error, 1.0)
