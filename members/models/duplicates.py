from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Member


class DuplicatePair(models.Model):
    """Two members who may be one person, with the evidence; once somebody said they are two, they stay two."""

    class Likeness(models.TextChoices):
        EXACT = "exact", _("Certain")
        LIKELY = "likely", _("Likely")

    class State(models.TextChoices):
        OPEN = "open", _("To look at")
        MERGED = "merged", _("Merged")
        DIFFERENT = "different", _("Two people")

    first = models.ForeignKey(Member, models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Member, models.CASCADE, related_name="+")
    likeness = models.CharField(_("likeness"), max_length=6, choices=Likeness)
    # Which rules found them: identity, phone_and_name, phone_and_surname, name_and_birthday, email_and_name.
    evidence = models.JSONField(_("evidence"), default=list)
    weight = models.PositiveSmallIntegerField(_("weight"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    found_at = models.DateTimeField(_("found at"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="members_duplicate_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="members_duplicate_pair_in_order"),
        ]
        indexes = [
            models.Index(fields=["-weight", "-id"], condition=Q(state="open"), name="members_duplicate_open"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}"
