from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models.names import Bilingual


class Programme(models.Model):
    """A version of the loyalty programme, in force from ``valid_from`` until the next one.

    Published versions are never edited: every earned line points at the version it earned under.
    """

    class Expiry(models.TextChoices):
        NEVER = "never", _("Points never expire")
        ROLLING_MONTHS = "rolling_months", _("Some months after earning")
        END_OF_MONTH = "end_of_month", _("At the end of the month, some months after earning")
        END_OF_NEXT_YEAR = "end_of_next_year", _("At the end of the next calendar year")

    class ClawBack(models.TextChoices):
        ONLY_PENDING = "only_pending", _("Pending points only")
        WITHIN_BALANCE = "within_balance", _("Within the balance, the remainder is forgiven")
        UNLIMITED = "unlimited", _("Within the balance, the remainder becomes a debt")

    class TierReturn(models.TextChoices):
        NEXT_REVIEW = "next_review", _("At the next review")
        AT_ONCE = "at_once", _("At once")

    valid_from = models.DateTimeField(_("valid from"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    points_per_yuan = models.DecimalField(_("points per yuan"), max_digits=9, decimal_places=4, default=1)
    pending_days = models.PositiveSmallIntegerField(_("pending days"), default=0)
    expiry = models.CharField(_("expiry"), max_length=20, choices=Expiry.choices, default=Expiry.END_OF_NEXT_YEAR)
    expiry_months = models.PositiveSmallIntegerField(_("months to expiry"), default=12)
    claw_back = models.CharField(_("claw-back"), max_length=20, choices=ClawBack.choices, default=ClawBack.UNLIMITED)
    tier_on_return = models.CharField(
        _("tier after a return"),
        max_length=20,
        choices=TierReturn.choices,
        default=TierReturn.NEXT_REVIEW,
    )
    restore_grace_days = models.PositiveSmallIntegerField(_("grace for restored points"), default=30)
    points_per_yuan_paid = models.PositiveIntegerField(_("points that pay one yuan"), default=100)
    adjustment_limit = models.PositiveIntegerField(_("adjustment without a second person, up to"), default=1000)
    hold_minutes = models.PositiveSmallIntegerField(_("minutes a hold lasts"), default=15)

    class Meta:
        verbose_name = _("programme version")
        verbose_name_plural = _("programme versions")
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(points_per_yuan__gte=0) & models.Q(points_per_yuan_paid__gt=0),
                name="loyalty_programme_rates_are_positive",
            )
        ]

    def __str__(self) -> str:
        return self.name


class EarningRule(Bilingual, models.Model):
    """A condition on receipt lines and what it does to the points they earn.

    Order of stacking: exclusions first; then the base rate (the rule naming the store, else the
    programme's); then, within each group, the best multiplier counts, and the groups multiply;
    then the cap; one floor per line at the end.
    """

    class Kind(models.TextChoices):
        EXCLUDE = "exclude", _("Earns nothing")
        BASE = "base", _("Base rate")
        MULTIPLY = "multiply", _("Multiplier")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    value = models.DecimalField(_("points per yuan, or multiplier"), max_digits=9, decimal_places=4, default=1)
    group = models.CharField(_("group"), max_length=20, default="offer")
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    stores = ArrayField(models.BigIntegerField(), default=list, blank=True)
    tiers = ArrayField(models.SmallIntegerField(), default=list, blank=True)
    brands = ArrayField(models.BigIntegerField(), default=list, blank=True)
    counters = ArrayField(models.BigIntegerField(), default=list, blank=True)
    categories = ArrayField(models.BigIntegerField(), default=list, blank=True)
    products = ArrayField(models.BigIntegerField(), default=list, blank=True)
    tenders = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    weekdays = ArrayField(models.SmallIntegerField(), default=list, blank=True)
    birthday_window_days = models.PositiveSmallIntegerField(_("days around the birthday"), null=True, blank=True)
    minimum_spend = models.DecimalField(
        _("minimum spend on the receipt"), max_digits=13, decimal_places=2, null=True, blank=True
    )
    discounted_only = models.BooleanField(_("already discounted goods only"), default=False)
    # A set of members that a floor above knows by this number (`loyalty.services.audiences`); empty: all members.
    audience = models.BigIntegerField(_("for an audience"), null=True, blank=True, editable=False)
    cap_per_line = models.PositiveIntegerField(_("most points a line"), null=True, blank=True)
    funded_by = models.ForeignKey(
        "stores.Brand",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("paid by the brand"),
        help_text=_("The brand pays for all points of the lines this multiplier counts for."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        ordering = ["valid_from", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(value__gte=0), name="loyalty_earningrule_is_not_negative"),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gt=models.F("valid_from")),
                name="loyalty_earningrule_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(funded_by__isnull=True) | models.Q(kind="multiply"),
                name="loyalty_earningrule_only_multipliers_are_funded",
            ),
        ]

    def __str__(self) -> str:
        return self.name
