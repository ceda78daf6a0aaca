"""A result sheet as it is read: figures by assignment, their intervals, what they cost and what is left."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import ResultSheet, Send, SendRecipient
from campaigns.selectors.budgets import actual_costs
from campaigns.selectors.sends import cost_of
from kit.money import ZERO, to_fen
from kit.statistics import Comparison, Sums, smallest_visible_share
from loyalty.models import Coupon
from stores.models import Category

Arm = SendRecipient.Arm
HOLDOUT = str(Arm.HOLDOUT.value)
METRICS: dict[str, tuple[str | Promise, str]] = {
    "buyers": (_("Buyers"), "share"),
    "visits": (_("Days with a purchase, per member"), "number"),
    "spend": (_("Net spend per member"), "yuan"),
    "kept": (_("Margin per member"), "yuan"),
    "later": (_("Net spend per member, follow-up"), "yuan"),
}
VERDICTS = {
    "more": (pgettext_lazy("result", "More"), "ok"),
    "less": (pgettext_lazy("result", "Less"), "warn"),
    "none": (pgettext_lazy("result", "No difference found"), ""),
    "too_small": (pgettext_lazy("result", "Too small to tell"), "gold"),
}
# A difference under half of what the holdout does must be visible before its absence means anything.
TELLING = 0.5
MOST_GOODS = 10


def exact(value: float, places: int = 2) -> Decimal:
    """A measured mean as a decimal for showing; the measurement itself is an estimate."""
    return Decimal(repr(round(value, places)))


@dataclass(frozen=True)
class Figure:
    """One metric of one comparison."""

    key: str
    label: str | Promise
    unit: str
    comparison: Comparison

    @property
    def verdict(self) -> str:
        """more, less, none, or too_small to tell."""
        one = self.comparison
        if one.is_too_small:
            return "too_small"
        if one.is_significant:
            return "more" if one.difference > 0 else "less"
        return "none" if one.smallest_visible <= TELLING * abs(one.control.mean) else "too_small"

    @property
    def verdict_label(self) -> str | Promise:
        return VERDICTS[self.verdict][0]

    @property
    def verdict_look(self) -> str:
        return VERDICTS[self.verdict][1]

    def _shown(self, value: float) -> str:
        if self.unit == "share":
            return f"{100 * value:,.2f} %"
        if self.unit == "yuan":
            sign = "-" if round(value, 2) < 0 else ""
            return f"{sign}¥{abs(value):,.2f}"
        return f"{value:,.3f}"

    @property
    def treated(self) -> str:
        return self._shown(self.comparison.treated.mean)

    @property
    def control(self) -> str:
        return self._shown(self.comparison.control.mean)

    @property
    def difference(self) -> str:
        return ("+" if self.comparison.difference > 0 else "") + self._shown(self.comparison.difference)

    @property
    def interval(self) -> str:
        """From … to …: it holds the true difference in 95 of 100 cases."""
        return f"{self._shown(self.comparison.low)} … {self._shown(self.comparison.high)}"

    @property
    def relative(self) -> Decimal | None:
        """The difference as a share of the holdout."""
        return None if self.comparison.relative is None else exact(self.comparison.relative, 4)


@dataclass(frozen=True)
class ArmRow:
    """One arm: how many were assigned, what they did."""

    key: str
    label: str
    n: int
    figures: list[str]


@dataclass(frozen=True)
class Cost:
    label: str
    amount: Decimal


@dataclass(frozen=True)
class Good:
    """A category: net sales per thousand members, treated and holdout."""

    category: Category
    treated: Decimal
    holdout: Decimal

    @property
    def difference(self) -> Decimal:
        return self.treated - self.holdout


@dataclass(frozen=True)
class Money:
    """What is left: extra margin of all who were treated, less every cost; with the ends of the interval."""

    extra: Decimal
    extra_low: Decimal
    extra_high: Decimal
    costs: list[Cost]

    @property
    def total_cost(self) -> Decimal:
        return sum((cost.amount for cost in self.costs), ZERO)

    @property
    def profit(self) -> Decimal:
        return self.extra - self.total_cost

    @property
    def profit_low(self) -> Decimal:
        return self.extra_low - self.total_cost

    @property
    def profit_high(self) -> Decimal:
        return self.extra_high - self.total_cost

    @property
    def roi(self) -> Decimal | None:
        """Profit per yuan spent."""
        return self.profit / self.total_cost if self.total_cost else None


@dataclass(frozen=True)
class Sheet:
    """A result sheet, read."""

    sheet: ResultSheet
    has_holdout: bool
    treated_n: int
    holdout_n: int
    figures: list[Figure]
    arms: list[ArmRow]
    variants: list[tuple[str, Figure]]
    money: Money | None
    yuan_per_visit: Decimal | None
    extra_visits: Decimal | None
    goods: list[Good]

    @property
    def main(self) -> Figure | None:
        """The figure the verdict of the page rests on: margin per member."""
        return next((figure for figure in self.figures if figure.key == "kept"), None)


def sums_of(arm: dict[str, object], metric: str) -> Sums:
    """The stored sums of one metric of one arm."""
    return Sums(arm["n"], *arm[metric])


def added(groups: Iterable[Sums]) -> Sums:
    """Several arms as one group."""
    rows = [(one.n, one.active, one.y, one.yy, one.x, one.xx, one.xy) for one in groups]
    return Sums(*(sum(column) for column in zip(*rows, strict=True))) if rows else Sums(n=0)


def read_sheet(sheet: ResultSheet, costs: list[Cost] | None = None) -> Sheet:
    """Everything the page of a sheet shows, from its stored sums. A handful of statements. Given `costs` stand in place
    of those of the whole."""
    arms = {key: arm for key, arm in sorted(sheet.arms.items()) if arm["n"]}
    treated = {key: arm for key, arm in arms.items() if key != HOLDOUT}
    holdout = arms.get(HOLDOUT)
    figures = []
    if holdout and treated:
        for metric, (label, unit) in METRICS.items():
            together = added(sums_of(arm, metric) for arm in treated.values())
            figures.append(Figure(metric, label, unit, Comparison(together, sums_of(holdout, metric))))
    money = _money(sheet, figures, costs)
    visits = next((one for one in figures if one.key == "visits"), None)
    extra_visits = exact(visits.comparison.difference * visits.comparison.treated.n, 0) if visits else None
    per_visit = None
    if money and money.total_cost and extra_visits and extra_visits > 0:
        per_visit = to_fen(money.total_cost / extra_visits)
    return Sheet(
        sheet=sheet,
        has_holdout=bool(figures),
        treated_n=sum(arm["n"] for arm in treated.values()),
        holdout_n=holdout["n"] if holdout else 0,
        figures=figures,
        arms=[_arm_row(key, arm) for key, arm in arms.items()],
        variants=_variants(treated),
        money=money,
        yuan_per_visit=per_visit,
        extra_visits=extra_visits,
        goods=_goods(sheet, sum(arm["n"] for arm in treated.values()), holdout["n"] if holdout else 0),
    )


def _arm_row(key: str, arm: dict[str, object]) -> ArmRow:
    shown = [
        Figure(metric, label, unit, Comparison(sums_of(arm, metric), Sums(n=0))).treated
        for metric, (label, unit) in METRICS.items()
    ]
    return ArmRow(key, str(Arm(int(key)).label), arm["n"], shown)


def _variants(treated: dict[str, dict[str, object]]) -> list[tuple[str, Figure]]:
    """Each further wording against the first: a winner only where the difference is significant."""
    keys = list(treated)
    return [
        (f"{Arm(int(other)).label} − {Arm(int(keys[0])).label}",
         Figure(metric, label, unit, Comparison(sums_of(treated[other], metric), sums_of(treated[keys[0]], metric))))
        for other in keys[1:]
        for metric, (label, unit) in METRICS.items()
        if metric in ("buyers", "kept")
    ]  # fmt: skip


def _money(sheet: ResultSheet, figures: list[Figure], costs: list[Cost] | None) -> Money | None:
    kept = next((one for one in figures if one.key == "kept"), None)
    if kept is None:
        return None
    n = kept.comparison.treated.n
    return Money(
        exact(kept.comparison.difference * n),
        exact(kept.comparison.low * n),
        exact(kept.comparison.high * n),
        costs_of(sheet) if costs is None else costs,
    )


def costs_of(sheet: ResultSheet) -> list[Cost]:
    """Every cost there is: of a campaign all lines of its budget that cost something, of a send its messages."""
    if sheet.campaign_id:
        return [Cost(line.label, line.actual) for line in actual_costs(sheet.campaign) if line.actual]
    if sheet.journey_id:
        return _costs_of_journey(sheet.journey_id)
    return [Cost(str(_("Messages")), cost_of(sheet.send))]


def _costs_of_journey(journey_id: int) -> list[Cost]:
    """Messages and calls of its sends, and what its coupons took off."""
    sends = Send.objects.filter(source_key__startswith=f"journey:{journey_id}:").aggregate(amount=Sum("spent"))
    coupons = Coupon.objects.filter(source=f"journey:{journey_id}", state=Coupon.State.REDEEMED)
    given = coupons.aggregate(amount=Sum("amount"))["amount"] or ZERO
    found = [Cost(str(_("Messages")), to_fen(sends["amount"] or ZERO)), Cost(str(_("Coupons")), given)]
    return [cost for cost in found if cost.amount]


def _goods(sheet: ResultSheet, treated_n: int, holdout_n: int) -> list[Good]:
    if not treated_n or not holdout_n:
        return []
    names = Category.objects.in_bulk([row["category"] for row in sheet.goods])
    rows = [
        Good(
            names[row["category"]],
            to_fen(Decimal(row["treated"][0]) * 1000 / treated_n),
            to_fen(Decimal(row["holdout"][0]) * 1000 / holdout_n),
        )
        for row in sheet.goods
        if row["category"] in names
    ]
    return sorted(rows, key=lambda good: -abs(good.difference))[:MOST_GOODS]


def visible_beforehand(send: Send, *, rate: Decimal) -> Decimal | None:
    """The smallest difference in buyers a planned send could show, as a share: before anything is sent. None without a
    holdout. `rate`: how many of the segment buy in a window anyway."""
    size = send.segment.size if send.segment else 0
    held = size * send.holdout_share // 10_000
    if not held:
        return None
    usual = min(max(rate, Decimal("0.001")), Decimal("0.999"))
    return exact(smallest_visible_share(treated=size - held, control=held, rate=float(usual)), 4)


def chart_of_effects(sheet: Sheet) -> dict[str, object] | None:
    """For the chart `effects`: each metric's difference and interval in percent of the holdout; None where the holdout
    has nothing to be a percentage of."""
    shown = [one for one in sheet.figures if one.comparison.control.mean]
    if not shown:
        return None
    return {
        "labels": [str(one.label) for one in shown],
        "points": [
            [f"{100 * value / one.comparison.control.mean:.2f}" for value in (one.comparison.low, one.comparison.difference, one.comparison.high)]
            for one in shown
        ],
        "words": [f"{one.difference} ({one.interval})" for one in shown],
    }  # fmt: skip
