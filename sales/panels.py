"""What sales shows on pages of others: a member's purchases and habits, receipts in the search box."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit import panels
from kit.money import format_yuan
from members.access import sees_unmasked
from members.models import Member
from sales.access import receipt_for, receipts_for
from sales.models import Receipt
from sales.selectors.purchases import habits, recent_purchases
from staff.models import User


@panels.register(
    "member.main", name="purchases", order=10, permission="sales.view_receipt", title=gettext_lazy("Recent purchases")
)
def purchases(request: HttpRequest, member: Member) -> str | None:
    """The last things a member bought, with sizes and until when they may come back."""
    if not sees_unmasked(request.user, member):
        return None
    found = recent_purchases(member, request.user)
    context = {"member": member, "purchases": found, "today": timezone.localdate()}
    return render_to_string("sales/member_purchases.html", context, request)


@panels.register("member.side", name="habits", order=20, permission="sales.view_receipt", title=gettext_lazy("Habits"))
def member_habits(request: HttpRequest, member: Member) -> str | None:
    """Favourites, visits, basket and discount share of a member."""
    if not sees_unmasked(request.user, member):
        return None
    known = habits(member)
    if known is None:
        return None
    return render_to_string("sales/member_habits.html", {"habits": known, "stat": known.stat}, request)


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
