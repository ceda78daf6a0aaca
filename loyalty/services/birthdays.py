"""How near a purchase is to the member's birthday, solar or lunar."""

from collections.abc import Sequence
from datetime import date, timedelta

from kit.calendars import next_birthday
from members.models import Member
from sales.services.drafts import ReceiptDraft

HALF_A_YEAR = 190


def distances(receipts: Sequence[ReceiptDraft]) -> dict[int, int]:
    """Days between each receipt and the member's nearest birthday, by receipt id, where a birthday is known."""
    born = {
        member.pk: member
        for member in Member.objects.filter(
            pk__in={receipt.member_id for receipt in receipts}, birth_month__isnull=False, birth_day__isnull=False
        ).only("birth_calendar", "birth_month", "birth_day", "birth_is_leap")
    }
    return {
        receipt.id: distance(born[receipt.member_id], receipt.sold_on)
        for receipt in receipts
        if receipt.member_id in born
    }


def distance(member: Member, day: date) -> int:
    """Days from a day to the member's nearest birthday, before or after."""
    ahead = _next(member, day)
    behind = _next(member, day - timedelta(days=HALF_A_YEAR))
    return min((ahead - day).days, abs((day - behind).days))


def _next(member: Member, from_on: date) -> date:
    return next_birthday(
        member.birth_month,
        member.birth_day,
        lunar=member.birth_calendar == Member.Calendar.LUNAR,
        is_leap=member.birth_is_leap,
        from_on=from_on,
    )
