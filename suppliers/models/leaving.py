"""How a supplier leaves: the notice, the steps, the day."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from suppliers.models.parties import Party


class Leaving(models.Model):
    """One leaving of a supplier, from the notice to the last step. One at a time."""

    class Cause(models.TextChoices):
        CONTRACT_END = "contract_end", _("The contract ends")
        OURS = "ours", _("We give notice")
        THEIRS = "theirs", _("The supplier gives notice")
        LAST_PLACE = "last_place", _("Last place elimination")
        BREACH = "breach", _("Breach of contract")

    party = models.ForeignKey(Party, models.PROTECT, related_name="leavings")
    cause = models.CharField(_("cause"), max_length=12, choices=Cause)
    reason = models.CharField(_("reason"), max_length=300)
    notice_on = models.DateField(_("notice given on"))
    notice_days = models.PositiveSmallIntegerField(_("days of notice"))
    leaves_on = models.DateField(_("last day"))
    is_early = models.BooleanField(_("shorter than the notice"), default=False)
    started_at = models.DateTimeField(_("begun at"), default=timezone.now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    called_off_at = models.DateTimeField(_("called off at"), null=True, blank=True)

    class Meta:
        verbose_name = _("leaving")
        verbose_name_plural = _("leavings")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["party"],
                condition=Q(finished_at=None, called_off_at=None),
                name="suppliers_leaving_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(leaves_on__gte=F("notice_on")), name="suppliers_leaving_after_the_notice"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(called_off_at=None), name="suppliers_leaving_ends_one_way"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party} → {self.leaves_on:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        return self.finished_at is None and self.called_off_at is None


class LeavingStep(models.Model):
    """One thing to be done before a supplier has left."""

    class Key(models.TextChoices):
        GOODS_OUT = "goods_out", _("Goods and fittings are out")
        ACCESS_CLOSED = "access_closed", _("Passes and access are closed")
        SETTLED = "settled", _("The last settlement is paid")
        DEPOSIT = "deposit", _("The deposit is given back")

    leaving = models.ForeignKey(Leaving, models.CASCADE, related_name="steps", db_index=False)
    key = models.CharField(_("step"), max_length=14, choices=Key)
    due_on = models.DateField(_("due"))
    amount = models.DecimalField(_("amount"), max_digits=13, decimal_places=2, null=True, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("step of a leaving")
        verbose_name_plural = _("steps of leavings")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["leaving", "key"], name="suppliers_leavingstep_once_per_leaving"),
        ]

    def __str__(self) -> str:
        return self.get_key_display()
