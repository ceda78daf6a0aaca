"""The till's one call: a receipt is posted, paid with points or coupons, earns, and lifts a star, all or nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from kit.money import ZERO
from loyalty.exceptions import NotEnoughPoints
from loyalty.models import Account, Programme
from loyalty.services import coupons, milestones
from loyalty.services.accrual import accrue
from loyalty.services.accrual_state import Outcome
from loyalty.services.book import Book, Kind
from loyalty.services.pooling import Held, lock_with_households, top_up
from loyalty.services.rules import RuleBook, current_rules
from members.locks import share_members
from sales.exceptions import ReceiptRefused
from sales.models import Payment
from sales.services.drafts import SALE, Posting, ReceiptDraft
from sales.services.posting import post_receipts


@dataclass(frozen=True, slots=True)
class Posted:
    """A receipt as posted, with what it did to its member; ``outcome`` is None for an anonymous one."""

    receipt: ReceiptDraft
    outcome: Outcome | None
    account: Account | None
    rules: RuleBook


@dataclass(frozen=True, slots=True)
class Refused:
    """A receipt of a batch that was not posted, and why."""

    document: str
    code: str
    message: str


@transaction.atomic(savepoint=False)
def post(drafts: Sequence[ReceiptDraft], *, booked_by_id: int | None = None) -> list[Posted]:
    """Post receipts together: a sale, a return, or both of an exchange; also a batch.

    Points among the payments are redeemed first (at the programme's rate), then coupons, then the sale earns. The
    caller has looked for receipts posted before. A receipt that is refused refuses all of them.
    """
    member_ids = {draft.member_id for draft in drafts if draft.member_id}
    _follow_merges(drafts, member_ids)
    rules = current_rules()
    posting = post_receipts(drafts)
    held = _locked(drafts) if member_ids else Held({}, {})
    accounts = {pk: held.accounts[pk] for pk in {draft.member_id for draft in drafts if draft.member_id}}
    book = Book(booked_by_id=booked_by_id)
    _pay_with_points(posting, rules, book, held)
    outcomes = accrue(posting, rules=rules, book=book, accounts=accounts)
    coupons.follow_posting(posting)
    milestones.award(accounts.values(), posting, rules.milestones)
    return [
        Posted(draft, outcomes.get(draft.id), accounts.get(draft.member_id) if draft.member_id else None, rules)
        for draft in drafts
    ]


def post_each(drafts: Sequence[ReceiptDraft], *, booked_by_id: int | None = None) -> tuple[list[Posted], list[Refused]]:
    """Post a batch set-wise; receipts that are refused are taken out, with the reason, and the others posted.

    Returns what was posted and what was refused. Order is kept; a return may name a sale of the same batch.
    """
    left = list(drafts)
    refused: list[Refused] = []
    while left:
        try:
            with transaction.atomic():
                return post(left, booked_by_id=booked_by_id), refused
        except ReceiptRefused as error:
            refused.append(Refused(error.document, error.code, str(error)))
            left = [draft for draft in left if draft.document != error.document]
    return [], refused


def _follow_merges(drafts: Iterable[ReceiptDraft], member_ids: set[int]) -> None:
    """Hold the members against a merge, and give the receipts of a merged one to the winner."""
    if not member_ids:
        return
    winners = share_members(member_ids)
    for draft in drafts:
        if draft.member_id:
            draft.member_id = winners[draft.member_id]


def _locked(drafts: Sequence[ReceiptDraft]) -> Held:
    members = {draft.member_id for draft in drafts if draft.member_id}
    return lock_with_households(members, spending=[d.member_id for d in drafts if d.member_id and _paid_in_points(d)])


def _paid_in_points(draft: ReceiptDraft) -> Decimal:
    if draft.kind != SALE:
        return ZERO
    return sum((p.amount for p in draft.payments if p.tender == Payment.Tender.POINTS), ZERO)


def _pay_with_points(posting: Posting, rules: RuleBook, book: Book, held: Held) -> None:
    for receipt in posting.receipts:
        paid = _paid_in_points(receipt)
        if not paid:
            continue
        if not receipt.member_id:
            raise ReceiptRefused(_("Only a member can pay with points."), document=receipt.document)
        programme = rules.programme_at(receipt.sold_at)
        account = held.accounts[receipt.member_id]
        txn = book.begin(
            account,
            Kind.REDEEM,
            source=receipt.source,
            document=f"{receipt.store_id}/{receipt.document}",
            line=receipt.generation,
            event="redeem",
            business_at=receipt.sold_at,
            programme_id=programme.pk,
            store_id=receipt.store_id,
            receipt_id=receipt.id,
        )
        points = points_to_pay(paid, programme)
        try:
            top_up(book, txn, points, held.pools.get(account.pk), at=receipt.sold_at)
            book.spend(txn, points, at=receipt.sold_at)
        except NotEnoughPoints as error:
            raise ReceiptRefused(str(error), document=receipt.document) from error


def points_to_pay(amount: Decimal, programme: Programme) -> int:
    """Points that pay an amount, in full points rounded up."""
    return int((amount * programme.points_per_yuan_paid).to_integral_value(rounding=ROUND_CEILING))
