"""What tills send and get. Amounts are yuan with two places, quantities up to three, times ISO 8601 with offset.

Plain pydantic models: the wrapper of ninja's own asks Python for every field, a fifth of the time of a batch.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator

PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=PRINTABLE)]
Document = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=PRINTABLE)]
Key = Annotated[str, StringConstraints(min_length=8, max_length=120, pattern=r"^[!-~]+$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=11, decimal_places=2)]
Price = Annotated[Decimal, Field(ge=0, max_digits=11, decimal_places=4)]
Quantity = Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=3)]
Points = Annotated[int, Field(gt=0, le=1_000_000_000)]
LineNo = Annotated[int, Field(ge=1, le=100_000)]


class Problem(BaseModel):
    """Why something was refused: a word for programs and a sentence for people."""

    code: str
    message: str


class MemberRef(BaseModel):
    """Who it is: exactly one of card, phone and member number."""

    card: Annotated[str, StringConstraints(max_length=32, pattern=r"^[0-9A-Za-z ]*$")] = ""
    phone: Annotated[str, StringConstraints(max_length=30, pattern=r"^[0-9+() -]*$")] = ""
    number: Annotated[str, StringConstraints(max_length=20, pattern=r"^[0-9A-Za-z-]*$")] = ""

    @model_validator(mode="after")
    def _exactly_one(self) -> "MemberRef":
        if sum(1 for value in (self.card, self.phone, self.number) if value.strip()) != 1:
            raise ValueError("give exactly one of card, phone and number")
        return self


class LineIn(BaseModel):
    product: Code
    name: Text = ""
    counter: Annotated[str, StringConstraints(max_length=30, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    quantity: Quantity
    unit_price: Price
    discount: Amount = Decimal("0")


class PaymentIn(BaseModel):
    tender: Literal["cash", "card", "wechat", "alipay", "points", "coupon", "gift_card", "other"]
    amount: Amount
    reference: Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class SaleIn(BaseModel):
    document: Document
    sold_at: AwareDatetime
    member: MemberRef | None = None
    till: Annotated[str, StringConstraints(max_length=32, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    cashier: Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=500)]
    payments: Annotated[list[PaymentIn], Field(max_length=20)] = []


class ReturnLineIn(BaseModel):
    line: LineNo
    quantity: Quantity


class ReturnIn(BaseModel):
    document: Document
    original: Document
    sold_at: AwareDatetime
    till: Annotated[str, StringConstraints(max_length=32, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    cashier: Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    tender: Literal["cash", "card", "wechat", "alipay", "gift_card", "other"] = "cash"
    lines: Annotated[list[ReturnLineIn], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _each_line_once(self) -> "ReturnIn":
        if len({line.line for line in self.lines}) != len(self.lines):
            raise ValueError("name each line of the original once")
        return self


class ExchangeIn(BaseModel):
    """Goods back and other goods along in one posting; the two documents differ."""

    returned: ReturnIn
    sold: SaleIn

    @model_validator(mode="after")
    def _two_documents(self) -> "ExchangeIn":
        if self.returned.document == self.sold.document:
            raise ValueError("the return and the sale need two document numbers")
        return self


class BatchIn(BaseModel):
    receipts: Annotated[list[SaleIn], Field(min_length=1, max_length=5000)]


class QuoteIn(BaseModel):
    member: MemberRef | None = None
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=500)]


class EnrolIn(BaseModel):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=PRINTABLE)]
    phone: Annotated[str, StringConstraints(min_length=5, max_length=30, pattern=r"^[0-9+() -]+$")]
    gender: Literal["", "female", "male"] = ""
    language: Literal["zh-hans", "en"] = "zh-hans"
    consents: Annotated[list[Literal["sms", "email", "phone", "post", "wechat"]], Field(max_length=5)] = []


class HoldIn(BaseModel):
    document: Document
    member: MemberRef
    points: Points


class CaptureIn(BaseModel):
    points: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None


class TierOut(BaseModel):
    rank: int
    stars: int
    name: str
    until: date | None
    discount: Decimal
    parking_hours: int


class CouponOut(BaseModel):
    number: str
    name: str
    amount_off: Decimal | None
    rate_off: Decimal | None
    minimum_spend: Decimal
    valid_until: str


class BalanceOut(BaseModel):
    available: int
    pending: int
    held: int
    debt: int


class SpendableOut(BaseModel):
    """Points that may pay: the own, and those of the household the member may spend besides."""

    own: int
    household: int


class MemberOut(BaseModel):
    member_no: str
    name: str
    phone: str
    language: str
    tier: TierOut
    points: BalanceOut
    household_points: int
    coupons: list[CouponOut]
    birthday_today: bool
    agreed_discount: Decimal | None
    greeting: str
    offers: list[str]


class EnrolOut(BaseModel):
    member_no: str
    card: str
    created: bool
    greeting: str


class PostedOut(BaseModel):
    """A receipt as posted. Without a member there are no points and no tier.

    ``refund`` is the money a return pays back: what points and coupons had paid comes back as points and coupons.
    """

    document: str
    receipt_id: int
    net_amount: Decimal
    refund: Decimal | None = None
    points_earned: int = 0
    points_redeemed: int = 0
    points_taken_back: int = 0
    points_restored: int = 0
    debt_made: int = 0
    points: BalanceOut | None = None
    tier: TierOut | None = None
    tier_changed: bool = False


class ExchangeOut(BaseModel):
    returned: PostedOut
    sold: PostedOut
    difference_to_pay: Decimal
    points_net: int


class VerdictOut(BaseModel):
    document: str
    verdict: Literal["posted", "unchanged", "refused"]
    points_earned: int = 0
    code: str = ""
    message: str = ""


class BatchOut(BaseModel):
    posted: int
    unchanged: int
    refused: int
    receipts: list[VerdictOut]


class QuotedCoupon(BaseModel):
    number: str
    name: str
    takes_off: Decimal


class QuoteOut(BaseModel):
    net_amount: Decimal
    discount: Decimal
    points: int
    spendable: SpendableOut | None = None
    coupons: list[QuotedCoupon]


class HoldOut(BaseModel):
    hold_id: int
    state: str
    points: int
    captured: int
    lapses_at: str
    balance: BalanceOut
