"""E-mails that came in."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from callcenter.models.cases import Case


class InboundMail(models.Model):
    """An e-mail that was received: once per Message-ID, and what became of it."""

    class Outcome(models.TextChoices):
        NEW_CASE = "new_case", _("Opened a case")
        ENTRY = "entry", _("Added to a case")
        IGNORED = "ignored", _("Automatic reply, ignored")

    message_id = models.CharField(_("message id"), max_length=255, db_collation="C")
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="mails")

    class Meta:
        verbose_name = _("e-mail received")
        verbose_name_plural = _("e-mails received")
        constraints = [
            models.UniqueConstraint(fields=["message_id"], name="callcenter_inboundmail_each_once"),
        ]

    def __str__(self) -> str:
        return self.message_id
