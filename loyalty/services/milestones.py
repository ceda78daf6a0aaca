"""Milestones: a reward for points earned in a life or a year, once per period; nothing is consumed."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import connection
from django.utils import timezone

from loyalty.models import Account, Milestone
from sales.services.drafts import SALE, Posting

AWARD = """
INSERT INTO loyalty_milestoneaward (account_id, milestone_id, period, points, awarded_at)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::timestamptz[])
ON CONFLICT (account_id, milestone_id, period) DO NOTHING"""


def award(accounts: Iterable[Account], posting: Posting, milestones: Sequence[Milestone]) -> None:
    """Award the milestones that these receipts have carried their members over; each once per period.

    A return that takes points back later does not take the award back: the gift was promised at the threshold.
    """
    earning = [receipt for receipt in posting.receipts if receipt.kind == SALE and receipt.member_id]
    if not earning or not milestones:
        return
    last_on: dict[int, date] = {}
    for receipt in earning:
        last_on[receipt.member_id] = max(receipt.sold_on, last_on.get(receipt.member_id, receipt.sold_on))
    by_id = {account.pk: account for account in accounts if account.member_id in last_on}
    years = {account.pk: last_on[account.member_id].year for account in by_id.values()}
    needs_years = any(milestone.period == Milestone.Period.YEAR for milestone in milestones)
    this_year = _earned_in_year(years) if needs_years else {}
    rows = []
    now = timezone.now()
    for account_id, account in by_id.items():
        for milestone in milestones:
            if milestone.period == Milestone.Period.LIFE:
                period, points = "life", account.earned_life
            else:
                period, points = str(years[account_id]), this_year.get(account_id, 0)
            if points >= milestone.points:
                rows.append((account_id, milestone.pk, period, points, now))
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(AWARD, [list(column) for column in zip(*rows, strict=True)])


def _earned_in_year(years: dict[int, int]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.account_id, sum(p.points) FROM loyalty_tierprogress p"
            " JOIN unnest(%s::bigint[], %s::int[]) AS y(account_id, year) ON y.account_id = p.account_id"
            ' AND p."on" >= make_date(y.year, 1, 1) AND p."on" < make_date(y.year + 1, 1, 1) GROUP BY 1',
            [list(years), list(years.values())],
        )
        return {account_id: int(points) for account_id, points in cursor.fetchall()}
