"""The members behind a result sheet: how each was assigned and what they bought in the window."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from campaigns.models import ResultSheet, Send, SendRecipient
from campaigns.selectors.result_places import places_of
from kit.money import ZERO
from members.selectors import FoundMember
from sales.models import ReceiptLine


@dataclass(frozen=True)
class ArmUnit:
    """One assigned member."""

    recipient: SendRecipient
    who: FoundMember
    spend: Decimal
    purchases: int
    spend_before: Decimal


def assigned_to(send: Send) -> QuerySet[SendRecipient]:
    """Who was assigned to an arm of a send."""
    return SendRecipient.objects.filter(send=send, arm__gt=0).select_related("member__home_store")


def units_of(rows: Sequence[SendRecipient], found: Sequence[FoundMember], sheet: ResultSheet | None) -> list[ArmUnit]:
    """The rows of one page with their purchases: one statement for all of them."""
    sums: dict[int, dict[str, object]] = {}
    if sheet:
        within = Q(sold_on__range=(sheet.first_on, sheet.last_on))
        before = Q(sold_on__gte=sheet.before_on, sold_on__lt=sheet.first_on)
        lines = ReceiptLine.objects.filter(
            places_of(sheet.send.campaign).lines, member_id__in=[row.member_id for row in rows],
            sold_on__range=(sheet.before_on, sheet.last_on),
        )  # fmt: skip
        grouped = lines.order_by().values("member_id").annotate(
            spend=Sum("net_amount", filter=within), earlier=Sum("net_amount", filter=before),
            purchases=Count("receipt_id", filter=within & Q(quantity__gt=0), distinct=True),
        )  # fmt: skip
        sums = {row["member_id"]: row for row in grouped}
    units = []
    for row, who in zip(rows, found, strict=True):
        own = sums.get(row.member_id, {})
        units.append(ArmUnit(row, who, own.get("spend") or ZERO, own.get("purchases") or 0, own.get("earlier") or ZERO))
    return units
