"""The rows of an account's page: open lots, debts, holds, stars."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from loyalty.models import Account, PointsDebt, PointsHold, PointsLot, PointsTxn, TierPeriod
from sales.models import Receipt


def ledger_of(account: Account | None):
    """Everything that moved an account's points."""
    if account is None:
        return PointsTxn.objects.none()
    return PointsTxn.objects.filter(account=account).select_related("receipt", "store", "booked_by")


def open_lots(account: Account, limit: int = 30) -> list[PointsLot]:
    """Lots with something left in the order they are used, each with its receipt where it came from one."""
    lots = list(
        PointsLot.objects.filter(account=account, remaining__gt=0)
        .select_related("txn")
        .order_by(F("expires_at").asc(nulls_last=True), "active_from", "pk")[:limit]
    )
    documents = dict(
        Receipt.objects.filter(pk__in={lot.receipt_id for lot in lots if lot.receipt_id}).values_list("pk", "document")
    )
    for lot in lots:
        lot.receipt_document = documents.get(lot.receipt_id, "")
        lot.last_on = timezone.localtime(lot.expires_at - timedelta(seconds=1)).date() if lot.expires_at else None
    return lots


def open_debts(account: Account) -> Sequence[PointsDebt]:
    """What is still owed, oldest first; nothing is asked where nothing is owed."""
    if not account.debt:
        return []
    return list(PointsDebt.objects.filter(account=account, outstanding__gt=0).select_related("txn__receipt")[:30])


def open_holds(account: Account) -> Sequence[PointsHold]:
    """Points set aside now."""
    if not account.held:
        return []
    holds = PointsHold.objects.filter(account=account, state=PointsHold.State.OPEN)
    return list(holds.select_related("txn", "created_by").order_by("expires_at")[:30])


def stars_of(account: Account, limit: int = 30) -> list[TierPeriod]:
    """Stars held, the newest first, with who decided."""
    periods = TierPeriod.objects.filter(account=account).select_related("tier", "decided_by")
    return list(periods.order_by("-from_on", "-pk")[:limit])
