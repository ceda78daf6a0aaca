"""What a merge of two members does with their purchases: they become the winner's; taken back, each has their own."""

from datetime import datetime

from django.db import connection
from django.utils import timezone

from members.services.merge_log import MergeLog
from members.services.merging import move, register
from sales.models import MemberStat, Receipt
from sales.services.figures import refresh_member_stats

LINES_FOLLOW = """
UPDATE sales_receiptline l SET member_id = r.member_id FROM sales_receipt r
WHERE r.member_id = %s AND l.sold_on = r.sold_on AND l.receipt_id = r.id AND l.member_id = %s"""


def receipts_move(log: MergeLog) -> int:
    """Policy: receipts and, partition by partition, their lines."""
    moved = log.repoint(Receipt.objects.all(), "member")
    _lines_follow(of=log.winner_id, were=log.loser_id)
    return moved


def lines_follow(_log: MergeLog) -> int:
    """Policy: lines have moved with their receipts."""
    return 0


def figures_anew(log: MergeLog) -> int:
    """Policy: the loser's figures go, the winner's are computed from all receipts."""
    return _figures_anew(log.winner_id, log.loser_id)


def give_purchases_back(*, winner_id: int, loser_id: int) -> None:
    """After a merge was taken back: lines follow the receipts that went home, and both have figures of their own."""
    _lines_follow(of=loser_id, were=winner_id)
    _figures_anew(winner_id, loser_id)


def later_purchases(member_id: int, since: datetime) -> list[Receipt]:
    """Receipts posted since a merge, oldest first: by the card used somebody can tell whose they are."""
    rows = Receipt.objects.filter(member_id=member_id, posted_at__gt=since).exclude(kind=Receipt.Kind.REVERSAL)
    return list(rows.select_related("store").order_by("posted_at", "pk")[:200])


def _figures_anew(*member_ids: int) -> int:
    """Figures for those who have receipts, none for the others; returns how many lost theirs."""
    buyers = set(Receipt.objects.filter(member_id__in=member_ids).values_list("member_id", flat=True).distinct())
    gone, _rows = MemberStat.objects.filter(member_id__in=set(member_ids) - buyers).delete()
    refresh_member_stats(buyers, as_of_on=timezone.localdate())
    return gone


def _lines_follow(*, of: int, were: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LINES_FOLLOW, [of, were])


def register_policies() -> None:
    """Called when the app is ready."""
    register("sales.Receipt", receipts_move)
    register("sales.ReceiptLine", lines_follow)
    register("sales.UnmatchedReturn", move("sales.UnmatchedReturn", "member"))
    register("sales.MemberStat", figures_anew)
