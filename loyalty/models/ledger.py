from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PointsTxn(models.Model):
    """One thing that happened to points, with its cause. Append-only."""

    class Kind(models.TextChoices):
        OPEN = "open", _("Opening balance")
        EARN = "earn", _("Earned")
        ACTIVATE = "activate", _("Became available")
        HOLD = "hold", _("Held")
        CAPTURE = "capture", _("Hold captured")
        RELEASE = "release", _("Hold released")
        REDEEM = "redeem", _("Redeemed")
        EXPIRE = "expire", _("Expired")
        CLAWBACK = "clawback", _("Taken back")
        RESTORE = "restore", _("Restored")
        ADJUST = "adjust", _("Adjusted")
        MERGE = "merge", _("Merged")
        POOL = "pool", _("Within the household")
        REINSTATE = "reinstate", _("Expiry undone")

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey("loyalty.Account", models.PROTECT, related_name="txns", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    source = models.CharField(_("source"), max_length=40)
    document = models.CharField(_("document"), max_length=80)
    line = models.IntegerField(_("line"), default=0)
    event = models.CharField(_("event"), max_length=20)
    business_at = models.DateTimeField(_("happened at"))
    booked_at = models.DateTimeField(_("booked at"))
    programme = models.ForeignKey("loyalty.Programme", models.PROTECT, null=True, related_name="+", db_index=False)
    tier_rank = models.PositiveSmallIntegerField(_("tier at the time"), default=0)
    store = models.ForeignKey("stores.Store", models.PROTECT, null=True, related_name="+", db_index=False)
    receipt = models.ForeignKey("sales.Receipt", models.PROTECT, null=True, related_name="+")
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("points transaction")
        verbose_name_plural = _("points transactions")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "document", "line", "event"],
                name="loyalty_txn_once_per_event",
            )
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="loyalty_txn_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.document}"


class PointsEntry(models.Model):
    """A leg of a transaction: points into (+) or out of (-) a bucket. The legs sum to zero.

    ``account`` is empty on the leg of the house (``issued``, ``redeemed``, ``expired`` …).
    Partitioned by month of the business day.
    """

    class Bucket(models.TextChoices):
        AVAILABLE = "available", _("Available")
        PENDING = "pending", _("Pending")
        HELD = "held", _("Held")
        DEBT = "debt", _("Debt")
        ISSUED = "issued", _("Issued")
        REDEEMED = "redeemed", _("Redeemed")
        EXPIRED = "expired", _("Expired")
        CLAWED_BACK = "clawed_back", _("Taken back")
        ADJUSTED = "adjusted", _("Adjusted")
        POOLED = "pooled", _("Within households")

    pk = models.CompositePrimaryKey("business_on", "id")
    business_on = models.DateField()
    id = models.BigIntegerField()
    txn = models.ForeignKey(PointsTxn, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="entries")
    account = models.ForeignKey(
        "loyalty.Account",
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    bucket = models.CharField(max_length=12, choices=Bucket.choices)
    amount = models.BigIntegerField()
    brand_id = models.BigIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "loyalty_pointsentry"
        verbose_name = _("points entry")
        verbose_name_plural = _("points entries")


class PointsLot(models.Model):
    """Points granted together, by one receipt line or an opening balance, that expire together."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey("loyalty.Account", models.PROTECT, related_name="lots", db_index=False)
    txn = models.ForeignKey(PointsTxn, models.PROTECT, related_name="lots")
    granted = models.BigIntegerField(_("granted"))
    remaining = models.BigIntegerField(_("remaining"))
    earmarked = models.BigIntegerField(_("set aside by holds"), default=0)
    is_pending = models.BooleanField(_("pending"), default=False)
    active_from = models.DateTimeField(_("available from"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    receipt_id = models.BigIntegerField(null=True)
    line_no = models.IntegerField(null=True)
    brand_id = models.BigIntegerField(_("funding brand"), null=True)

    class Meta:
        verbose_name = _("points lot")
        verbose_name_plural = _("points lots")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(remaining__gte=0)
                & models.Q(remaining__lte=models.F("granted"))
                & models.Q(earmarked__gte=0)
                & models.Q(earmarked__lte=models.F("remaining")),
                name="loyalty_lot_remaining_within_granted",
            )
        ]
        indexes = [
            models.Index(
                fields=["account", "expires_at", "active_from", "id"],
                condition=models.Q(remaining__gt=0),
                name="loyalty_lot_open_fifo",
            ),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(remaining__gt=0),
                name="loyalty_lot_open_by_expiry",
            ),
            models.Index(
                fields=["active_from"],
                condition=models.Q(is_pending=True),
                name="loyalty_lot_pending",
            ),
            models.Index(
                fields=["receipt_id"],
                condition=models.Q(receipt_id__isnull=False),
                name="loyalty_lot_of_receipt",
            ),
        ]


class LotAllocation(models.Model):
    """Points of one lot used by one transaction. Append-only; undone by a reversing row."""

    class Kind(models.TextChoices):
        REDEEM = "redeem", _("Redeemed")
        EXPIRE = "expire", _("Expired")
        CLAWBACK = "clawback", _("Taken back")
        ARREARS = "arrears", _("Paid a debt")
        TRANSFER = "transfer", _("Moved to another account")
        ADJUST = "adjust", _("Adjusted")

    id = models.BigAutoField(primary_key=True)
    txn = models.ForeignKey(PointsTxn, models.PROTECT, related_name="allocations")
    lot = models.ForeignKey(PointsLot, models.PROTECT, related_name="allocations")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = models.BigIntegerField()
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversals")
    debt = models.ForeignKey("loyalty.PointsDebt", models.PROTECT, null=True, related_name="payments")
    line_receipt_id = models.BigIntegerField(null=True)
    line_no = models.IntegerField(null=True)

    class Meta:
        verbose_name = _("lot allocation")
        verbose_name_plural = _("lot allocations")
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="loyalty_allocation_is_positive")]


class EarnLine(models.Model):
    """What a receipt line earned, and why: the stored facts behind "why these points?".

    ``points_now`` is what it has earned after returns: ``min(cap, floor(retained × rate))``.
    Partitioned by month of sale; the line is named by value.
    """

    pk = models.CompositePrimaryKey("sold_on", "receipt_id", "line_no")
    sold_on = models.DateField()
    receipt_id = models.BigIntegerField()
    line_no = models.IntegerField()
    account = models.ForeignKey(
        "loyalty.Account", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    programme = models.ForeignKey(
        "loyalty.Programme",
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    lot_id = models.BigIntegerField(null=True)
    base_amount = models.DecimalField(max_digits=13, decimal_places=2)
    rate = models.DecimalField(max_digits=11, decimal_places=6)
    cap = models.BigIntegerField(null=True)
    points_earned = models.BigIntegerField()
    points_now = models.BigIntegerField()
    points_forgiven = models.BigIntegerField(default=0)
    why = models.JSONField()

    class Meta:
        managed = False
        db_table = "loyalty_earnline"
        verbose_name = _("earned line")
        verbose_name_plural = _("earned lines")
