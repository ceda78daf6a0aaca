"""A campaign as a project: what it wants, where, and who pays."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stores.models import Named

MONEY = {"max_digits": 13, "decimal_places": 2}


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
    # The objective in figures; what is left empty is not aimed at.
    target_sales = models.DecimalField(_("sales aimed at"), null=True, blank=True, **MONEY)
    target_visits = models.PositiveIntegerField(_("purchases aimed at"), null=True, blank=True)
    target_members = models.PositiveIntegerField(_("new members aimed at"), null=True, blank=True)
    target_response = models.DecimalField(
        _("response aimed at"), max_digits=5, decimal_places=4, null=True, blank=True,
        help_text=_("Of those it is for, the share that buys in the period."),
    )  # fmt: skip
    # What was learnt, when it is closed; a clone shows it beside the new plan.
    lessons = models.TextField(_("lessons"), max_length=4000, blank=True)
    rating = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True)
    why_cancelled = models.CharField(_("why it was called off"), max_length=300, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    # When the points its multipliers gave were counted last (`Offer.points_given`).
    points_counted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="campaigns_campaign_number_is_unique"),
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="campaigns_campaign_has_days"),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__gte=1, rating__lte=5), name="campaigns_campaign_rating_is_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(target_response=None) | Q(target_response__gte=0, target_response__lte=1),
                name="campaigns_campaign_response_is_a_share",
            ),
        ]
        indexes = [
            models.Index(fields=["-from_on", "-id"], name="campaigns_campaign_newest"),
            models.Index(fields=["state", "from_on"], name="campaigns_campaign_by_state"),
        ]

    @property
    def days(self) -> int:
        """How many days it lasts, first and last included."""
        return (self.until_on - self.from_on).days + 1

    @property
    def is_plan(self) -> bool:
        """Whether the plan may still be changed."""
        return self.state == self.State.DRAFT

    @property
    def is_live(self) -> bool:
        """Whether it is under way or will be: approved, running, or over and not yet closed."""
        return self.state in (self.State.APPROVED, self.State.RUNNING, self.State.ENDED)


class CampaignShare(models.Model):
    """Who pays which part of a campaign: the store itself, a brand, a supplier. The parts sum to 100 %."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="shares")
    brand = models.ForeignKey(
        "stores.Brand", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("brand")
    )
    party = models.ForeignKey(
        "suppliers.Party", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("supplier")
    )
    percent = models.DecimalField(_("share in percent"), max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("share of a campaign's cost")
        verbose_name_plural = _("shares of campaigns' costs")
        constraints = [
            models.CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="campaigns_share_is_a_part"),
            models.CheckConstraint(condition=Q(brand=None) | Q(party=None), name="campaigns_share_of_one_payer"),
            models.UniqueConstraint(
                fields=["campaign", "brand", "party"], name="campaigns_share_once_per_payer", nulls_distinct=False
            ),
        ]

    @property
    def payer(self) -> str:
        """Who pays, in the language of the page."""
        if self.brand_id:
            return self.brand.label
        return self.party.label if self.party_id else str(_("Our store"))
