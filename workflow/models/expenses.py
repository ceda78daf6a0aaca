"""Money the house spends, and money suppliers owe it: claims with their lines, budgets, terms that repeat."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stores.models import Named

MONEY = {"max_digits": 13, "decimal_places": 2}
USER = settings.AUTH_USER_MODEL


class ExpenseCategory(Named):
    """A kind of expense, with the account of the general ledger (总账科目) it is booked to."""

    code = models.CharField(_("code"), max_length=30)
    account_code = models.CharField(_("ledger account"), max_length=30, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("expense category")
        verbose_name_plural = _("expense categories")
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["code"], name="workflow_expensecategory_code_is_unique")]


class Budget(models.Model):
    """What a department may spend on a category in a month: reserved by claims in approval, consumed by paid ones.

    `reserved` and `consumed` are sums over claims, kept beside them.
    """

    department = models.ForeignKey("stores.Department", models.PROTECT, related_name="+", db_index=False)
    category = models.ForeignKey(ExpenseCategory, models.PROTECT, related_name="+")
    month = models.DateField(_("month"))
    amount = models.DecimalField(_("budget"), **MONEY)
    reserved = models.DecimalField(_("reserved"), default=0, **MONEY)
    consumed = models.DecimalField(_("consumed"), default=0, **MONEY)

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        ordering = ["-month", "department", "category"]
        constraints = [
            models.UniqueConstraint(fields=["department", "category", "month"], name="workflow_budget_once_per_month"),
            models.CheckConstraint(
                condition=Q(reserved__gte=0) & Q(consumed__gte=0) & Q(amount__gte=F("reserved") + F("consumed")),
                name="workflow_budget_is_not_exceeded",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="workflow_budget_month_begins_on_its_first"),
        ]

    def __str__(self) -> str:
        return f"{self.department_id}/{self.category_id} {self.month:%Y-%m}"

    @property
    def left(self):
        """What may still be spent."""
        return self.amount - self.reserved - self.consumed


class ExpenseTerm(Named):
    """A fixed fee of the store that comes back each week or month: rent of a sign, cleaning, lines, licences."""

    class Cadence(models.TextChoices):
        WEEKLY = "weekly", _("each week")
        MONTHLY = "monthly", _("each month")

    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+")
    department = models.ForeignKey("stores.Department", models.PROTECT, related_name="+")
    category = models.ForeignKey(ExpenseCategory, models.PROTECT, related_name="+")
    payee = models.CharField(_("payee"), max_length=120)
    amount = models.DecimalField(_("amount"), **MONEY)
    cadence = models.CharField(_("comes"), max_length=8, choices=Cadence, default=Cadence.MONTHLY)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    pay_within_days = models.PositiveSmallIntegerField(_("to be paid within days"), default=14)
    owner = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("who sees to it"))

    class Meta:
        verbose_name = _("recurring expense")
        verbose_name_plural = _("recurring expenses")
        ordering = ["store", "name", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="workflow_expenseterm_costs_something"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="workflow_expenseterm_ends_after_it_starts",
            ),
        ]


class ExpenseClaim(models.Model):
    """A claim (费用提报单): payable by the store (approved, then paid), or receivable from a supplier (deducted in the
    settlement). A term's claim exists once per period, a source's once."""

    class Direction(models.TextChoices):
        PAYABLE = "payable", _("Payable by the store")
        RECEIVABLE = "receivable", _("Receivable from a supplier")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("In approval")
        APPROVED = "approved", _("Approved")
        PAID = "paid", pgettext_lazy("claim", "Paid")
        REJECTED = "rejected", pgettext_lazy("approval", "Rejected")
        OPEN = "open", _("To be deducted")
        DEDUCTED = "deducted", _("Deducted")
        VOID = "void", _("Void")

    number = models.CharField(_("number"), max_length=20)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction, default=Direction.PAYABLE)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.DRAFT)
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", verbose_name=_("store"))
    department = models.ForeignKey(
        "stores.Department", models.PROTECT, null=True, related_name="+", verbose_name=_("department")
    )
    claimant = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("claimed by"))
    counterparty = models.CharField(_("payee or payer"), max_length=120)
    purpose = models.CharField(_("what for"), max_length=200)
    month = models.DateField(_("budget month"))
    total = models.DecimalField(_("amount"), default=0, **MONEY)
    due_on = models.DateField(_("due on"), null=True)
    reminded_on = models.DateField(null=True)
    term = models.ForeignKey(ExpenseTerm, models.PROTECT, null=True, related_name="claims", db_index=False)
    period_start = models.DateField(_("period from"), null=True)
    source_key = models.CharField(max_length=80, null=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    approved_at = models.DateTimeField(_("approved"), null=True)
    paid_at = models.DateTimeField(_("paid"), null=True)
    paid_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    payment_reference = models.CharField(_("payment reference"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("expense claim")
        verbose_name_plural = _("expense claims")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="workflow_expenseclaim_number_is_unique"),
            models.UniqueConstraint(fields=["term", "period_start"], name="workflow_expenseclaim_once_per_period"),
            models.UniqueConstraint(fields=["source_key"], name="workflow_expenseclaim_once_per_source"),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(direction="payable", approved_at__isnull=False, paid_at__isnull=False),
                name="workflow_expenseclaim_paid_only_when_approved",
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="workflow_expenseclaim_total_not_negative"),
        ]
        indexes = [
            models.Index(fields=["claimant", "-id"], name="workflow_claim_of_person"),
            models.Index(fields=["store", "status", "-id"], name="workflow_claim_by_state"),
            models.Index(
                fields=["due_on"], condition=Q(status__in=["draft", "submitted", "approved"]),
                name="workflow_claim_due",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def is_editable(self) -> bool:
        return self.direction == self.Direction.PAYABLE and self.status in (self.Status.DRAFT, self.Status.REJECTED)


class ExpenseLine(models.Model):
    """One position of a claim."""

    claim = models.ForeignKey(ExpenseClaim, models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField(_("position"))
    category = models.ForeignKey(ExpenseCategory, models.PROTECT, related_name="+", verbose_name=_("category"))
    spent_on = models.DateField(_("day"))
    description = models.CharField(_("description"), max_length=200)
    amount = models.DecimalField(_("amount"), **MONEY)

    class Meta:
        verbose_name = _("expense line")
        verbose_name_plural = _("expense lines")
        ordering = ["claim", "position"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "position"], name="workflow_expenseline_position_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="workflow_expenseline_costs_something"),
        ]

    def __str__(self) -> str:
        return self.description
