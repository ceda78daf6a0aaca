from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Adjustment(models.Model):
    """A correction of points asked for by one person; above the limit it goes through approval."""

    class State(models.TextChoices):
        WAITING = "waiting", _("In approval")
        BOOKED = "booked", _("Booked")
        REFUSED = "refused", _("Refused")

    account = models.ForeignKey("loyalty.Account", models.PROTECT, related_name="adjustments")
    points = models.BigIntegerField(_("points"), help_text=_("Negative to take points away."))
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    txn = models.OneToOneField("loyalty.PointsTxn", models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = _("points adjustment")
        verbose_name_plural = _("points adjustments")
        constraints = [
            models.CheckConstraint(condition=~models.Q(points=0), name="loyalty_adjustment_changes_something"),
            models.CheckConstraint(
                condition=~models.Q(state="booked") | models.Q(txn__isnull=False),
                name="loyalty_adjustment_booked_has_transaction",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=models.Q(state="waiting"), name="loyalty_adjustment_waiting")
        ]
