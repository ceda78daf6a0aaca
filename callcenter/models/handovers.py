"""What one shift leaves to the next."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from callcenter.models.cases import Case
from callcenter.models.steps import Promise


class HandOver(models.Model):
    """A note at the end of a shift, with the open matters somebody else goes on with."""

    class Shift(models.TextChoices):
        EARLY = "early", _("Early shift")
        LATE = "late", _("Late shift")
        DAY = "day", _("Whole day")

    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False)
    shift = models.CharField(_("shift"), max_length=6, choices=Shift)
    on = models.DateField(_("day"), default=timezone.localdate)
    note = models.TextField(_("note"), max_length=2000)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("written at"), default=timezone.now)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    taken_at = models.DateTimeField(_("taken over at"), null=True, blank=True)

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        constraints = [
            models.CheckConstraint(
                condition=Q(taken_at=None, taken_by=None) | Q(taken_at__isnull=False, taken_by__isnull=False),
                name="callcenter_handover_taken_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["store", "-written_at"], name="callcenter_handover_of_store")]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.get_shift_display()}"


class HandOverItem(models.Model):
    """One open matter that is handed over: a case or a promise, which become the colleague's."""

    hand_over = models.ForeignKey(HandOver, models.CASCADE, related_name="items", db_index=False)
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="+")
    promise = models.ForeignKey(Promise, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hand_over", "case", "promise"], nulls_distinct=False, name="callcenter_handoveritem_once"
            ),
            models.CheckConstraint(
                condition=Q(case__isnull=False, promise=None) | Q(case=None, promise__isnull=False),
                name="callcenter_handoveritem_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return str(self.case or self.promise)
