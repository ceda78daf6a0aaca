"""What a posting does to points: sales earn, returns take back, stars follow."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from kit.money import ZERO
from loyalty.models import Account, Programme, TierPeriod, TierProgress
from loyalty.services import audiences, birthdays, clawback, restores
from loyalty.services.accrual_state import Accrual, EarnedLine, Outcome
from loyalty.services.book import Book, Grant, Kind, Lot, Txn
from loyalty.services.rules import RuleBook, expiry_of
from loyalty.services.tiers import Standing, load_days, midnight, rebuild_standings, replay
from sales.services.drafts import RETURN, SALE, Match, Posting, ReceiptDraft


def accrue(posting: Posting, *, rules: RuleBook, book: Book, accounts: dict[int, Account]) -> dict[int, Outcome]:
    """Earn, take back and restore for every receipt of a posting, in order, and write the book.

    ``accounts`` (by member) are locked by the caller, who may have booked redemptions into ``book`` already. The
    ledger refuses a receipt it has seen: nothing is ever booked twice. Returns the outcome per receipt id.
    """
    accrual = Accrual(rules, book, accounts)
    receipts = [receipt for receipt in posting.receipts if receipt.member_id and receipt.kind in (SALE, RETURN)]
    _load_standings(accrual, receipts)
    near = birthdays.distances(receipts) if rules.looks_at_birthdays else {}
    belongs = audiences.belonging([r for r in receipts if r.kind == SALE], rules)
    clawback.load(accrual, posting.matches)
    restorable = restores.load(receipts)
    matches: dict[int, list[Match]] = defaultdict(list)
    for match in posting.matches:
        matches[match.returned.id].append(match)
    for receipt in receipts:
        account = accounts[receipt.member_id]
        outcome = accrual.outcomes[receipt.id] = Outcome(tier_before=account.tier_rank)
        standing = accrual.standings.get(account.pk)
        if standing:
            standing.review_until(rules, receipt.sold_on)
            account.tier_rank = standing.rank
        if receipt.kind == SALE:
            known = {"birthday_near": near.get(receipt.id), "audiences": belongs.get(receipt.member_id, frozenset())}
            _earn(accrual, receipt, account, outcome, known)
        else:
            clawback.take_back(accrual, receipt, account, matches[receipt.id], outcome)
            restores.give_back(accrual, receipt, account, restorable, outcome)
        if standing:
            _follow(accrual, receipt, account, standing)
        outcome.tier_after = account.tier_rank
        book.touch_account(account)
    clawback.write(accrual)
    book.write()
    if accrual.stale:
        stale = [account for account in accounts.values() if account.pk in accrual.stale]
        rebuild_standings(stale, rules, through=timezone.localdate())
    return accrual.outcomes


def _load_standings(accrual: Accrual, receipts: list[ReceiptDraft]) -> None:
    """The standing of each account before its first receipt here; replayed where that lies in the past."""
    rules, accounts = accrual.rules, accrual.accounts
    if not rules.schemes or not receipts:
        return
    first: dict[int, date] = {}
    for receipt in receipts:
        first[receipt.member_id] = min(receipt.sold_on, first.get(receipt.member_id, receipt.sold_on))
    in_time = []
    for member_id, day in first.items():
        account = accounts[member_id]
        if account.standing_on and day < account.standing_on:
            accrual.stale.add(account.pk)
            accrual.standings[account.pk] = _standing_before(account, rules, day)
        else:
            in_time.append((account, min(day, account.tier_until_on or day)))
    if not in_time:
        return
    window = timedelta(days=max(scheme.window_days for scheme in rules.schemes))
    earliest = min(day for _, day in in_time) - window
    days = load_days([account for account, _ in in_time], rules, from_on=earliest)
    for account, _ in in_time:
        accrual.standings[account.pk] = Standing(account.tier_rank, account.tier_until_on, days[account.pk])


def _standing_before(account: Account, rules: RuleBook, day: date) -> Standing:
    progress = TierProgress.objects.filter(account_id=account.pk).order_by("known_at", "pk")
    granted = TierPeriod.objects.filter(account_id=account.pk, why=TierPeriod.Why.GRANTED)
    standing = replay(list(progress), list(granted.select_related("tier")), rules, through=day)
    standing.changes.clear()
    return standing


def _earn(accrual: Accrual, receipt: ReceiptDraft, account: Account, outcome: Outcome, known: dict[str, Any]) -> None:
    book = accrual.book
    programme, priced = accrual.rules.price_receipt(receipt, rank=account.tier_rank, **known)
    is_pending = programme.pending_days > 0
    active_on = receipt.sold_on + timedelta(days=programme.pending_days)
    active_from = midnight(active_on) if is_pending else receipt.sold_at
    expires_on = expiry_of(programme, active_on)
    expires_at = midnight(expires_on) if expires_on else None
    qualifying = ZERO
    rows: list[tuple] = []
    grants: list[Grant] = []
    for line, amount, price in priced:
        points = price.points(amount) if price.rate else 0
        if price.rate:
            qualifying += amount
        if points:
            grants.append(Grant(points, receipt.id, line.line_no, price.funded_by))
        rows.append((line.line_no, amount, price, points))
    lots: dict[int, Lot] = {}
    if grants:
        txn = _begin(book, account, receipt, programme)
        granted = book.grant(txn, grants, active_from=active_from, expires_at=expires_at, is_pending=is_pending)
        lots = {lot.line_no: lot for lot in granted}
        outcome.earned = sum(grant.points for grant in grants)
    for line_no, amount, price, points in rows:
        row = (
            receipt.sold_on, receipt.id, line_no, account.pk, programme.pk, lots.get(line_no), amount, price.rate,
            price.cap, points, points, 0, price.why,
        )  # fmt: skip
        if (receipt.id, line_no) in accrual.given_back:
            accrual.lines[receipt.id, line_no] = EarnedLine(*row, is_new=True)
        else:
            book.earn_lines.append(row)
    account.earned_life += outcome.earned
    accrual.note_progress(
        account, on=receipt.sold_on, known_at=receipt.sold_at, is_sale=True, spend=qualifying,
        points=outcome.earned, visits=1, receipt_id=receipt.id,
    )  # fmt: skip


def _begin(book: Book, account: Account, receipt: ReceiptDraft, programme: Programme) -> Txn:
    return book.begin(
        account,
        Kind.EARN,
        source=receipt.source,
        document=f"{receipt.store_id}/{receipt.document}",
        line=receipt.generation,
        event="earn",
        business_at=receipt.sold_at,
        programme_id=programme.pk,
        store_id=receipt.store_id,
        receipt_id=receipt.id,
    )


def _follow(accrual: Accrual, receipt: ReceiptDraft, account: Account, standing: Standing) -> None:
    """Let the star follow what the receipt added to or took from the account's progress."""
    if receipt.kind == SALE:
        standing.test_sale(accrual.rules, receipt.sold_on)
    elif accrual.rules.programme_at(receipt.sold_at).tier_on_return == Programme.TierReturn.AT_ONCE:
        standing.test_return(accrual.rules, receipt.sold_on)
    if account.pk not in accrual.stale:
        for period in standing.changes:
            period.account_id = account.pk
        accrual.book.periods.extend(standing.changes)
        account.standing_on = max(account.standing_on or receipt.sold_on, receipt.sold_on)
    standing.changes.clear()
    account.tier_rank, account.tier_until_on = standing.rank, standing.until_on
