"""What was agreed with a supplier about its counters."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from suppliers.models.parties import Party
from suppliers.settling import terms

MONEY = {"max_digits": 13, "decimal_places": 2}
SUM = {"max_digits": 15, "decimal_places": 2, "default": 0}
RATE = {"max_digits": 6, "decimal_places": 4}


class Contract(models.Model):
    """An agreement with a supplier about counters of one store, through all its versions."""

    class Kind(models.TextChoices):
        CONCESSION = "concession", _("Concession")
        LEASE = "lease", _("Lease")
        CONSIGNMENT = "consignment", _("Consignment")

    class State(models.TextChoices):
        DRAFT = "draft", _("In preparation")
        ACTIVE = "active", _("Signed")
        TERMINATED = "terminated", _("Terminated")
        CANCELLED = "cancelled", _("Not concluded")

    number = models.CharField(_("contract number"), max_length=20)
    party = models.ForeignKey(Party, models.PROTECT, related_name="contracts", verbose_name=_("supplier"))
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", verbose_name=_("store"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.CONCESSION)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    settled_from_on = models.DateField(_("settled here from"))
    notice_months = models.PositiveSmallIntegerField(_("months of notice"), default=2)
    terminated_on = models.DateField(_("terminated to"), null=True, blank=True)
    termination_reason = models.CharField(_("why terminated"), max_length=300, blank=True)
    consented = models.BooleanField(_("by consent"), default=True)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("buyer")
    )
    created_at = models.DateTimeField(_("noted at"), default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="suppliers_contract_number_is_unique"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="suppliers_contract_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(state="terminated", terminated_on__isnull=False, termination_reason__gt="")
                | (~Q(state="terminated") & Q(terminated_on__isnull=True)),
                name="suppliers_contract_terminated_to_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "state", "ends_on"], name="suppliers_contract_by_end"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def last_on(self):
        """The last day it holds."""
        return min(self.ends_on, self.terminated_on) if self.terminated_on else self.ends_on


class ContractVersion(models.Model):
    """The terms of a contract from a day on: the first ones, an amendment, or a renewal. Never changed once signed.

    `until_on` is the last day of these terms; signing the next version or terminating shortens it.
    """

    class Kind(models.TextChoices):
        ORIGINAL = "original", _("Contract")
        AMENDMENT = "amendment", _("Amendment")
        RENEWAL = "renewal", _("Renewal")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Under approval")
        APPROVED = "approved", _("Approved, to be signed")
        SIGNED = "signed", _("Signed")
        DROPPED = "dropped", _("Dropped")

    class Mode(models.TextChoices):
        RATE = terms.Mode.RATE.value, _("Commission rate")
        MARGINAL = terms.Mode.MARGINAL.value, _("Tiers, each slice at its own rate")
        WHOLE = terms.Mode.WHOLE.value, _("Tiers, all sales at the rate reached")
        RENT = terms.Mode.RENT.value, _("Base rent and a rate above a breakpoint")

    class Guarantee(models.TextChoices):
        NONE = terms.Guarantee.NONE.value, _("None")
        SALES = terms.Guarantee.SALES.value, _("Sales guarantee")
        MARGIN = terms.Guarantee.MARGIN.value, _("Margin guarantee")

    class Excess(models.TextChoices):
        NONE = terms.Excess.NONE.value, _("The same rate")
        ABOVE = terms.Excess.ABOVE.value, _("Another rate for the part above")
        ALL = terms.Excess.ALL.value, _("Another rate for all sales")

    class Horizon(models.TextChoices):
        MONTHLY = terms.Horizon.MONTHLY.value, _("Month by month")
        CUMULATIVE = terms.Horizon.CUMULATIVE.value, _("Cumulative, trued up every month")
        YEAR_END = terms.Horizon.YEAR_END.value, _("Actual sales by month, compared at the end of the year")
        YEAR_END_REFUND = terms.Horizon.YEAR_END_REFUND.value, _("Month by month, trued up at the end of the year")

    class Partial(models.TextChoices):
        TRUE = terms.Partial.TRUE.value, _("By its own months")
        EXTENDED = terms.Partial.EXTENDED.value, _("By twelve months, then its part")

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.ORIGINAL)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    effective_on = models.DateField(_("in force from"))
    until_on = models.DateField(_("until"))

    base_rate = models.DecimalField(_("commission rate"), **RATE)
    mode = models.CharField(_("sales are charged by"), max_length=10, choices=Mode, default=Mode.RATE)
    rent = models.DecimalField(_("base rent a month"), **MONEY, default=0)
    breakpoint = models.DecimalField(_("breakpoint a month"), **MONEY, null=True, blank=True)
    guarantee = models.CharField(_("guarantee"), max_length=8, choices=Guarantee, default=Guarantee.NONE)
    guaranteed = models.DecimalField(_("guaranteed a month"), **MONEY, default=0)
    cap = models.DecimalField(_("most commission a month"), **MONEY, null=True, blank=True)
    promotion_share = models.DecimalField(_("promotion sales count up to"), **RATE, default=1)
    excess = models.CharField(_("above the guarantee"), max_length=8, choices=Excess, default=Excess.NONE)
    excess_rate = models.DecimalField(_("rate above the guarantee"), **RATE, default=0)
    horizon = models.CharField(_("compared"), max_length=16, choices=Horizon, default=Horizon.MONTHLY)
    year_month = models.PositiveSmallIntegerField(_("the year begins in month"), default=1)
    partial = models.CharField(_("a year cut short is compared"), max_length=8, choices=Partial, default=Partial.TRUE)
    carries_credit = models.BooleanField(_("a negative month is carried on"), default=False)

    vat_rate = models.DecimalField(_("VAT rate"), **RATE, default="0.13")
    carries_negative = models.BooleanField(
        _("a negative balance goes to the next settlement"),
        default=False,
        help_text=_("Otherwise the supplier pays it within 14 days of the written notice."),
    )
    deposit_required = models.DecimalField(_("deposit required"), **MONEY, default=0)
    deposit_refund_months = models.PositiveSmallIntegerField(_("deposit refunded after months"), default=2)
    exit_months = models.PositiveSmallIntegerField(_("months of turnover for leaving early"), default=2)
    move_after = models.PositiveSmallIntegerField(_("months missed until the counter may be moved"), default=2)
    end_after = models.PositiveSmallIntegerField(_("months missed until the contract may be ended"), default=3)
    note = models.TextField(_("special agreements"), blank=True, max_length=4000)

    created_at = models.DateTimeField(_("noted at"), default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    signatory = models.CharField(_("signed for the supplier by"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("contract version")
        verbose_name_plural = _("contract versions")
        ordering = ["contract", "number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="suppliers_contractversion_number_once"),
            models.UniqueConstraint(
                fields=["contract"],
                condition=Q(status__in=["draft", "submitted", "approved"]),
                name="suppliers_contractversion_one_open",
            ),
            models.CheckConstraint(
                condition=Q(until_on__gte=F("effective_on") - 1), name="suppliers_contractversion_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(base_rate__gte=0, base_rate__lte=1, excess_rate__gte=0, excess_rate__lte=1),
                name="suppliers_contractversion_rates_are_shares",
            ),
            models.CheckConstraint(
                condition=Q(promotion_share__gte=0, promotion_share__lte=1, year_month__gte=1, year_month__lte=12),
                name="suppliers_contractversion_shares_and_months",
            ),
            models.CheckConstraint(
                condition=Q(rent__gte=0, guaranteed__gte=0, deposit_required__gte=0, vat_rate__gte=0),
                name="suppliers_contractversion_amounts_are_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(mode="rent") | Q(guarantee="none"), name="suppliers_contractversion_rent_is_the_guarantee"
            ),
            models.CheckConstraint(
                condition=Q(excess="none") | Q(guarantee="sales", mode="rate"),
                name="suppliers_contractversion_excess_needs_a_guarantee",
            ),
            models.CheckConstraint(
                condition=~Q(status="signed") | Q(signed_on__isnull=False),
                name="suppliers_contractversion_signed_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} v{self.number}"


class ContractCounter(models.Model):
    """A counter a contract is about, and the days. No counter has two signed contracts on one day: the database
    keeps it."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="counters")
    counter = models.ForeignKey("stores.Counter", models.PROTECT, related_name="+", verbose_name=_("counter"))
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"))
    is_signed = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("counter of a contract")
        verbose_name_plural = _("counters of contracts")
        constraints = [
            models.UniqueConstraint(fields=["contract", "counter"], name="suppliers_contractcounter_once"),
        ]

    def __str__(self) -> str:
        return str(self.counter)


