"""What a booking is made of: transactions with their legs, lots, debts and allocations, before they are written."""

from dataclasses import dataclass, field
from datetime import datetime

from loyalty.models import Account, LotAllocation, PointsEntry, PointsTxn

Kind = PointsTxn.Kind
Bucket = PointsEntry.Bucket
Use = LotAllocation.Kind

AVAILABLE, PENDING, HELD, DEBT = (
    Bucket.AVAILABLE.value,
    Bucket.PENDING.value,
    Bucket.HELD.value,
    Bucket.DEBT.value,
)
HOUSE = {
    Kind.EARN: Bucket.ISSUED.value,
    Kind.OPEN: Bucket.ISSUED.value,
    Kind.REDEEM: Bucket.REDEEMED.value,
    Kind.CAPTURE: Bucket.REDEEMED.value,
    Kind.RESTORE: Bucket.REDEEMED.value,
    Kind.EXPIRE: Bucket.EXPIRED.value,
    Kind.REINSTATE: Bucket.EXPIRED.value,
    Kind.CLAWBACK: Bucket.CLAWED_BACK.value,
    Kind.ADJUST: Bucket.ADJUSTED.value,
    Kind.MERGE: Bucket.ADJUSTED.value,
    Kind.POOL: Bucket.POOLED.value,
}


@dataclass(slots=True, eq=False)
class Txn:
    """A transaction being booked, and its legs summed by bucket and funding brand."""

    account: Account
    kind: str
    source: str
    document: str
    event: str
    line: int
    business_at: datetime
    programme_id: int | None
    tier_rank: int
    store_id: int | None
    receipt_id: int | None
    reason: str
    reverses_id: int | None
    legs: dict[tuple[str, int | None], int] = field(default_factory=dict)
    id: int = 0


@dataclass(slots=True)
class Grant:
    """Points to grant, by a receipt line or without one, and the brand that pays for them."""

    points: int
    receipt_id: int | None = None
    line_no: int | None = None
    brand_id: int | None = None


@dataclass(slots=True, eq=False)
class Lot:
    """A lot of points being granted or used."""

    account: Account
    txn: Txn | None
    granted: int
    remaining: int
    active_from: datetime
    expires_at: datetime | None
    earmarked: int = 0
    is_pending: bool = False
    receipt_id: int | None = None
    line_no: int | None = None
    brand_id: int | None = None
    id: int = 0

    @property
    def free(self) -> int:
        return self.remaining - self.earmarked


@dataclass(slots=True, eq=False)
class Debt:
    """A debt being made or paid."""

    account: Account
    txn: Txn | None
    original: int
    outstanding: int
    line: tuple[int, int] | None = None
    id: int = 0


@dataclass(slots=True, eq=False)
class Allocation:
    """A use of a lot being booked."""

    txn: Txn
    lot: Lot
    kind: str
    amount: int
    debt: Debt | None = None
    line: tuple[int, int] | None = None
    reverses_id: int | None = None
