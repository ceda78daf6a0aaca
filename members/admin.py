"""Members for administrators: to look at. Changes go through the pages, whose services know the rules."""

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin

from kit import phones
from kit.lists import COUNT_LIMIT
from kit.remembered import Remembered
from members.models import (
    AuthorisedBuyer,
    Consent,
    Contact,
    FieldDefinition,
    GroupContact,
    Member,
    MemberCard,
    MemberCare,
    MemberNote,
    MemberPhone,
    MergeOperation,
    ReasonRule,
)
from members.selectors import reasons


class CappedPaginator(Paginator):
    """Counts to 10,000 and no further: the tables here may hold millions."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:COUNT_LIMIT].count()


class LookOnly(admin.ModelAdmin):
    """No adding, changing or deleting."""

    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Member)
class MemberAdmin(LookOnly):
    list_display = ("member_no", "name", "kind", "category", "status", "home_store", "enrolled_on")
    list_select_related = ("home_store",)
    search_fields = ("=member_no", "=external_no")


@admin.register(MemberCard)
class MemberCardAdmin(LookOnly):
    list_display = ("masked", "member", "status", "issued_on")
    list_select_related = ("member",)
    search_fields = ("=number",)


@admin.register(MemberPhone)
class MemberPhoneAdmin(LookOnly):
    list_display = ("masked", "member", "kind", "is_primary", "verified_at", "invalid")
    exclude = ("e164",)
    readonly_fields = ("masked",)
    list_select_related = ("member",)
    search_fields = ("=e164",)


@admin.register(Consent)
class ConsentAdmin(LookOnly):
    list_display = ("member", "channel", "purpose", "granted", "at", "source", "recorded_by")
    list_select_related = ("member", "recorded_by")


@admin.register(MergeOperation)
class MergeOperationAdmin(LookOnly):
    list_display = ("at", "winner", "loser", "reason", "by")
    list_select_related = ("winner", "loser", "by")


class MaskedPhone(LookOnly):
    """Here too a number is shown only by `members:phone_reveal`, with a reason."""

    exclude = ("phone",)
    readonly_fields = ("masked_phone",)

    @admin.display(description=_("phone"))
    def masked_phone(self, row: Contact | GroupContact) -> str:
        return phones.mask(row.phone)


@admin.register(GroupContact)
class GroupContactAdmin(MaskedPhone):
    """A company's people; found through the company."""


@admin.register(Contact)
class ContactAdmin(MaskedPhone):
    list_display = ("noted_at", "name", "store", "asked_for", "converted_to")
    list_select_related = ("store", "converted_to")


@admin.register(MemberCare, MemberNote, AuthorisedBuyer)
class BelongingAdmin(LookOnly):
    """What hangs on a member; found through the member."""


class Dictionary(ImportExportModelAdmin):
    """A small table pages remember for some seconds."""

    def save_model(self, request: HttpRequest, obj: models.Model, form: object, change: bool) -> None:
        super().save_model(request, obj, form, change)
        Remembered.forget_all()


@admin.register(FieldDefinition)
class FieldDefinitionAdmin(Dictionary):
    """The data dictionary: key and kind stay once values may exist, and no field is deleted, only no longer asked for."""

    list_display = ("name", "name_en", "key", "kind", "group", "position", "is_active")
    list_editable = ("position", "is_active")
    list_filter = ("group", "kind", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: FieldDefinition | None = None) -> tuple[str, ...]:
        return ("key", "kind") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ReasonRuleForm(forms.ModelForm):
    key = forms.ChoiceField(label=_("reason"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].choices = [(kind.key, kind.label) for kind in reasons.kinds()]


@admin.register(ReasonRule)
class ReasonRuleAdmin(Dictionary):
    """The order of "why are they here?"."""

    form = ReasonRuleForm
    list_display = ("reason", "position", "days", "is_active")
    list_editable = ("position", "days", "is_active")

    @admin.display(description=_("reason"))
    def reason(self, rule: ReasonRule) -> str:
        return next((str(kind.label) for kind in reasons.kinds() if kind.key == rule.key), rule.key)
