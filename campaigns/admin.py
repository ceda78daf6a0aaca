"""Segments and sends for administrators: to be read, never changed past their rules."""

from django.contrib import admin

from campaigns.models import ControlGroup, MessageTemplate, ProviderProfile, Segment, SegmentVersion, Suppression
from staff.admin import ReadOnlyAdmin


@admin.register(Segment)
class SegmentAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "state", "store", "size", "built_at", "build_ms", "build_error")
    list_filter = ("kind", "state")
    list_select_related = ("store",)
    search_fields = ("name", "name_en")


@admin.register(SegmentVersion)
class SegmentVersionAdmin(ReadOnlyAdmin):
    list_display = ("segment", "number", "note", "made_by", "made_at")
    list_select_related = ("segment", "made_by")


@admin.register(ProviderProfile)
class ProviderProfileAdmin(ReadOnlyAdmin):
    list_display = ("name", "key", "channel", "backend", "is_active", "is_default", "price", "rate")
    list_filter = ("channel", "is_active")


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyAdmin):
    list_display = ("name", "channel", "purpose", "state", "in_library", "store", "made_at")
    list_filter = ("channel", "purpose", "in_library")
    list_select_related = ("store",)
    search_fields = ("name",)


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ("channel", "reason", "at")
    list_filter = ("channel", "reason")
    exclude = ("address_hash", "evidence")


@admin.register(ControlGroup)
class ControlGroupAdmin(ReadOnlyAdmin):
    list_display = ("from_on", "until_on", "share", "made_at")
    exclude = ("salt",)
