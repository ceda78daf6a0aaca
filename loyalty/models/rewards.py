from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models.names import Bilingual


class Reward(Bilingual, models.Model):
    """Something members get for points, with limited stock."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    points = models.PositiveIntegerField(_("points"))
    cost = models.DecimalField(_("cost"), max_digits=13, decimal_places=2, default=0)
    stock = models.PositiveIntegerField(_("in stock"))
    per_member = models.PositiveSmallIntegerField(_("most per member"), null=True, blank=True)
    minimum_rank = models.PositiveSmallIntegerField(_("from tier rank"), default=0)
    store = models.ForeignKey(
        "stores.Store",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("store"),
    )
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        ordering = ["points"]
        constraints = [models.CheckConstraint(condition=models.Q(points__gt=0), name="loyalty_reward_costs_points")]

    def __str__(self) -> str:
        return self.name


class Redemption(models.Model):
    """A reward a member took. Cancelling gives the points and the stock back, once."""

    class State(models.TextChoices):
        TAKEN = "taken", _("Handed out")
        CANCELLED = "cancelled", _("Cancelled")

    account = models.ForeignKey("loyalty.Account", models.PROTECT, related_name="redemptions")
    reward = models.ForeignKey(Reward, models.PROTECT, related_name="redemptions")
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)
    points = models.PositiveBigIntegerField(_("points"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.TAKEN)
    txn = models.OneToOneField("loyalty.PointsTxn", models.PROTECT, related_name="+")
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("handed out at"))

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        indexes = [models.Index(fields=["-created_at"], name="loyalty_redemption_newest")]


class CouponKind(Bilingual, models.Model):
    """What a coupon is worth and where it may be used."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    amount = models.DecimalField(_("amount off"), max_digits=13, decimal_places=2, null=True, blank=True)
    rate = models.DecimalField(_("rate off"), max_digits=5, decimal_places=4, null=True, blank=True)
    minimum_spend = models.DecimalField(_("minimum spend"), max_digits=13, decimal_places=2, default=0)
    valid_days = models.PositiveSmallIntegerField(_("valid for days"), default=30)
    brand = models.ForeignKey(
        "stores.Brand",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("brand"),
    )
    store = models.ForeignKey(
        "stores.Store",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("store"),
    )
    funded_by = models.ForeignKey(
        "stores.Brand",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("paid by the brand"),
        help_text=_("The brand pays what its coupons take off."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("kind of coupon")
        verbose_name_plural = _("kinds of coupons")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__isnull=False, rate__isnull=True)
                | models.Q(amount__isnull=True, rate__isnull=False),
                name="loyalty_couponkind_amount_or_rate",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Coupon(models.Model):
    """A coupon in a member's hand: issued, then redeemed once, or expired."""

    class State(models.TextChoices):
        ISSUED = "issued", _("Valid")
        REDEEMED = "redeemed", _("Redeemed")
        EXPIRED = "expired", _("Expired")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(_("number"), max_length=24, unique=True)
    kind = models.ForeignKey(CouponKind, models.PROTECT, related_name="coupons")
    member = models.ForeignKey("members.Member", models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ISSUED)
    issued_at = models.DateTimeField(_("issued at"))
    expires_at = models.DateTimeField(_("valid until"))
    source = models.CharField(_("source"), max_length=40)
    source_key = models.CharField(max_length=80, unique=True)
    redeemed_at = models.DateTimeField(_("redeemed at"), null=True)
    receipt = models.ForeignKey("sales.Receipt", models.PROTECT, null=True, related_name="+")
    amount = models.DecimalField(_("amount given"), max_digits=13, decimal_places=2, null=True)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="redeemed") | models.Q(redeemed_at__isnull=False),
                name="loyalty_coupon_redeemed_at_a_time",
            )
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state="issued"),
                name="loyalty_coupon_valid_by_end",
            ),
            models.Index(
                fields=["redeemed_at"],
                condition=models.Q(state="redeemed"),
                name="loyalty_coupon_by_redemption",
            ),
        ]


class Milestone(Bilingual, models.Model):
    """A reward for points earned over a period, once per period; consumes nothing."""

    class Period(models.TextChoices):
        LIFE = "life", _("In a life")
        YEAR = "year", _("In a calendar year")

    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    period = models.CharField(_("period"), max_length=10, choices=Period.choices)
    points = models.PositiveBigIntegerField(_("points earned"))
    gift = models.CharField(_("gift"), max_length=120)
    gift_en = models.CharField(_("gift in English"), max_length=120, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    @property
    def gift_label(self) -> str:
        """The gift in the language of the page."""
        return self.gift if self.label == self.name else self.gift_en or self.gift

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")

    def __str__(self) -> str:
        return self.name


class MilestoneAward(models.Model):
    """A milestone a member reached, once per period."""

    account = models.ForeignKey("loyalty.Account", models.PROTECT, related_name="awards")
    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="awards")
    period = models.CharField(max_length=8)
    points = models.BigIntegerField(_("points earned"))
    awarded_at = models.DateTimeField(_("reached at"))
    handed_at = models.DateTimeField(_("handed out at"), null=True)
    handed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("milestone award")
        verbose_name_plural = _("milestone awards")
        constraints = [
            models.UniqueConstraint(fields=["account", "milestone", "period"], name="loyalty_award_once_per_period")
        ]
