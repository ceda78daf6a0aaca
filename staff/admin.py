"""Django admin for administrators; `ReadOnlyAdmin` is the base for everything that is a ledger."""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from import_export import resources
from import_export.admin import ExportMixin, ImportExportModelAdmin

from kit import phones
from kit.errors import DomainError
from staff.audit import record
from staff.models import ApiCall, AuditEntry, DepartmentHead, Device, ImportProfile, Job, Notice, Outbox, User
from staff.services.devices import create_device, revoke_device, rotate_token


class ReadOnlyAdmin(ExportMixin, admin.ModelAdmin):
    """For ledgers and logs: look and export, nothing else."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class AuditedAdmin(admin.ModelAdmin):
    """What an administrator changes here is written to the audit trail like everything else."""

    def log_addition(self, request: HttpRequest, obj: object, message: object) -> object:
        record(request.user, f"{obj._meta.app_label}.{obj._meta.model_name}_added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: object, message: object) -> object:
        record(request.user, f"{obj._meta.app_label}.{obj._meta.model_name}_changed", obj, change=message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: object) -> object:
        for obj in queryset:
            record(request.user, f"{obj._meta.app_label}.{obj._meta.model_name}_deleted", obj, name=str(obj))
        return super().log_deletions(request, queryset)


@admin.register(User)
class StaffUserAdmin(AuditedAdmin, UserAdmin):
    list_display = ("username", "display_name", "role", "all_stores", "is_active", "last_login")
    list_filter = ("role", "is_active", "all_stores", "stores")
    search_fields = ("username", "display_name", "email")
    filter_horizontal = ("stores", "counters")
    autocomplete_fields = ("manager",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("display_name", "email", "phone", "language")}),
        (_("Work"), {"fields": ("role", "all_stores", "stores", "counters", "department", "manager", "is_active")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "username",
                    "display_name",
                    "role",
                    "all_stores",
                    "stores",
                    "usable_password",
                    "password1",
                    "password2",
                )
            },
        ),
    )
    readonly_fields = ("last_login", "date_joined")


@admin.register(DepartmentHead)
class DepartmentHeadAdmin(AuditedAdmin):
    list_display = ("department", "user")
    list_select_related = ("department", "user")
    search_fields = ("department__name", "user__username", "user__display_name")
    autocomplete_fields = ("user",)


@admin.register(Device)
class DeviceAdmin(AuditedAdmin):
    list_display = ("name", "store", "kind", "is_active", "last_seen_at")
    list_filter = ("kind", "is_active", "store")
    search_fields = ("name",)
    fields = ("store", "name", "kind", "is_active", "last_seen_at")
    readonly_fields = ("is_active", "last_seen_at")
    actions = ("rotate", "revoke")

    def save_model(self, request: HttpRequest, obj: Device, form: object, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        device, token = create_device(store=obj.store, name=obj.name, kind=obj.kind, actor=request.user)
        obj.pk, obj.token_hash = device.pk, device.token_hash
        self._show(request, device, token)

    def _show(self, request: HttpRequest, device: Device, token: str) -> None:
        text = _("Token of %(device)s, shown only now: %(token)s") % {"device": device, "token": token}
        self.message_user(request, text, messages.WARNING)

    @admin.action(description=_("Give a new token"))
    def rotate(self, request: HttpRequest, queryset: object) -> None:
        for device in queryset:
            self._show(request, device, rotate_token(device=device, actor=request.user))

    @admin.action(description=_("Shut out"))
    def revoke(self, request: HttpRequest, queryset: object) -> None:
        for device in queryset:
            try:
                revoke_device(device=device, actor=request.user)
            except DomainError as exc:
                self.message_user(request, str(exc), messages.ERROR)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(ImportProfile)
class ImportProfileAdmin(AuditedAdmin, ImportExportModelAdmin):
    list_display = ("name", "kind", "is_shipped", "updated_at")
    list_filter = ("kind", "is_shipped")
    search_fields = ("name",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "action", "subject_type", "subject_id", "store")
    list_select_related = ("actor", "store")
    search_fields = ("=action", "=subject_type")


class OutboxResource(resources.ModelResource):
    """The outbox as it may leave the house: without numbers and addresses."""

    class Meta:
        model = Outbox
        exclude = ("to", "body")


@admin.register(Outbox)
class OutboxAdmin(ReadOnlyAdmin):
    resource_classes = (OutboxResource,)
    exclude = ("to",)
    readonly_fields = ("masked_to",)
    list_display = ("created_at", "channel", "purpose", "state", "attempts", "sent_at")
    list_filter = ("channel", "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Outbox]:
        """Codes are nobody's business but the receiver's."""
        return super().get_queryset(request).exclude(purpose=Outbox.FOR_ONE_READER)

    @admin.display(description=_("to"))
    def masked_to(self, message: Outbox) -> str:
        return phones.mask(message.to) if message.channel == Outbox.Channel.SMS else message.to


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("pk", "kind", "state", "done", "total", "created_by", "created_at")
    list_filter = ("state",)
    list_select_related = ("created_by",)


@admin.register(ApiCall)
class ApiCallAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "device", "key", "status")
    list_select_related = ("device",)


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "text", "read_at")
    list_select_related = ("user",)
