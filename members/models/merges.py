from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Member


class MergeOperation(models.Model):
    """Two members were found to be one: who stayed, who became a tombstone, and what moved."""

    winner = models.ForeignKey(Member, models.PROTECT, related_name="merges_won")
    loser = models.ForeignKey(Member, models.PROTECT, related_name="merges_lost")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    moved = models.JSONField(_("what moved"), default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")

    def __str__(self) -> str:
        return f"{self.loser_id} → {self.winner_id}"