class MonthTarget(models.Model):
    """What a contract's counters are to sell and to bring in a month."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="targets", db_index=False)
    month_on = models.DateField(_("month"))
    sales = models.DecimalField(_("sales target"), **MONEY)
    margin = models.DecimalField(_("margin target"), **MONEY, null=True, blank=True)

    class Meta:
        verbose_name = _("target of a month")
        verbose_name_plural = _("targets of months")
        ordering = ["month_on"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "month_on"], name="suppliers_monthtarget_once"),
            models.CheckConstraint(condition=Q(month_on__day=1), name="suppliers_monthtarget_is_a_month"),
        ]


class ContractDocument(models.Model):
    """A file kept with a contract: the signed copy, an annex."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="documents")
    title = models.CharField(_("title"), max_length=120)
    file = models.FileField(_("file"), upload_to="contracts/%Y/%m/", max_length=255)
    added_at = models.DateTimeField(_("added at"), default=timezone.now)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("document of a contract")
        verbose_name_plural = _("documents of contracts")
        ordering = ["-pk"]


class ContractMilestone(models.Model):
    """A reminder that went out about a contract's end or notice date: once each."""

    class Kind(models.TextChoices):
        NOTICE = "notice", _("Last day of notice")
        END = "end", _("End of the contract")

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="milestones", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    day_on = models.DateField()
    days_before = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("reminder about a contract")
        verbose_name_plural = _("reminders about contracts")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "kind", "day_on", "days_before"], name="suppliers_contractmilestone_once"
            ),
        ]
