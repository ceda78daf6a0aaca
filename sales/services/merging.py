"""What a merge of two members does with their purchases: they become the winner's."""

from django.db import connection
from django.utils import timezone

from members.services.merging import move, register
from sales.models import MemberStat, Receipt
from sales.services.figures import refresh_member_stats


def move_receipts(winner_id: int, loser_id: int) -> int:
    """Policy: receipts and, partition by partition, their lines."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sales_receiptline l SET member_id = %s FROM sales_receipt r"
            " WHERE r.member_id = %s AND l.sold_on = r.sold_on AND l.receipt_id = r.id",
            [winner_id, loser_id],
        )
    return Receipt.objects.filter(member_id=loser_id).update(member_id=winner_id)


def lines_follow(winner_id: int, loser_id: int) -> int:
    """Policy: lines have moved with their receipts."""
    return 0


def figures_anew(winner_id: int, loser_id: int) -> int:
    """Policy: the loser's figures go, the winner's are computed from all receipts."""
    gone, _rows = MemberStat.objects.filter(member_id=loser_id).delete()
    refresh_member_stats({winner_id}, as_of_on=timezone.localdate())
    return gone


def register_policies() -> None:
    """Called when the app is ready."""
    register("sales.Receipt", move_receipts)
    register("sales.ReceiptLine", lines_follow)
    register("sales.UnmatchedReturn", move("sales.UnmatchedReturn", "member"))
    register("sales.MemberStat", figures_anew)
