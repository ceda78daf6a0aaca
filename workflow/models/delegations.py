"""Who decides for whom, and until when."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow.models.flows import Flow


class Delegation(models.Model):
    """A standing delegation: from one day through another, `to_user` decides on behalf of `from_user`.

    It reaches one hop only and never to who asked. No flows chosen means all flows; no maximum means any amount.
    """

    from_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("absent"), db_index=False
    )
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("deputy"), db_index=False
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("through"))
    flows = models.ManyToManyField(Flow, blank=True, related_name="+", verbose_name=_("flows"))
    max_amount = models.DecimalField(_("up to (yuan)"), max_digits=13, decimal_places=2, null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended early at"), null=True)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="workflow_delegation_ends_after_start"
            ),
            models.CheckConstraint(
                condition=~models.Q(from_user=models.F("to_user")), name="workflow_delegation_is_to_another"
            ),
        ]
        indexes = [
            models.Index(fields=["from_user", "ends_on"], name="workflow_delegation_from"),
            models.Index(fields=["to_user", "ends_on"], name="workflow_delegation_to"),
        ]

    def __str__(self) -> str:
        return f"{self.from_user} → {self.to_user}"
