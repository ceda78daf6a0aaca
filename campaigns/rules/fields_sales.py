"""Fields of what members bought: stored figures, and behaviour over receipts."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.rules.behaviour import Behaviour
from campaigns.rules.fields_member import stores
from campaigns.rules.kinds import Choice, Day, Kind, Number
from campaigns.rules.registry import BEHAVIOUR, FIGURES, Cost, Field, register
from campaigns.rules.sql import Clock
from kit.remembered import Remembered
from stores.models import Brand, Category, Counter

_brands: Remembered[list[Brand]] = Remembered(lambda: list(Brand.objects.order_by("code")))
_categories: Remembered[list[Category]] = Remembered(lambda: list(Category.objects.order_by("code")))
_counters: Remembered[list[Counter]] = Remembered(
    lambda: list(Counter.objects.select_related("store").order_by("store__code", "code"))
)
LINES = ("sales_receiptline", "member_id", ("sold_on", "receipt_id", "line_no", "store_id", "counter_id", "brand_id", "category_id", "member_id", "quantity", "discount_amount", "net_amount"))  # fmt: skip
RECEIPTS = ("sales_receipt", "member_id", ("id", "store_id", "kind", "channel", "member_id", "sold_on", "sold_at", "discount_amount", "net_amount", "is_reversed", "reverses_id"))  # fmt: skip


def brands() -> Iterable[tuple[str, str]]:
    """Brands to choose from."""
    return [(str(one.pk), one.label) for one in _brands.get()]


def categories() -> Iterable[tuple[str, str]]:
    """Categories to choose from."""
    return [(str(one.pk), one.label) for one in _categories.get()]


def counters() -> Iterable[tuple[str, str]]:
    """Counters to choose from, with their store."""
    return [(str(one.pk), f"{one.label} · {one.store.label}") for one in _counters.get()]


def weekdays() -> Iterable[tuple[str, str]]:
    """Weekdays, Monday being 1."""
    days = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return [(str(number), str(day)) for number, day in enumerate(days, 1)]


def _figure(name: str, label: object, kind: Kind, **more: Any) -> None:
    register(Field(name=f"stat.{name}", label=label, group=FIGURES, kind=kind, column=f"s.{name}", **more))


money = Number("¥")
_figure("spend_30", _("Spend in 30 days"), money)
_figure("spend_90", _("Spend in 90 days"), money)
_figure("spend_365", _("Spend in 365 days"), money)
_figure("spend_life", _("Spend in total"), money)
_figure("receipts_30", _("Purchases in 30 days"), Number())
_figure("receipts_90", _("Purchases in 90 days"), Number())
_figure("receipts_365", _("Purchases in 365 days"), Number())
_figure("receipts_life", _("Purchases in total"), Number())
_figure("returns_life", _("Returns in total"), Number())
_figure("average_basket", _("Average basket"), money)
_figure("discount_share", _("Share bought at a discount"), Number("%"), hint=_("50 and more: mostly at a discount."))
_figure("first_bought_on", _("First purchase"), Day())
_figure("last_bought_on", _("Last purchase"), Day())
_figure("last_visit_on", _("Last visit"), Day(), hint=_("A purchase or a return."))
_figure("favourite_brands", _("Favourite brands"), Choice(brands, many=True))
_figure("favourite_categories", _("Favourite categories"), Choice(categories, many=True))
_figure("favourite_counters", _("Favourite counters"), Choice(counters, many=True))
_figure("usual_weekday", _("Usual weekday"), Choice(weekdays, numeric=True))


def _did(name: str, label: object, sign: int, hint: object) -> None:
    kind = Behaviour(sign, {"brands": brands, "categories": categories, "counters": counters, "stores": stores})

    def own(member_id: int, value: Any, clock: Clock) -> str:
        sql = kind.measured(value, clock, having=False, member_id=member_id)
        with connection.cursor() as cursor:
            cursor.execute(sql.text, sql.params)
            row = cursor.fetchone()
        return f"{row[1] if row else Decimal(0):,}"

    register(
        Field(
            name=f"did.{name}", label=label, group=BEHAVIOUR, kind=kind, members=kind.members, cost=Cost.LINES,
            hint=hint, own=own, unknown_counts=kind.anything, sampled=(LINES, RECEIPTS),
        )
    )  # fmt: skip


_did(
    "bought",
    pgettext_lazy("did", "Bought"),
    1,
    _("Items and amounts are what was kept: returns of the same days are taken off."),
)
_did("returned", pgettext_lazy("did", "Returned"), -1, _("Goods brought back."))
