"""A campaign as a project."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stores.models import Named


class Campaign(Named):
    """Something the store does over some days to reach an objective: planned, approved, run, closed with its lessons."""

    class Kind(models.TextChoices):
        MALL = "mall", pgettext_lazy("campaign", "Mall")
        BRAND = "brand", pgettext_lazy("campaign", "Brand")
        MEMBER = "member", pgettext_lazy("campaign", "Members")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("campaign", "Being planned")
        WAITING = "waiting", pgettext_lazy("campaign", "In approval")
        APPROVED = "approved", pgettext_lazy("campaign", "Approved")
        RUNNING = "running", pgettext_lazy("campaign", "Running")
        ENDED = "ended", pgettext_lazy("campaign", "Over, to be closed")
        CLOSED = "closed", pgettext_lazy("campaign", "Closed")
        CANCELLED = "cancelled", pgettext_lazy("campaign", "Called off")

    number = models.CharField(_("number"), max_length=20)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.MEMBER)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    objective = models.TextField(_("objective"), max_length=2000, blank=True)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("owner"))
    stores = models.ManyToManyField("stores.Store", related_name="+", verbose_name=_("stores"))
    counters = models.ManyToManyField("stores.Counter", blank=True, related_name="+", verbose_name=_("counters"))
    brands = models.ManyToManyField("stores.Brand", blank=True, related_name="+", verbose_name=_("brands"))
    segment = models.ForeignKey(
        "campaigns.Segment", models.PROTECT, null=True, blank=True, related_name="campaigns",
        verbose_name=_("for whom"),
    )  # fmt: skip
    copied_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="copies", verbose_name=_("done again from")
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="campaigns_campaign_number_is_unique"),
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="campaigns_campaign_has_days"),
        ]
        indexes = [
            models.Index(fields=["-from_on", "-id"], name="campaigns_campaign_newest"),
            models.Index(fields=["state", "from_on"], name="campaigns_campaign_by_state"),
        ]
