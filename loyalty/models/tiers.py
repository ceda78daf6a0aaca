from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models.names import Bilingual


class TierScheme(models.Model):
    """A version of how stars are reached and kept, in force from ``valid_from``."""

    class Basis(models.TextChoices):
        SPEND = "spend", _("Qualifying spend")
        POINTS = "points", _("Qualifying points")
        VISITS = "visits", _("Visits")

    class Holds(models.TextChoices):
        END_OF_NEXT_YEAR = "end_of_next_year", _("Until the end of the next calendar year")
        MONTHS = "months", _("For some months")

    valid_from = models.DateTimeField(_("valid from"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    basis = models.CharField(_("basis"), max_length=10, choices=Basis.choices, default=Basis.SPEND)
    window_days = models.PositiveSmallIntegerField(_("days looked back"), default=365)
    holds = models.CharField(_("held"), max_length=20, choices=Holds.choices, default=Holds.END_OF_NEXT_YEAR)
    hold_months = models.PositiveSmallIntegerField(_("months held"), default=12)
    grace_days = models.PositiveSmallIntegerField(_("days of grace"), default=0)

    class Meta:
        verbose_name = _("tier scheme")
        verbose_name_plural = _("tier schemes")
        ordering = ["-valid_from"]

    def __str__(self) -> str:
        return self.name


class Tier(Bilingual, models.Model):
    """A star of a scheme. Rank 0 is where everybody begins and never ends."""

    scheme = models.ForeignKey(TierScheme, models.PROTECT, related_name="tiers")
    rank = models.PositiveSmallIntegerField(_("rank"))
    stars = models.PositiveSmallIntegerField(_("stars"))
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("name in English"), max_length=40)
    reach_at = models.DecimalField(_("reached at"), max_digits=13, decimal_places=2, null=True, blank=True)
    keep_at = models.DecimalField(_("kept at"), max_digits=13, decimal_places=2, null=True, blank=True)
    by_invitation = models.BooleanField(_("by invitation only"), default=False)
    never_down = models.BooleanField(_("never taken away"), default=False)
    discount = models.DecimalField(
        _("discount rate"), max_digits=5, decimal_places=4, default=0, help_text=_("0.05 = 5% off")
    )
    points_multiplier = models.DecimalField(_("points multiplier"), max_digits=5, decimal_places=2, default=1)
    birthday_gift = models.CharField(_("birthday gift"), max_length=80, blank=True)
    birthday_gift_en = models.CharField(_("birthday gift in English"), max_length=80, blank=True)
    parking_hours = models.PositiveSmallIntegerField(_("free parking hours"), default=0)
    service_line = models.CharField(_("service line"), max_length=40, blank=True)

    @property
    def badge(self) -> str:
        """★★★★ and the name."""
        return f"{'★' * self.stars} {self.label}"

    @property
    def birthday_gift_label(self) -> str:
        """The birthday gift in the language of the page."""
        return self.birthday_gift if self.label == self.name else self.birthday_gift_en or self.birthday_gift

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["scheme", "rank"]
        constraints = [models.UniqueConstraint(fields=["scheme", "rank"], name="loyalty_tier_one_per_rank")]

    def __str__(self) -> str:
        return self.name


class TierProgress(models.Model):
    """What counts towards a tier: an amount on a day of sale. Append-only; returns are negative
    amounts on the day of the sale they give back."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey("loyalty.Account", models.PROTECT, related_name="progress", db_index=False)
    on = models.DateField(_("day of sale"))
    known_at = models.DateTimeField(_("known at"))
    is_sale = models.BooleanField()
    spend = models.DecimalField(_("qualifying spend"), max_digits=13, decimal_places=2)
    points = models.BigIntegerField(_("qualifying points"))
    visits = models.SmallIntegerField(_("visits"))
    receipt = models.ForeignKey("sales.Receipt", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("tier progress")
        verbose_name_plural = _("tier progress")
        indexes = [
            models.Index(
                fields=["account", "on"],
                include=["spend", "points", "visits"],
                name="loyalty_tierprogress_window",
            )
        ]


class TierPeriod(models.Model):
    """A star a member holds from a day until a day (exclusive), and the evidence for it."""

    class Why(models.TextChoices):
        REACHED = "reached", _("Threshold reached")
        RENEWED = "renewed", _("Threshold reached again")
        KEPT = "kept", _("Kept at the review")
        ONE_DOWN = "one_down", _("One level down at the review")
        GRANTED = "granted", _("Granted by hand")
        RETURNED = "returned", _("Goods returned")

    account = models.ForeignKey("loyalty.Account", models.PROTECT, related_name="tier_periods", db_index=False)
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="+")
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    why = models.CharField(_("why"), max_length=10, choices=Why.choices)
    amount = models.DecimalField(_("qualifying amount"), max_digits=13, decimal_places=2, null=True, blank=True)
    threshold = models.DecimalField(_("threshold"), max_digits=13, decimal_places=2, null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ended_on = models.DateField(_("ended early on"), null=True, blank=True)
    created_at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("tier period")
        verbose_name_plural = _("tier periods")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_on__isnull=True) | models.Q(until_on__gt=models.F("from_on")),
                name="loyalty_tierperiod_ends_after_it_begins",
            )
        ]
        indexes = [
            models.Index(fields=["account", "from_on"], name="loyalty_tierperiod_of_account"),
            models.Index(fields=["until_on"], name="loyalty_tierperiod_by_end"),
        ]
