"""What a member bought lately, and what can be said of their habits."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Member
from sales.access import lines_visible
from sales.models import MemberStat, Receipt, ReceiptLine
from sales.selectors.receipts import return_days
from sales.selectors.sizes import next_size_up
from staff.models import User
from stores.models import Brand, Category, Counter, Product

RECENT_RECEIPTS = 12
AROUND = timedelta(days=21)


@dataclass(frozen=True)
class Purchase:
    """A line a member bought: where, what, for how much, and until when it may come back."""

    line: ReceiptLine
    document: str
    until_on: date
    can_return: bool
    is_returned: bool

    @property
    def days_left(self) -> int | None:
        """Days until it can no longer come back; None where it cannot."""
        return (self.until_on - timezone.localdate()).days if self.can_return and not self.is_returned else None

    @property
    def discount_share(self) -> Decimal | None:
        """The share of the price that was taken off, None at full price."""
        full = self.line.net_amount + self.line.discount_amount
        return self.line.discount_amount / full if self.line.discount_amount > 0 and full > 0 else None


@dataclass(frozen=True)
class EarlierPurchase:
    """What was bought this time last year; for what a child outgrows, the size to propose now."""

    line: ReceiptLine
    next_size: str


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


def this_time_last_year(member: Member, user: User, *, limit: int = 6) -> list[EarlierPurchase]:
    """What the member bought in the weeks around this day a year ago and kept, dearest first."""
    around = timezone.localdate() - relativedelta(years=1)
    first, last = around - AROUND, around + AROUND
    receipts = Receipt.objects.filter(
        member=member, kind=Receipt.Kind.SALE, is_reversed=False, sold_on__range=(first, last)
    )
    lines = ReceiptLine.objects.filter(
        sold_on__range=(first, last),
        receipt_id__in=list(receipts.values_list("pk", flat=True)[:50]),
        is_service=False,
        quantity__gt=F("returned_quantity"),
    )
    lines = lines_visible(user, lines).select_related("product__category", "counter", "brand")
    found = lines.order_by("-net_amount", "receipt_id", "line_no")[:limit]
    return [EarlierPurchase(line, _size_now(line.product)) for line in found]


def _size_now(product: Product) -> str:
    outgrown = product.category is not None and product.category.is_outgrown
    return next_size_up(product.size) if outgrown else ""


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
