"""Who did what, when."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One thing somebody did: written in the transaction of the deed, never changed (a trigger refuses)."""

    at = models.DateTimeField(_("when"), auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    action = models.CharField(_("what"), max_length=80)
    subject_type = models.CharField(_("kind of thing"), max_length=60, blank=True)
    subject_id = models.BigIntegerField(_("number of the thing"), null=True)
    store = models.ForeignKey(
        "stores.Store", verbose_name=_("store"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    data = models.JSONField(_("details"), default=dict)

    class Meta:
        db_table = "staff_auditentry"
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="staff_auditentry_by_subject"),
            models.Index(fields=["actor", "-id"], name="staff_auditentry_by_actor"),
            models.Index(fields=["action", "-id"], name="staff_auditentry_by_action"),
            models.Index(fields=["at"], name="staff_auditentry_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id or ''}".strip()
