from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """The points of one member. The balances are caches of the ledger; the row is the lock."""

    id = models.BigAutoField(primary_key=True)
    member = models.OneToOneField("members.Member", models.PROTECT, related_name="+")
    available = models.BigIntegerField(_("available"), default=0)
    pending = models.BigIntegerField(_("pending"), default=0)
    held = models.BigIntegerField(_("held"), default=0)
    debt = models.BigIntegerField(_("debt"), default=0)
    earned_life = models.BigIntegerField(_("earned in total"), default=0)
    tier_rank = models.PositiveSmallIntegerField(_("tier"), default=0)
    tier_until_on = models.DateField(_("tier held until"), null=True, blank=True)
    next_expiry_at = models.DateTimeField(_("next expiry"), null=True, blank=True)
    standing_on = models.DateField(_("tier known up to"), null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("points account")
        verbose_name_plural = _("points accounts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(available__gte=0)
                & models.Q(pending__gte=0)
                & models.Q(held__gte=0)
                & models.Q(debt__gte=0),
                name="loyalty_account_never_below_zero",
            ),
            models.CheckConstraint(
                condition=models.Q(available=0) | models.Q(debt=0),
                name="loyalty_account_pays_debt_first",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tier_until_on"],
                condition=models.Q(tier_rank__gt=0),
                name="loyalty_account_by_tier_end",
            ),
            models.Index(fields=["tier_rank"], name="loyalty_account_by_tier"),
        ]

    def __str__(self) -> str:
        return str(self.member_id)


class PointsHold(models.Model):
    """Points set aside for a redemption that has not happened yet. Ends exactly once."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CAPTURED = "captured", _("Captured")
        RELEASED = "released", _("Released")
        LAPSED = "lapsed", _("Lapsed")

    account = models.ForeignKey(Account, models.PROTECT, related_name="holds")
    points = models.PositiveBigIntegerField(_("points"))
    captured = models.PositiveBigIntegerField(_("captured"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    txn = models.ForeignKey("loyalty.PointsTxn", models.PROTECT, related_name="+")
    ended_txn = models.ForeignKey("loyalty.PointsTxn", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("held at"))
    expires_at = models.DateTimeField(_("lapses at"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("points hold")
        verbose_name_plural = _("points holds")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(points__gt=0) & models.Q(captured__lte=models.F("points")),
                name="loyalty_hold_captures_at_most_itself",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", ended_txn__isnull=True)
                | (~models.Q(state="open") & models.Q(ended_txn__isnull=False)),
                name="loyalty_hold_ends_with_a_transaction",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state="open"),
                name="loyalty_hold_open_by_expiry",
            )
        ]


class HoldLot(models.Model):
    """The part of a lot that a hold sets aside."""

    hold = models.ForeignKey(PointsHold, models.PROTECT, related_name="lots")
    lot = models.ForeignKey("loyalty.PointsLot", models.PROTECT, related_name="+")
    amount = models.PositiveBigIntegerField()


class PointsDebt(models.Model):
    """Points a return should have taken back and could not. New points pay it first."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="debts")
    txn = models.ForeignKey("loyalty.PointsTxn", models.PROTECT, related_name="+")
    line_receipt_id = models.BigIntegerField(null=True)
    line_no = models.IntegerField(null=True)
    original = models.PositiveBigIntegerField(_("owed at first"))
    outstanding = models.PositiveBigIntegerField(_("still owed"))
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("points debt")
        verbose_name_plural = _("points debts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outstanding__lte=models.F("original")),
                name="loyalty_debt_shrinks",
            )
        ]
        indexes = [
            models.Index(
                fields=["account", "id"],
                condition=models.Q(outstanding__gt=0),
                name="loyalty_debt_open",
            )
        ]
