"""Plan against actual, kind by kind, with the deeds behind each figure."""

from dataclasses import dataclass, field
from decimal import Decimal

from campaigns.models import BudgetLine, Campaign, CampaignShare
from campaigns.selectors import own_costs  # noqa: F401 - registers what campaigns know themselves
from campaigns.selectors.costs import Deed, deeds_of
from kit.money import ZERO, share


@dataclass(frozen=True)
class Line:
    """One kind of cost in yuan: planned, approved (None before approval), and what it did cost by its deeds."""

    kind: str
    label: str
    planned: Decimal
    actual: Decimal
    approved: Decimal | None = None
    deeds: list[Deed] = field(default_factory=list)
    parts: list[BudgetLine] = field(default_factory=list)
    # What the campaign it was copied from cost of this kind.
    before: Decimal | None = None

    @property
    def is_over(self) -> bool:
        """Whether it cost more than was approved (or, before, than was planned)."""
        return self.actual > (self.planned if self.approved is None else self.approved)


@dataclass(frozen=True)
class Totals:
    """All kinds together."""

    planned: Decimal
    actual: Decimal
    approved: Decimal | None


@dataclass(frozen=True)
class Paid:
    """What one payer bears of the actual cost."""

    label: str
    percent: Decimal
    amount: Decimal


def actual_costs(campaign: Campaign) -> list[Line]:
    """Every kind that is planned or has cost something, in the order of `BudgetLine.Kind`. In at most eight statements,
    whatever the number of gifts, coupons and entries."""
    parts: dict[str, list[BudgetLine]] = {}
    for row in campaign.budget.all():
        parts.setdefault(row.kind, []).append(row)
    deeds = deeds_of(campaign)
    lines = []
    for kind in BudgetLine.Kind:
        rows, done = parts.get(kind, []), deeds.get(kind, [])
        if not rows and not done:
            continue
        approved = [row.approved for row in rows if row.approved is not None]
        lines.append(
            Line(
                kind=kind.value,
                label=str(kind.label),
                planned=sum((row.planned for row in rows), ZERO),
                actual=sum((deed.amount for deed in done), ZERO),
                approved=sum(approved, ZERO) if approved else None,
                deeds=done,
                parts=rows,
            )
        )
    return lines


def totals_of(lines: list[Line]) -> Totals:
    """The sums of the lines."""
    approved = [line.approved for line in lines if line.approved is not None]
    return Totals(
        sum((line.planned for line in lines), ZERO),
        sum((line.actual for line in lines), ZERO),
        sum(approved, ZERO) if approved else None,
    )


def paid_by(shares: list[CampaignShare], amount: Decimal) -> list[Paid]:
    """The amount by payer; what rounding leaves goes to the last."""
    found: list[Paid] = []
    rest = amount
    for number, one in enumerate(shares, 1):
        part = rest if number == len(shares) else share(amount, one.percent, Decimal(100))
        rest -= part
        found.append(Paid(one.payer, one.percent, part))
    return found
