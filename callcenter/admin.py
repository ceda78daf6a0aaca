"""The service desk for administrators: its dictionaries to change, its logs to read."""

from django.contrib import admin

from callcenter.models import (
    AnswerTemplate,
    CaseCategory,
    CaseEntry,
    InboundMail,
    QuickNote,
    ServiceTarget,
    VisitReason,
)
from staff.admin import AuditedAdmin, ReadOnlyAdmin


@admin.register(CaseCategory)
class CaseCategoryAdmin(AuditedAdmin):
    list_display = ("code", "name", "name_en", "parent", "priority", "department", "is_active")
    list_filter = ("is_active", "priority")
    list_select_related = ("parent", "department")
    search_fields = ("code", "name", "name_en")


@admin.register(ServiceTarget)
class ServiceTargetAdmin(AuditedAdmin):
    """A new target is a new row with its day; what was opened before keeps the old one."""

    list_display = ("kind", "priority", "valid_from", "response_hours", "solution_hours")
    list_filter = ("kind", "priority")


@admin.register(VisitReason)
class VisitReasonAdmin(AuditedAdmin):
    list_display = ("code", "name", "name_en", "key", "order", "opens_case", "is_active")


@admin.register(QuickNote)
class QuickNoteAdmin(AuditedAdmin):
    list_display = ("name", "name_en", "order", "is_active")


@admin.register(AnswerTemplate)
class AnswerTemplateAdmin(AuditedAdmin):
    list_display = ("name", "name_en", "category", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("category",)


@admin.register(CaseEntry)
class CaseEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "case", "kind", "to_state", "by")
    list_filter = ("kind",)
    list_select_related = ("case", "by")


@admin.register(InboundMail)
class InboundMailAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "message_id", "outcome", "case")
    list_filter = ("outcome",)
    list_select_related = ("case",)
