"""What a member bought lately, and what can be said of their habits."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Member
from sales.access import lines_visible
from sales.models import MemberStat, Receipt, ReceiptLine
from sales.selectors.receipts import return_days
from staff.models import User
from stores.models import Brand, Category, Counter

RECENT_RECEIPTS = 12


@dataclass(frozen=True)
class Purchase:
    """A line a member bought: where, what, for how much, and until when it may come back."""

    line: ReceiptLine
    document: str
    until_on: date
    can_return: bool
    is_returned: bool

    @property
    def discount_share(self) -> Decimal | None:
        """The share of the price that was taken off, None at full price."""
        full = self.line.net_amount + self.line.discount_amount
        return self.line.discount_amount / full if self.line.discount_amount > 0 and full > 0 else None


@dataclass(frozen=True)
class Habits:
    """A member's figures with the names of what they like."""

    stat: MemberStat
    brands: list[Brand]
    counters: list[Counter]
    categories: list[Category]
    usual_weekday: str


def recent_purchases(member: Member, user: User, *, limit: int = 8) -> list[Purchase]:
    """The lines of the member's newest sales, newest first, as far as the person may see them."""
    receipts = {
        receipt.pk: receipt
        for receipt in Receipt.objects.filter(member=member, kind=Receipt.Kind.SALE, is_reversed=False)
        .order_by("-sold_on", "-pk")
        .only("pk", "document", "sold_on")[:RECENT_RECEIPTS]
    }
    if not receipts:
        return []
    days = {receipt.sold_on for receipt in receipts.values()}
    lines = ReceiptLine.objects.filter(sold_on__in=days, receipt_id__in=receipts, is_service=False)
    lines = lines_visible(user, lines).select_related("product", "counter", "brand")
    today = timezone.localdate()
    found = []
    for line in lines.order_by("-sold_on", "-receipt_id", "line_no")[:limit]:
        until_on = line.sold_on + timedelta(days=return_days(line.product.return_days))
        is_returned = line.returned_quantity >= line.quantity
        found.append(Purchase(line, receipts[line.receipt_id].document, until_on, until_on >= today, is_returned))
    return found


def habits(member: Member) -> Habits | None:
    """The member's figures; None for somebody who never bought."""
    stat = (
        MemberStat.objects.filter(pk=member.pk)
        .annotate(
            brands=_named(Brand, "favourite_brands"),
            counters=_named(Counter, "favourite_counters"),
            categories=_named(Category, "favourite_categories"),
        )
        .first()
    )
    if stat is None:
        return None
    return Habits(
        stat,
        _in_order(Brand, stat.brands, stat.favourite_brands),
        _in_order(Counter, stat.counters, stat.favourite_counters),
        _in_order(Category, stat.categories, stat.favourite_categories),
        _weekday(stat.usual_weekday),
    )


def _named(model: type, column: str) -> ArraySubquery:
    """The names of the rows whose ids a column lists, fetched with the row itself."""
    is_listed = Func(
        F("pk"), OuterRef(column), template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField()
    )
    rows = model.objects.filter(is_listed).order_by("pk")
    return ArraySubquery(rows.values(row=JSONObject(pk="pk", name="name", name_en="name_en")))


def _in_order(model: type, rows: list[dict], ids: list[int]) -> list:
    found = {row["pk"]: model(**row) for row in rows}
    return [found[pk] for pk in ids if pk in found]


def _weekday(number: int | None) -> str:
    names = (
        _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
    )  # fmt: skip
    return names[number - 1] if number else ""
