from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Member


class MergeOperation(models.Model):
    """Two members were found to be one: who stayed, who became a tombstone, and whether it was taken back."""

    winner = models.ForeignKey(Member, models.PROTECT, related_name="merges_won")
    loser = models.ForeignKey(Member, models.PROTECT, related_name="merges_lost")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    moved = models.JSONField(_("what moved"), default=dict)
    # What the apps above need to take their part back, by app.
    notes = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    undone_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    # What changed since the merge and therefore stayed with the winner: counts by table.
    stayed = models.JSONField(_("what stayed"), default=dict, db_default=models.Value({}, models.JSONField()))

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(
                fields=["loser"], condition=Q(undone_at__isnull=True), name="members_merge_loser_once_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="members_merge_newest_first")]

    def __str__(self) -> str:
        return f"{self.loser_id} → {self.winner_id}"

    @property
    def is_undone(self) -> bool:
        """Whether both members live again."""
        return self.undone_at is not None


class MergeMove(models.Model):
    """One step of a merge: which rows got which values in place of which. Read backwards it is the way back."""

    class Verb(models.TextChoices):
        CHANGED = "changed", _("Changed")
        REMOVED = "removed", _("Removed")

    operation = models.ForeignKey(MergeOperation, models.CASCADE, related_name="moves")
    table = models.CharField(max_length=80)
    verb = models.CharField(max_length=8, choices=Verb)
    pks = ArrayField(models.BigIntegerField())
    before = models.JSONField(encoder=DjangoJSONEncoder)
    after = models.JSONField(encoder=DjangoJSONEncoder, default=dict)

    class Meta:
        verbose_name = _("step of a merge")
        verbose_name_plural = _("steps of merges")

    def __str__(self) -> str:
        return f"{self.table} {self.verb} {len(self.pks)}"
