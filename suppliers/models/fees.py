"""Fees and deposits of contracts."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from suppliers.models.contracts import MONEY, RATE, Contract, ContractVersion
from suppliers.settling import fees


class FeeType(models.Model):
    """A kind of fee. Its nature decides whether the regulation allows it at all."""

    class Nature(models.TextChoices):
        MANAGEMENT = fees.Nature.MANAGEMENT.value, _("Management of the counter")
        PROMOTION = fees.Nature.PROMOTION.value, _("Promotion service")
        ADVERTISING = fees.Nature.ADVERTISING.value, _("Advertising")
        DISPLAY = fees.Nature.DISPLAY.value, _("Display and shelves")
        UTILITIES = fees.Nature.UTILITIES.value, _("Water, power, cleaning, repair")
        STAFF = fees.Nature.STAFF.value, _("Staff: training, uniforms, passes")
        SIGNING = fees.Nature.SIGNING.value, _("Signing or renewing the contract")
        BARCODE = fees.Nature.BARCODE.value, _("In-store code")
        RENOVATION = fees.Nature.RENOVATION.value, _("Renovation")
        FESTIVAL = fees.Nature.FESTIVAL.value, _("Festival, anniversary, opening")
        CARD_HANDLING = fees.Nature.CARD_HANDLING.value, _("Card handling")
        COMPENSATION = fees.Nature.COMPENSATION.value, _("Compensation agreed in the contract")
        UNRELATED = fees.Nature.UNRELATED.value, _("Not related to selling")

    class Tax(models.TextChoices):
        TIED = fees.FeeTax.TIED.value, _("Tied to sales: reduces input VAT")
        SERVICE = fees.FeeTax.SERVICE.value, _("A service")

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=60, blank=True)
    nature = models.CharField(_("nature"), max_length=14, choices=Nature)
    tax = models.CharField(_("tax"), max_length=8, choices=Tax, default=Tax.SERVICE)
    vat_rate = models.DecimalField(_("VAT rate"), **RATE, default="0.06")
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("kind of fee")
        verbose_name_plural = _("kinds of fees")
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["code"], name="suppliers_feetype_code_is_unique")]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return self.name if (get_language() or "zh").startswith("zh") else self.name_en or self.name


class FeeTerm(models.Model):
    """A fee of a contract that comes by itself. Amendments copy it with its `series`, so that no period comes twice."""

    class Recurrence(models.TextChoices):
        ONCE = fees.Recurrence.ONCE.value, _("Once")
        WEEKLY = fees.Recurrence.WEEKLY.value, _("Weekly")
        MONTHLY = fees.Recurrence.MONTHLY.value, _("Monthly")
        QUARTERLY = fees.Recurrence.QUARTERLY.value, _("Quarterly")
        YEARLY = fees.Recurrence.YEARLY.value, _("Yearly")

    class Payment(models.TextChoices):
        BEFORE = fees.Payment.BEFORE.value, _("on the first day")
        LAST_DAY = fees.Payment.LAST_DAY.value, _("on the last day")
        AFTER = fees.Payment.AFTER.value, _("the day after")

    version = models.ForeignKey(ContractVersion, models.CASCADE, related_name="fees")
    series = models.UUIDField(default=uuid.uuid4, editable=False)
    fee_type = models.ForeignKey(FeeType, models.PROTECT, related_name="+", verbose_name=_("fee"))
    amount = models.DecimalField(_("amount"), **MONEY)
    recurrence = models.CharField(_("how often"), max_length=10, choices=Recurrence, default=Recurrence.MONTHLY)
    payment = models.CharField(_("invoiced"), max_length=10, choices=Payment, default=Payment.BEFORE)
    from_on = models.DateField(_("from"), null=True, blank=True)
    until_on = models.DateField(_("until"), null=True, blank=True)
    service_item = models.CharField(_("service"), max_length=80, blank=True)
    service_content = models.CharField(_("what is done"), max_length=300, blank=True)
    consented = models.BooleanField(_("the supplier has consented in writing"), default=False)
    has_national_barcode = models.BooleanField(_("goods carry a national barcode"), default=False)
    cost = models.DecimalField(_("own cost"), **MONEY, null=True, blank=True)
    own_area = models.BooleanField(_("for the supplier’s own area"), default=False)

    class Meta:
        verbose_name = _("fee of a contract")
        verbose_name_plural = _("fees of contracts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "series"], name="suppliers_feeterm_series_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="suppliers_feeterm_is_positive"),
        ]


class FeeCharge(models.Model):
    """What a supplier owes for one period of a fee, or once by agreement. Deducted in one settlement.

    A single charge needs a document and, before it counts, an approval.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Under approval")
        OPEN = "open", _("To be deducted")
        SETTLED = "settled", _("Deducted")
        CANCELLED = "cancelled", _("Cancelled")

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="charges", verbose_name=_("contract"))
    term = models.ForeignKey(FeeTerm, models.PROTECT, null=True, blank=True, related_name="charges")
    series = models.UUIDField(null=True, blank=True, editable=False)
    fee_type = models.ForeignKey(FeeType, models.PROTECT, related_name="+", verbose_name=_("fee"))
    reason = models.CharField(_("what for"), max_length=200, blank=True)
    amount = models.DecimalField(_("amount"), **MONEY)
    period_first = models.DateField(_("from"))
    period_last = models.DateField(_("until"))
    invoiced_on = models.DateField(_("invoice date"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    document = models.FileField(_("document"), upload_to="fees/%Y/%m/", blank=True, max_length=255)
    settlement = models.ForeignKey(
        "suppliers.Settlement", models.PROTECT, null=True, blank=True, related_name="charges"
    )
    created_at = models.DateTimeField(_("noted at"), default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("fee charged")
        verbose_name_plural = _("fees charged")
        ordering = ["-invoiced_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "period_first"],
                condition=Q(series__isnull=False),
                name="suppliers_feecharge_once_per_period",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="suppliers_feecharge_is_positive"),
            models.CheckConstraint(
                condition=Q(period_last__gte=F("period_first")), name="suppliers_feecharge_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(series__isnull=False) | ~Q(document="") & Q(reason__gt=""),
                name="suppliers_feecharge_single_has_a_document",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled") | Q(settlement__isnull=False),
                name="suppliers_feecharge_settled_somewhere",
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "state", "invoiced_on"], name="suppliers_feecharge_open"),
        ]

    def __str__(self) -> str:
        return f"{self.fee_type} {self.period_first:%Y-%m-%d}"


class DepositEntry(models.Model):
    """One movement of a contract's deposit. Append-only: mistakes are undone by a further entry. No interest."""

    class Kind(models.TextChoices):
        PAID = "paid", _("Paid in")
        DEDUCTED = "deducted", _("Deducted")
        TOPPED_UP = "topped_up", _("Topped up")
        REFUNDED = "refunded", _("Refunded")

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="deposits")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount = models.DecimalField(_("amount"), **MONEY)
    happened_on = models.DateField(_("on"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    key = models.CharField(max_length=80)
    created_at = models.DateTimeField(_("noted at"), default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("movement of a deposit")
        verbose_name_plural = _("movements of deposits")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "key"], name="suppliers_depositentry_key_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="suppliers_depositentry_is_positive"),
        ]
