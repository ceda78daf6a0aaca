"""What the ledger says, as of any day."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from loyalty.models import Account
from loyalty.services.rules import RuleBook
from loyalty.services.tiers import midnight, standings_at
from members.models import Member

# What was outstanding at an instant: everything booked for before it, less what had lapsed by then unbooked.
OUTSTANDING = """
SELECT coalesce(sum(e.amount), 0) FROM loyalty_pointsentry e
WHERE e.business_on <= %(on)s AND e.bucket IN ('available', 'pending', 'held') {account}"""
LAPSED = """
SELECT coalesce(sum(l.remaining - l.earmarked), 0) FROM loyalty_pointslot l
WHERE l.remaining > 0 AND l.expires_at < %(after)s {account}"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Points, stars, net spend and unmatched returns at the end of a day, of everybody or of one member."""

    as_of: date
    members: int
    points_outstanding: int
    stars: dict[int, int]
    net_spend: Decimal
    unmatched_returns: int
    matched_return_lines: int
    sales: int
    returns: int


def figures_as_of(on: date, *, member: Member | None = None) -> Figures:
    """The figures as they stood at the end of a day, from ledger and receipts, whatever was booked since."""
    account = Account.objects.filter(member=member).first() if member else None
    scope = {"on": on, "after": midnight(on + timedelta(days=1)), "member": member.pk if member else None}
    scope["account"] = account.pk if account else None
    of_account = "AND account_id = %(account)s" if member else ""
    of_member = "AND r.member_id = %(member)s" if member else "AND r.member_id IS NOT NULL"
    of_anyone = "AND r.member_id = %(member)s" if member else ""
    points = _one(OUTSTANDING.format(account=of_account), scope) - _one(LAPSED.format(account=of_account), scope)
    members = 1 if member else Member.objects.filter(enrolled_on__lte=on, merged_into__isnull=True).count()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(r.net_amount), 0) FROM sales_receipt r WHERE r.sold_on <= %(on)s " + of_member, scope
        )
        net_spend = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FILTER (WHERE kind = 'sale'), count(*) FILTER (WHERE kind = 'return')"
            " FROM sales_receipt r WHERE r.sold_on <= %(on)s AND NOT r.is_reversed AND kind <> 'reversal' " + of_anyone,
            scope,
        )
        sales, returns = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM sales_unmatchedreturn r WHERE r.sold_on <= %(on)s " + of_anyone, scope)
        unmatched = cursor.fetchone()[0]
        cursor.execute(
            "SELECT coalesce(sum(r.line_count), 0) FROM sales_receipt r WHERE r.sold_on <= %(on)s"
            " AND r.kind = 'return' AND NOT r.is_reversed " + of_anyone,
            scope,
        )
        return_lines = int(cursor.fetchone()[0])
    return Figures(
        as_of=on,
        members=members,
        points_outstanding=int(points),
        stars=_stars(on, members, account, member),
        net_spend=net_spend,
        unmatched_returns=unmatched,
        matched_return_lines=return_lines - unmatched,
        sales=sales,
        returns=returns,
    )


def _stars(on: date, members: int, account: Account | None, member: Member | None) -> dict[int, int]:
    rules = RuleBook()
    if not rules.schemes:
        return {}
    scheme = rules.scheme_at(midnight(on + timedelta(days=1)))
    ranks = standings_at([account.pk] if account else ([] if member else None), rules, on=on)
    stars = {tier.stars: 0 for tier in scheme.tiers.all()}
    for rank in ranks.values():
        stars[rules.tier(scheme, rank).stars] += 1
    stars[rules.tier(scheme, 0).stars] += members - len(ranks)
    return stars


def _one(sql: str, scope: dict) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, scope)
        return cursor.fetchone()[0]
