"""Rules for administrators: what has come into force is read-only, the ledger always is."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from loyalty.models import (
    Account,
    Adjustment,
    Coupon,
    CouponKind,
    EarningRule,
    LotAllocation,
    Milestone,
    MilestoneAward,
    PointsDebt,
    PointsHold,
    PointsLot,
    PointsTxn,
    Programme,
    Redemption,
    Reward,
    Tier,
    TierPeriod,
    TierProgress,
    TierScheme,
)
from staff.admin import AuditedAdmin, ReadOnlyAdmin


def is_in_force(obj: models.Model | None) -> bool:
    """Whether a version's day has come: what happened since points at it."""
    return obj is not None and obj.valid_from is not None and obj.valid_from <= timezone.now()


class VersionAdmin(AuditedAdmin):
    """A version may be changed until its day comes; afterwards a new one is added."""

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and not is_in_force(obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not is_in_force(obj)


@admin.register(Programme)
class ProgrammeAdmin(VersionAdmin):
    list_display = ("name", "valid_from", "points_per_yuan", "expiry", "claw_back", "pending_days")


class TierInline(admin.StackedInline):
    model = Tier
    extra = 0

    def _open(self, request: HttpRequest, obj: models.Model | None) -> bool:
        return request.user.is_active and not is_in_force(obj)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_add_permission(request, obj) and self._open(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._open(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._open(request, obj)


@admin.register(TierScheme)
class TierSchemeAdmin(VersionAdmin):
    list_display = ("name", "valid_from", "basis", "window_days", "holds")
    inlines = (TierInline,)


@admin.register(EarningRule)
class EarningRuleAdmin(VersionAdmin):
    """A rule in force keeps what it says; only its end may still be set."""

    list_display = ("name", "kind", "value", "group", "valid_from", "valid_until")
    list_filter = ("kind", "group")
    search_fields = ("name", "name_en")

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        if not is_in_force(obj):
            return []
        ended = obj.valid_until is not None and obj.valid_until <= timezone.now()
        names = [field.name for field in EarningRule._meta.fields if field.editable and not field.primary_key]
        return names if ended else [name for name in names if name != "valid_until"]


@admin.register(Reward)
class RewardAdmin(AuditedAdmin):
    list_display = ("code", "name", "points", "stock", "store", "valid_from", "valid_until", "is_active")
    list_filter = ("is_active", "store")
    search_fields = ("code", "name", "name_en")

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(CouponKind)
class CouponKindAdmin(AuditedAdmin):
    list_display = ("code", "name", "amount", "rate", "minimum_spend", "valid_days", "is_active")
    list_filter = ("is_active",)
    search_fields = ("code", "name", "name_en")

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(Milestone)
class MilestoneAdmin(AuditedAdmin):
    list_display = ("name", "period", "points", "gift", "is_active")

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class LedgerAdmin(ReadOnlyAdmin):
    """Ledgers are big: newest first by key, one page at a time, no count of everything."""

    ordering = ("-pk",)
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER


@admin.register(Account)
class AccountAdmin(LedgerAdmin):
    list_display = ("member", "available", "pending", "held", "debt", "tier_rank", "tier_until_on")
    list_select_related = ("member",)


@admin.register(PointsTxn)
class PointsTxnAdmin(LedgerAdmin):
    list_display = ("id", "kind", "account", "source", "document", "business_at", "booked_at", "reason")
    list_select_related = ("account",)


@admin.register(PointsLot)
class PointsLotAdmin(LedgerAdmin):
    list_display = ("id", "account", "granted", "remaining", "earmarked", "is_pending", "active_from", "expires_at")
    list_select_related = ("account",)


@admin.register(LotAllocation)
class LotAllocationAdmin(LedgerAdmin):
    list_display = ("id", "lot", "kind", "amount", "txn", "reverses")
    list_select_related = ("lot", "txn", "reverses")


@admin.register(PointsDebt)
class PointsDebtAdmin(LedgerAdmin):
    list_display = ("id", "account", "original", "outstanding", "created_at")
    list_select_related = ("account",)


@admin.register(PointsHold)
class PointsHoldAdmin(LedgerAdmin):
    list_display = ("id", "account", "points", "captured", "state", "created_at", "expires_at")
    list_select_related = ("account",)


@admin.register(TierProgress)
class TierProgressAdmin(LedgerAdmin):
    list_display = ("id", "account", "on", "spend", "points", "visits", "is_sale")
    list_select_related = ("account",)


@admin.register(TierPeriod)
class TierPeriodAdmin(LedgerAdmin):
    list_display = ("id", "account", "tier", "from_on", "until_on", "why", "amount", "threshold")
    list_select_related = ("account", "tier")


@admin.register(Adjustment)
class AdjustmentAdmin(LedgerAdmin):
    list_display = ("id", "account", "points", "state", "asked_by", "decided_by", "reason")
    list_select_related = ("account", "asked_by", "decided_by")


@admin.register(Redemption)
class RedemptionAdmin(LedgerAdmin):
    list_display = ("id", "account", "reward", "quantity", "points", "state", "store", "created_at")
    list_select_related = ("account", "reward", "store")


@admin.register(Coupon)
class CouponAdmin(LedgerAdmin):
    list_display = ("number", "kind", "member", "state", "issued_at", "expires_at", "redeemed_at")
    list_select_related = ("kind", "member")


@admin.register(MilestoneAward)
class MilestoneAwardAdmin(LedgerAdmin):
    list_display = ("id", "account", "milestone", "period", "points", "awarded_at", "handed_at")
    list_select_related = ("account", "milestone")
