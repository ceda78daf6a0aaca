"""What sales shows on pages of others: a member's purchases and habits, receipts in the search box."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kit import panels
from kit.money import format_yuan
from members.access import sees_unmasked
from members.models import Member, MemberCard, MergeOperation
from members.selectors import cards_of_loser, reasons
from sales.access import receipt_for, receipts_for
from sales.models import Receipt
from sales.selectors.beside_lines import beside, key_of
from sales.selectors.purchases import Habits, Purchase, habits, recent_purchases, this_time_last_year
from sales.services.merging import later_purchases
from staff.models import User

VIEW = "sales.view_receipt"
KNOWN = "_sales_known"


class Known:
    """What several parts of a member's page need, read once."""

    def __init__(self, member: Member, user: User) -> None:
        self.member, self.user = member, user

    @cached_property
    def habits(self) -> Habits | None:
        return habits(self.member)

    @cached_property
    def purchases(self) -> list[Purchase]:
        return recent_purchases(self.member, self.user)


def _known(request: HttpRequest, member: Member) -> Known:
    known = getattr(request, KNOWN, None)
    if known is None or known.member.pk != member.pk:
        known = Known(member, request.user)
        setattr(request, KNOWN, known)
    return known


@panels.register("member.head", name="spend", order=20, permission=VIEW)
def spend_figure(request: HttpRequest, member: Member) -> str | None:
    """Spent in twelve months, how often, how far apart."""
    known = _known(request, member).habits
    return render_to_string("sales/member_spend.html", {"stat": known.stat}, request) if known else None


@panels.register("member.main", name="purchases", order=10, permission=VIEW, title=gettext_lazy("Recent purchases"))
def purchases(request: HttpRequest, member: Member) -> str | None:
    """The last things a member bought, with sizes, until when they may come back, and what may be done with them."""
    if not sees_unmasked(request.user, member):
        return None
    found = _known(request, member).purchases
    around = beside(request.user, [one.line for one in found])
    rows = [(one, around[key_of(one.line)]) for one in found]
    return render_to_string("sales/member_purchases.html", {"member": member, "rows": rows}, request)


@panels.register(
    "member.main",
    name="last-year",
    order=20,
    permission=VIEW,
    late=True,
    title=gettext_lazy("This time last year"),
)
def last_year(request: HttpRequest, member: Member) -> str | None:
    """What the member bought in these weeks a year ago."""
    found = this_time_last_year(member, request.user)
    return render_to_string("sales/member_last_year.html", {"found": found}, request)


@panels.register("member.side", name="habits", order=20, permission=VIEW, title=gettext_lazy("Habits"))
def member_habits(request: HttpRequest, member: Member) -> str | None:
    """Favourites, visits, basket and discount share of a member."""
    if not sees_unmasked(request.user, member):
        return None
    known = _known(request, member).habits
    if known is None:
        return None
    return render_to_string("sales/member_habits.html", {"habits": known, "stat": known.stat}, request)


@reasons.register(
    "sales.return_closes",
    label=gettext_lazy("The time to return something ends"),
    icon="receipt-refund",
    look="gold",
    position=30,
    days=5,
    permission=VIEW,
)
def return_closes(request: HttpRequest, member: Member, days: int) -> Iterator[reasons.Found]:
    """Goods that can still come back, but not for long."""
    for one in _known(request, member).purchases:
        if one.days_left is not None and one.days_left <= days:
            said = ngettext(
                "%(count)s day left to return: %(goods)s", "%(count)s days left to return: %(goods)s", one.days_left
            ) % {"count": one.days_left, "goods": one.line.product.name}
            yield said, reverse("sales:receipt_detail", args=[one.line.receipt_id]), one.until_on


@reasons.register(
    "sales.bought_lately",
    label=gettext_lazy("Bought something lately"),
    icon="shopping-bag",
    position=80,
    days=7,
    permission=VIEW,
)
def bought_lately(request: HttpRequest, member: Member, days: int) -> Iterator[reasons.Found]:
    """The newest purchase, while it is fresh."""
    newest = next(iter(_known(request, member).purchases), None)
    if newest and (timezone.localdate() - newest.line.sold_on).days <= days:
        said = _("Bought on %(day)s: %(goods)s") % {
            "day": f"{newest.line.sold_on:%Y-%m-%d}",
            "goods": newest.line.product.name,
        }
        yield said, reverse("sales:receipt_detail", args=[newest.line.receipt_id]), newest.line.sold_on


@panels.register("merge.since", name="purchases", order=10, permission=VIEW)
def bought_since(request: HttpRequest, operation: MergeOperation) -> str:
    """Purchases posted since a merge, those with a card that came along marked: whose they are, somebody can tell."""
    theirs = {card.number for card in cards_of_loser(operation)}
    receipts = [
        (receipt, MemberCard(number=receipt.card_number).masked, receipt.card_number in theirs)
        for receipt in later_purchases(operation.winner_id, operation.at)
    ]
    return render_to_string("sales/merge_since.html", {"receipts": receipts, "operation": operation}, request)


@panels.subject("receipt.points")
def receipt_of_panel(request: HttpRequest, pk: int) -> Receipt:
    """The receipt of a late panel, as far as the person may see it."""
    return receipt_for(request.user, pk)


@panels.search_source("receipts", order=40, permission="sales.view_receipt")
def found_receipts(user: User, text: str) -> list[panels.Hit]:
    """Receipts by their number, exactly as printed."""
    number = text.strip()
    if len(number) < 4 or " " in number or len(number) > 64:
        return []
    receipts = receipts_for(user).filter(document__in={number, number.upper()}).select_related("store")
    return [
        panels.Hit(
            label=receipt.document,
            detail=" · ".join([f"{receipt.sold_on:%Y-%m-%d}", receipt.store.label, format_yuan(receipt.net_amount)]),
            url=reverse("sales:receipt_detail", args=[receipt.pk]),
            kind=_("Receipt"),
        )
        for receipt in receipts.order_by("-sold_on")[:5]
    ]
