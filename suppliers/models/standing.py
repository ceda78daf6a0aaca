"""Why a supplier may sell, or may not."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from suppliers.models.parties import Party


class SellingOverride(models.Model):
    """Leave to sell to the end of a day although a paper is missing; counts only once it is approved."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Being asked for")
        APPROVED = "approved", _("Approved")
        ENDED = "ended", _("Not granted")

    party = models.ForeignKey(Party, models.PROTECT, related_name="overrides")
    until_on = models.DateField(_("to the end of"))
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("leave to sell")
        verbose_name_plural = _("leaves to sell")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["party"], condition=Q(state="draft"), name="suppliers_sellingoverride_one_asked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party} → {self.until_on:%Y-%m-%d}"


class Standing(models.Model):
    """One change of a supplier's status or right to sell, with its reason. Append-only.

    `data` holds what the reason speaks of (names of licences, days), so that it can be told in either language.
    """

    class Reason(models.TextChoices):
        COMPLETE = "complete", _("Contract signed, mandatory licences valid")
        LICENCE = "licence", _("A mandatory licence is missing or has run out")
        GRACE_OVER = "grace_over", _("The days of grace are over")
        CONTRACT = "contract", _("No contract is in force")
        OVERRIDE = "override", _("Leave to sell was approved")
        OVERRIDE_OVER = "override_over", _("The leave to sell is over")
        BLOCKED = "blocked", _("Blocked")
        UNBLOCKED = "unblocked", _("No longer blocked")
        LEAVING = "leaving", _("Leaving began")
        STAYS = "stays", _("Leaving was called off")
        LEFT = "left", _("Left")

    party = models.ForeignKey(Party, models.PROTECT, related_name="standings", db_index=False)
    at = models.DateTimeField(_("when"), default=timezone.now)
    status = models.CharField(_("status"), max_length=8, choices=Party.Status)
    selling = models.CharField(_("right to sell"), max_length=8, choices=Party.Selling)
    reason = models.CharField(_("reason"), max_length=14, choices=Reason)
    data = models.JSONField(_("details"), default=dict)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )

    class Meta:
        verbose_name = _("standing of a supplier")
        verbose_name_plural = _("standings of suppliers")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["party", "-id"], name="suppliers_standing_of_party")]

    def __str__(self) -> str:
        return f"{self.party_id} {self.selling}"
