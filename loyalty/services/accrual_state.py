"""The state of one accrual: what has been read and what each receipt has done so far."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from loyalty.models import Account
from loyalty.services.book import Book, Lot
from loyalty.services.rules import RuleBook
from loyalty.services.tiers import Standing


@dataclass(slots=True)
class Outcome:
    """What one receipt did to its member's points and star."""

    earned: int = 0
    taken_back: int = 0
    forgiven: int = 0
    owed: int = 0
    restored: int = 0
    tier_before: int = 0
    tier_after: int = 0


@dataclass(slots=True, eq=False)
class EarnedLine:
    """A receipt line as the ledger knows it: what it earned, at which rate, and what of it is left."""

    sold_on: date
    receipt_id: int
    line_no: int
    account_id: int
    programme_id: int
    lot: Lot | None
    base_amount: Decimal
    rate: Decimal
    cap: int | None
    earned: int
    now: int
    forgiven: int
    why: str
    is_new: bool

    @property
    def key(self) -> tuple[int, int]:
        return self.receipt_id, self.line_no


@dataclass(slots=True)
class Accrual:
    """A posting being accrued: locked accounts by member, standings by account, outcomes by receipt.

    ``lines`` are the earned lines that returns of this posting give back; accounts in ``stale`` have a past that
    this posting changes, so their stars are replayed at the end.
    """

    rules: RuleBook
    book: Book
    accounts: dict[int, Account]
    standings: dict[int, Standing] = field(default_factory=dict)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    stale: set[int] = field(default_factory=set)
    given_back: set[tuple[int, int]] = field(default_factory=set)
    lines: dict[tuple[int, int], EarnedLine] = field(default_factory=dict)
    reinstated: list[Lot] = field(default_factory=list)

    def note_progress(
        self,
        account: Account,
        *,
        on: date,
        known_at: datetime,
        is_sale: bool,
        spend: Decimal,
        points: int,
        visits: int,
        receipt_id: int | None,
    ) -> None:
        """Book an amount that counts towards a star, and tell the standing."""
        self.book.progress.append((account.pk, on, known_at, is_sale, spend, points, visits, receipt_id))
        standing = self.standings.get(account.pk)
        if standing is not None:
            basis = self.rules.schemes[-1].basis
            standing.add(on, {"spend": spend, "points": Decimal(points), "visits": Decimal(visits)}[basis])
