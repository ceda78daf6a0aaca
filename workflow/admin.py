"""Flows' names and administrators; requests and their log to look at."""

from django.contrib import admin
from django.http import HttpRequest

from staff.admin import AuditedAdmin, ReadOnlyAdmin
from workflow.models import Action, ApprovalRequest, Flow


@admin.register(Flow)
class FlowAdmin(AuditedAdmin):
    list_display = ("key", "name", "subject_type", "is_active", "administrator")
    list_select_related = ("administrator",)
    fields = ("name", "name_en", "is_active", "administrator")
    search_fields = ("key", "name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(ReadOnlyAdmin):
    list_display = ("number", "title", "status", "initiator", "submitted_at", "finished_at")
    list_select_related = ("initiator",)
    search_fields = ("=number",)


@admin.register(Action)
class ActionAdmin(ReadOnlyAdmin):
    list_display = ("request", "seq", "verb", "actor", "at")
    list_select_related = ("request", "actor")
    search_fields = ("=request__number",)
