"""What a case ends with: something for the trouble, and what the member thought of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from callcenter.models.cases import Case


class Compensation(models.Model):
    """Points, a coupon or a gift for a member's trouble; above the chain's limit it is approved first."""

    class Kind(models.TextChoices):
        POINTS = "points", _("Points")
        COUPON = "coupon", _("Coupon")
        GIFT = "gift", _("Gift")

    class State(models.TextChoices):
        WAITING = "waiting", _("In approval")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")

    case = models.ForeignKey(Case, models.PROTECT, related_name="compensations")
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    points = models.PositiveIntegerField(_("points"), null=True, blank=True)
    coupon_kind = models.ForeignKey(
        "loyalty.CouponKind", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("kind of coupon")
    )
    reward = models.ForeignKey(
        "loyalty.Reward", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("gift")
    )
    worth = models.DecimalField(_("worth"), max_digits=13, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    txn = models.OneToOneField("loyalty.PointsTxn", models.PROTECT, null=True, blank=True, related_name="+")
    coupon = models.OneToOneField("loyalty.Coupon", models.PROTECT, null=True, blank=True, related_name="+")
    redemption = models.OneToOneField("loyalty.Redemption", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("compensation")
        verbose_name_plural = _("compensations")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="points", points__gt=0, coupon_kind=None, reward=None)
                | Q(kind="coupon", points=None, coupon_kind__isnull=False, reward=None)
                | Q(kind="gift", points=None, coupon_kind=None, reward__isnull=False),
                name="callcenter_compensation_is_one_thing",
            ),
            models.CheckConstraint(
                condition=~Q(state="granted")
                | Q(txn__isnull=False)
                | Q(coupon__isnull=False)
                | Q(redemption__isnull=False),
                name="callcenter_compensation_granted_is_booked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.get_kind_display()}"

    @property
    def what(self) -> str:
        """The thing given, in the language of the page."""
        if self.kind == self.Kind.POINTS:
            return _("%(points)s points") % {"points": f"{self.points:,}"}
        return (self.coupon_kind or self.reward).label


class CaseRating(models.Model):
    """What a member thought of a case: asked once per case, answered within a fortnight."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="rating")
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    open_until = models.DateTimeField(_("open until"))
    stars = models.PositiveSmallIntegerField(_("stars"), null=True, blank=True)
    words = models.TextField(_("in words"), max_length=1000, blank=True)
    rated_at = models.DateTimeField(_("rated at"), null=True, blank=True)

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.CheckConstraint(
                condition=Q(stars=None, rated_at=None) | Q(stars__range=(1, 5), rated_at__isnull=False),
                name="callcenter_rating_is_one_to_five",
            ),
        ]
        indexes = [models.Index(fields=["rated_at"], condition=Q(stars__isnull=False), name="callcenter_rating_given")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.stars or '—'}"
