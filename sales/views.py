"""Receipts, one receipt, and the returns for which no sale was found."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from kit.lists import Export, listing
from kit.workbooks import Column
from sales.access import receipt_for, receipts_for, unmatched_for
from sales.filters import ReceiptFilter, UnmatchedFilter
from sales.models import Receipt, UnmatchedReturn
from sales.selectors.receipts import member_names, receipt_view
from staff.access import needs

RECEIPT_EXPORT = Export(
    "receipts",
    [
        Column(_("Receipt number"), "document", 22),
        Column(_("Sold at"), "sold_at", 18),
        Column(_("Store"), lambda receipt: receipt.store.label, 18),
        Column(_("Kind"), lambda receipt: receipt.get_kind_display(), 10),
        Column(_("Channel"), lambda receipt: receipt.get_channel_display(), 10),
        Column(_("Member number"), lambda receipt: receipt.member.member_no if receipt.member else "", 16),
        Column(_("Lines"), "line_count", 8),
        Column(_("Discount"), "discount_amount", 12),
        Column(_("Net amount"), "net_amount", 14),
    ],
)
ORDERINGS = {
    "newest": ("-sold_on", "-pk"),
    "amount": ("net_amount", "pk"),
    "discount": ("discount_amount", "pk"),
}


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


@login_required
@require_safe
@needs("sales.view_receipt")
def receipt_list(request: HttpRequest) -> HttpResponse:
    def dressed(rows: list[Receipt]) -> list[Receipt]:
        names = member_names(request.user, [row.member for row in rows if row.member])
        for row in rows:
            row.member_name = names.get(row.member_id, "")
        return rows

    may_export = request.user.has_perm("sales.export_receipt")
    return listing(
        request,
        receipts_for(request.user, _day(request.GET.get("since", ""))).select_related("store", "member"),
        filterset=ReceiptFilter,
        orderings=ORDERINGS,
        template="sales/receipt_list.html",
        export=RECEIPT_EXPORT if may_export else None,
        prepare=dressed,
        context={"may_see_unmatched": request.user.has_perm("sales.view_unmatchedreturn")},
    )


@login_required
@require_safe
@needs("sales.view_receipt")
def receipt_detail(request: HttpRequest, pk: int) -> HttpResponse:
    receipt = receipt_for(request.user, pk)
    seen = receipt_view(receipt, request.user)
    context = {"receipt": receipt, "seen": seen, "today": timezone.localdate()}
    return render(request, "sales/receipt_detail.html", context)


UNMATCHED_EXPORT = Export(
    "unmatched-returns",
    [
        Column(_("Receipt number"), "receipt.document", 22),
        Column(_("Returned on"), "sold_on", 14),
        Column(_("Store"), lambda row: row.store.label, 18),
        Column(_("Member number"), lambda row: row.member.member_no if row.member else "", 16),
        Column(_("Product"), lambda row: str(row.product), 34),
        Column(_("Quantity"), "quantity", 10),
        Column(_("Amount"), "amount", 14),
    ],
)


@login_required
@require_safe
@needs("sales.view_unmatchedreturn")
def unmatched_list(request: HttpRequest) -> HttpResponse:
    def dressed(rows: list[UnmatchedReturn]) -> list[UnmatchedReturn]:
        names = member_names(request.user, [row.member for row in rows if row.member])
        for row in rows:
            row.member_name = names.get(row.member_id, "")
        return rows

    return listing(
        request,
        unmatched_for(request.user).select_related("receipt", "store", "member", "product"),
        filterset=UnmatchedFilter,
        orderings={"newest": ("-sold_on", "-pk"), "amount": ("amount", "pk")},
        template="sales/unmatched_list.html",
        export=UNMATCHED_EXPORT,
        prepare=dressed,
    )
