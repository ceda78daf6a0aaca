"""What messages were written with, kept so that the very text can be shown again."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.sends import Send


class SentValues(models.Model):
    """What one call of a send wrote into its messages: few bytes a recipient, dropped with the send.

    `data` is packed by `campaigns.services.archive`; `first_member` and `last_member` enclose whom it is about.
    """

    send = models.ForeignKey(Send, models.CASCADE, related_name="+", db_index=False)
    first_member = models.BigIntegerField()
    last_member = models.BigIntegerField()
    at = models.DateTimeField(_("at"), default=timezone.now)
    data = models.BinaryField()

    class Meta:
        verbose_name = _("values of messages")
        verbose_name_plural = _("values of messages")
        indexes = [models.Index(fields=["send", "first_member", "last_member"], name="campaigns_sentvalues_of")]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_member__gte=F("first_member")), name="campaigns_sentvalues_enclose_members"
            )
        ]
