"""Settlements: what was sold, what is due, what was answered and paid."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from suppliers.models.contracts import MONEY, RATE, SUM, Contract


class Settlement(models.Model):
    """One period of one contract. Confirmed, it is frozen with its terms and totals; corrections are lines of their own.

    `after` is what the next settlement must know: sums and bills of the reckoning year, a balance carried on.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        CONFIRMED = "confirmed", _("Confirmed")
        SENT = "sent", _("Sent to the supplier")
        DISPUTED = "disputed", _("Disputed")
        ACCEPTED = "accepted", _("Accepted by the supplier")
        SUBMITTED = "submitted", _("Under approval")
        APPROVED = "approved", _("Approved, to be paid")
        PAID = "paid", _("Paid out")

    number = models.CharField(_("settlement number"), max_length=24)
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="settlements", verbose_name=_("contract"))
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", verbose_name=_("store"))
    party = models.ForeignKey("suppliers.Party", models.PROTECT, related_name="+", verbose_name=_("supplier"))
    first_on = models.DateField(_("from"))
    last_on = models.DateField(_("until"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)

    sales = models.DecimalField(_("sales"), **SUM)
    commission = models.DecimalField(_("commission"), **SUM)
    share = models.DecimalField(_("share of the supplier"), **SUM)
    compensation = models.DecimalField(_("promotion compensation"), **SUM)
    shared = models.DecimalField(_("points and coupons"), **SUM)
    fees = models.DecimalField(_("fees"), **SUM)
    top_up = models.DecimalField(_("deposit top-up"), **SUM)
    carried = models.DecimalField(_("carried from before"), **SUM)
    adjusted = models.DecimalField(_("adjustments"), **SUM)
    payable = models.DecimalField(_("payable"), **SUM)
    vat_rate = models.DecimalField(_("VAT rate"), **RATE, default=0)
    net_amount = models.DecimalField(_("invoice without VAT"), **SUM)
    vat_amount = models.DecimalField(_("VAT"), **SUM)
    uncovered = models.DecimalField(_("sales no terms cover"), **SUM)
    terms = models.JSONField(_("terms"), default=dict)
    after = models.JSONField(default=dict)

    calculated_at = models.DateTimeField(_("calculated at"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    link_nonce = models.CharField(max_length=32, blank=True)
    answer_by_on = models.DateField(_("to be answered by"), null=True, blank=True)
    pay_by_on = models.DateField(_("to be paid by"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_name = models.CharField(_("answered by"), max_length=60, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    paid_reference = models.CharField(_("payment reference"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        ordering = ["-first_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="suppliers_settlement_number_is_unique"),
            models.UniqueConstraint(fields=["contract", "first_on"], name="suppliers_settlement_once_per_period"),
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")), name="suppliers_settlement_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(share=F("sales") - F("commission")),
                name="suppliers_settlement_share_is_sales_less_commission",
            ),
            models.CheckConstraint(
                condition=Q(
                    payable=F("share")
                    - F("fees")
                    - F("compensation")
                    - F("shared")
                    - F("top_up")
                    + F("carried")
                    + F("adjusted")
                ),
                name="suppliers_settlement_payable_adds_up",
            ),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(paid_on__isnull=False), name="suppliers_settlement_paid_on_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "paid"]) | Q(approved_at__isnull=False),
                name="suppliers_settlement_paid_only_when_approved",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "first_on"], name="suppliers_settlement_of_month"),
            models.Index(fields=["party", "first_on"], name="suppliers_settlement_of_party"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def can_change(self) -> bool:
        return self.state == self.State.DRAFT


class SettlementLine(models.Model):
    """One line of a settlement: the rule, every number it was made of, and what it changes of the payable amount."""

    class Section(models.TextChoices):
        COMMISSION = "commission", _("Commission")
        NOTE = "note", _("Note")
        COMPENSATION = "compensation", _("Promotion compensation")
        SHARED = "shared", _("Points and coupons")
        FEE = "fee", _("Fees")
        DEPOSIT = "deposit", _("Deposit")
        CARRIED = "carried", _("Carried from before")
        ADJUSTMENT = "adjustment", _("Adjustments")

    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    section = models.CharField(max_length=12, choices=Section)
    rule = models.CharField(max_length=30)
    inputs = models.JSONField(default=dict)
    amount = models.DecimalField(_("amount"), **SUM)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("line of a settlement")
        verbose_name_plural = _("lines of settlements")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["settlement", "position"], name="suppliers_settlementline_position_once"),
        ]


class SettledTotal(models.Model):
    """What a settlement counted: sales of one counter, one day and one kind of goods, so that late sales are found."""

    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="totals")
    counter_id = models.BigIntegerField()
    sold_on = models.DateField()
    category_id = models.BigIntegerField(null=True)
    brand_id = models.BigIntegerField(null=True)
    product_id = models.BigIntegerField(null=True)
    amount = models.DecimalField(**MONEY)
    quantity = models.DecimalField(max_digits=15, decimal_places=3)

    class Meta:
        verbose_name = _("total settled")
        verbose_name_plural = _("totals settled")
        indexes = [models.Index(fields=["counter_id", "sold_on"], name="suppliers_settledtotal_of_day")]


class Dispute(models.Model):
    """What a supplier says against one line, and what became of it."""

    line = models.ForeignKey(SettlementLine, models.PROTECT, related_name="disputes")
    reason = models.CharField(_("reason"), max_length=500)
    raised_at = models.DateTimeField(_("said at"), default=timezone.now)
    raised_by = models.CharField(_("said by"), max_length=60, blank=True)
    answer = models.CharField(_("our answer"), max_length=500, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["line"], condition=Q(answered_at__isnull=True), name="suppliers_dispute_one_open_per_line"
            ),
        ]
