"""What a campaign offers: points multiplied, coupons, a discount, gifts, and who got which."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.projects import MONEY, Campaign
from stores.models import Named

USER = settings.AUTH_USER_MODEL


class Offer(Named):
    """One offer of a campaign. On approval it becomes a rule, a kind of coupon or a gift that the desk hands out."""

    class Kind(models.TextChoices):
        MULTIPLIER = "multiplier", pgettext_lazy("offer", "Points multiplied")
        COUPON = "coupon", pgettext_lazy("offer", "Coupon")
        DISCOUNT = "discount", pgettext_lazy("offer", "Discount")
        GIFT = "gift", pgettext_lazy("offer", "Gift")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="offers")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    times = models.DecimalField(_("times the points"), max_digits=4, decimal_places=2, null=True, blank=True)
    amount = models.DecimalField(_("amount off"), null=True, blank=True, **MONEY)
    rate = models.DecimalField(_("rate off"), max_digits=5, decimal_places=4, null=True, blank=True)
    minimum_spend = models.DecimalField(_("minimum purchase"), default=0, **MONEY)
    minimum_rank = models.PositiveSmallIntegerField(_("from tier rank"), default=0)
    unit_cost = models.DecimalField(_("cost of one"), default=0, **MONEY)
    brand = models.ForeignKey(
        "stores.Brand", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("for the brand")
    )
    is_funded = models.BooleanField(_("the brand pays"), default=False)
    # How often it is expected to be used, or for points how many yuan of sales: what the budget is reckoned from.
    expected = models.PositiveIntegerField(_("expected uses"), default=0)
    # What it became in loyalty.
    rule = models.ForeignKey(
        "loyalty.EarningRule", models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    coupon_kind = models.ForeignKey(
        "loyalty.CouponKind", models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True, editable=False)
    # Points beyond those earned without the offer, as counted last.
    points_given = models.BigIntegerField(_("points given"), default=0, editable=False)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="multiplier", times__gt=1, amount=None, rate=None)
                | Q(kind__in=("coupon", "discount"), times=None, amount__gt=0, rate=None)
                | Q(kind__in=("coupon", "discount"), times=None, amount=None, rate__gt=0, rate__lt=1)
                | Q(kind="gift", times=None, amount=None, rate=None),
                name="campaigns_offer_says_what_it_gives",
            ),
            models.CheckConstraint(condition=Q(is_funded=False) | Q(brand__isnull=False), name="campaigns_offer_payer"),
        ]


class GiftStock(models.Model):
    """How many pieces of a gift a store has: the sum of its moves, kept beside them."""

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="stocks")
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", verbose_name=_("store"))
    quantity = models.PositiveIntegerField(_("in stock"), default=0)

    class Meta:
        verbose_name = _("stock of a gift")
        verbose_name_plural = _("stocks of gifts")
        constraints = [models.UniqueConstraint(fields=["offer", "store"], name="campaigns_giftstock_once_per_store")]


class GiftHandout(models.Model):
    """A gift of a campaign in a member's hands: one per member and campaign. Taken back the same day with a reason."""

    class State(models.TextChoices):
        HANDED = "handed", pgettext_lazy("gift", "Handed out")
        TAKEN_BACK = "back", pgettext_lazy("gift", "Taken back")

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="handouts")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="handouts")
    member = models.ForeignKey("members.Member", models.PROTECT, related_name="+", verbose_name=_("member"))
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", verbose_name=_("store"))
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.HANDED)
    unit_cost = models.DecimalField(_("cost"), **MONEY)
    handed_at = models.DateTimeField(_("handed out at"), default=timezone.now)
    handed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", db_index=False)
    back_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    back_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("gift handed out")
        verbose_name_plural = _("gifts handed out")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "member"], condition=Q(state="handed"), name="campaigns_gift_once_per_member"
            ),
            models.CheckConstraint(
                condition=Q(state="handed", back_at=None) | Q(state="back", back_at__isnull=False),
                name="campaigns_gift_back_at_a_time",
            ),
        ]
        indexes = [models.Index(fields=["-handed_at"], name="campaigns_gift_newest")]


class GiftMove(models.Model):
    """A change of a stock: delivered, handed out, taken back, counted anew. Append-only, by trigger."""

    class Kind(models.TextChoices):
        IN = "in", pgettext_lazy("stock", "Delivered")
        OUT = "out", pgettext_lazy("stock", "Handed out")
        BACK = "back", pgettext_lazy("stock", "Taken back")
        COUNT = "count", pgettext_lazy("stock", "Counted anew")
        AWAY = "away", pgettext_lazy("stock", "Sent away")

    stock = models.ForeignKey(GiftStock, models.PROTECT, related_name="moves")
    kind = models.CharField(_("what happened"), max_length=5, choices=Kind)
    quantity = models.IntegerField(_("pieces"))
    handout = models.ForeignKey(GiftHandout, models.PROTECT, null=True, blank=True, related_name="moves")
    note = models.CharField(_("note"), max_length=120, blank=True)
    moved_at = models.DateTimeField(_("at"), default=timezone.now)
    moved_by = models.ForeignKey(USER, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("move of a gift's stock")
        verbose_name_plural = _("moves of gifts' stocks")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["handout", "kind"], name="campaigns_giftmove_once_per_handout"),
            models.CheckConstraint(condition=~Q(quantity=0), name="campaigns_giftmove_moves"),
        ]
