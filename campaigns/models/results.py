"""Result sheets: what members did after they were assigned to a message or to the holdout."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ResultSheet(models.Model):
    """The sums of one window of one send, of all sends of a campaign, or of a journey, by the arm members were assigned to.

    Computed again while the window is open; final once the follow-up is over. Figures are derived when they are read.
    """

    send = models.ForeignKey(
        "campaigns.Send", models.CASCADE, null=True, blank=True, related_name="sheets", db_index=False
    )
    campaign = models.ForeignKey(
        "campaigns.Campaign", models.CASCADE, null=True, blank=True, related_name="sheets", db_index=False
    )
    journey = models.ForeignKey(
        "campaigns.Journey", models.CASCADE, null=True, blank=True, related_name="sheets", db_index=False
    )
    first_on = models.DateField(_("from"))
    last_on = models.DateField(_("until"))
    # Purchases merely pulled forward are missing here.
    later_on = models.DateField(_("follow-up until"))
    before_on = models.DateField(_("compared with the time from"))
    # Of a journey: from the day each member entered.
    window_days = models.PositiveSmallIntegerField(_("days of the window"), default=14)
    spend_cap = models.DecimalField(_("spend counted up to"), max_digits=15, decimal_places=2, null=True)
    arms = models.JSONField(default=dict)
    goods = models.JSONField(default=list)
    attributed = models.JSONField(default=dict)
    is_final = models.BooleanField(_("final"), default=False)
    computed_at = models.DateTimeField(_("computed at"), default=timezone.now)
    compute_ms = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("result sheet")
        verbose_name_plural = _("result sheets")
        constraints = [
            models.CheckConstraint(
                condition=Q(send__isnull=False, campaign=None, journey=None)
                | Q(send=None, campaign__isnull=False, journey=None)
                | Q(send=None, campaign=None, journey__isnull=False),
                name="campaigns_resultsheet_is_about_one",
            ),
            models.UniqueConstraint(fields=["send"], name="campaigns_resultsheet_one_per_send"),
            models.UniqueConstraint(fields=["campaign"], name="campaigns_resultsheet_one_per_campaign"),
            models.UniqueConstraint(fields=["journey"], name="campaigns_resultsheet_one_per_journey"),
            models.CheckConstraint(
                condition=Q(before_on__lt=F("first_on"), last_on__gte=F("first_on"), later_on__gte=F("last_on")),
                name="campaigns_resultsheet_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.send_id or self.campaign_id or self.journey_id} {self.first_on:%Y-%m-%d}"
