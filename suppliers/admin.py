"""Suppliers for administrators: the dictionary of licence types, and the logs to read."""

from django.contrib import admin

from staff.admin import AuditedAdmin, ReadOnlyAdmin
from suppliers.models import LicenceType, PartyEvent, Standing


@admin.register(LicenceType)
class LicenceTypeAdmin(AuditedAdmin):
    """Which papers are asked of whom; what is made mandatory is looked at in the next night."""

    list_display = ("code", "name", "name_en", "holder", "mandatory", "is_training", "is_active")
    list_filter = ("holder", "mandatory", "is_active")
    filter_horizontal = ("categories",)


@admin.register(Standing)
class StandingAdmin(ReadOnlyAdmin):
    list_display = ("at", "party", "status", "selling", "reason", "actor")
    list_filter = ("selling", "reason")
    list_select_related = ("party", "actor")


@admin.register(PartyEvent)
class PartyEventAdmin(ReadOnlyAdmin):
    list_display = ("happened_on", "party", "kind", "summary", "written_by")
    list_filter = ("kind",)
    list_select_related = ("party", "written_by")
