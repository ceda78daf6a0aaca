"""Receipts in the administration: to look at and export, never to change."""

from django.contrib import admin

from sales.models import ImportBatch, MemberStat, Receipt
from staff.admin import ReadOnlyAdmin


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ("document", "sold_at", "store", "kind", "channel", "net_amount")
    list_filter = ("kind", "channel", "store")
    search_fields = ("=document",)
    list_select_related = ("store",)
    raw_id_fields = ("member",)
    show_full_result_count = False


@admin.register(MemberStat)
class MemberStatAdmin(ReadOnlyAdmin):
    list_display = ("member", "as_of_on", "last_bought_on", "receipts_365", "spend_365", "spend_life")
    list_select_related = ("member",)
    search_fields = ("=member__member_no",)


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = ("file_name", "store", "state", "lines", "rejected", "receipts_new", "created_at")
    list_filter = ("state", "store")
    list_select_related = ("store",)
