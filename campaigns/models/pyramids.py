"""The customer pyramid: dated pictures of how much each member bought in a period, and what layer that makes."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

MONEY = {"max_digits": 17, "decimal_places": 2}


class Layer(models.IntegerChoices):
    """The layers, highest first. The first four share the buyers of the period out: 1 %, 4 %, 15 %, 80 %."""

    TOP = 1, pgettext_lazy("pyramid", "Top 1 %")
    LARGE = 2, pgettext_lazy("pyramid", "Next 4 %")
    MEDIUM = 3, pgettext_lazy("pyramid", "Next 15 %")
    SMALL = 4, pgettext_lazy("pyramid", "Remaining 80 %")
    INACTIVE = 5, pgettext_lazy("pyramid", "Inactive")
    PROSPECT = 6, pgettext_lazy("pyramid", "Prospects")
    ONLOOKER = 7, pgettext_lazy("pyramid", "Onlookers")

    @property
    def hint(self) -> str:
        """Who is meant, in a few words."""
        return str(_HINTS[self])


_HINTS = {
    Layer.TOP: _("buyers by net spend, the first hundredth"),
    Layer.LARGE: _("buyers, up to the first twentieth"),
    Layer.MEDIUM: _("buyers, up to the first fifth"),
    Layer.SMALL: _("all other buyers of the period"),
    Layer.INACTIVE: _("bought before, nothing kept in the period"),
    Layer.PROSPECT: _("members without a purchase"),
    Layer.ONLOOKER: _("contacts without a card"),
}
BUYERS = (Layer.TOP, Layer.LARGE, Layer.MEDIUM, Layer.SMALL)


class RfmScheme(models.Model):
    """How recency, frequency and spend become scores from 1 (worst) to 5: quintiles, or cuts the store chose.

    Versioned: the newest is used for new pictures, a picture keeps the one it was made with.
    """

    class Mode(models.TextChoices):
        QUINTILES = "quintiles", _("Quintiles of the buyers")
        CUTS = "cuts", _("Limits of the store")

    mode = models.CharField(_("scores by"), max_length=9, choices=Mode, default=Mode.QUINTILES)
    # Four limits each, rising: days since the last purchase, purchases, yuan. A value on a limit has the better score.
    recency = models.JSONField(_("days since the last purchase"), default=list, blank=True)
    frequency = models.JSONField(_("purchases"), default=list, blank=True)
    spend = models.JSONField(_("net spend"), default=list, blank=True)
    # From this share of the spend bought at a discount on, a buyer is a transaction customer.
    transaction_share = models.DecimalField(
        _("transaction customers buy at a discount at least"), max_digits=5, decimal_places=4, default=Decimal("0.7")
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("scheme of scores")
        verbose_name_plural = _("schemes of scores")
        constraints = [
            models.CheckConstraint(
                condition=Q(transaction_share__gt=0, transaction_share__lte=1),
                name="campaigns_rfmscheme_share_is_a_share",
            )
        ]

    def __str__(self) -> str:
        return self.get_mode_display()


class Pyramid(models.Model):
    """A picture of the members as of the end of a day: the chain's, or that of one store's sales. Never changed."""

    as_of_on = models.DateField(_("as of"))
    from_on = models.DateField(_("period from"))
    store = models.ForeignKey(
        "stores.Store", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    scheme = models.ForeignKey(RfmScheme, models.PROTECT, related_name="+", db_index=False)
    margin_rate = models.DecimalField(
        _("margin where no contract says"), max_digits=5, decimal_places=4, default=Decimal("0.25")
    )
    buyers = models.PositiveIntegerField(_("buyers"), default=0)
    built_at = models.DateTimeField(_("computed at"), default=timezone.now)
    build_ms = models.PositiveIntegerField(_("time to compute"), default=0)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("customer pyramid")
        verbose_name_plural = _("customer pyramids")
        ordering = ["-as_of_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["as_of_on", "from_on", "store"],
                nulls_distinct=False,
                name="campaigns_pyramid_one_picture_a_day",
            ),
            models.CheckConstraint(condition=Q(from_on__lte=F("as_of_on")), name="campaigns_pyramid_has_a_period"),
        ]

    def __str__(self) -> str:
        return f"{self.as_of_on:%Y-%m-%d}"

    @property
    def days(self) -> int:
        """The length of the period."""
        return (self.as_of_on - self.from_on).days + 1


class PyramidMember(models.Model):
    """Where one member stood. Partitioned by picture, so that an old one is dropped in an instant.

    ``rank``, ``r``, ``f`` and ``m`` are empty but for buyers; ``profit`` is the margin of the lines bought.
    """

    pk = models.CompositePrimaryKey("pyramid_id", "member_id")
    pyramid = models.ForeignKey(Pyramid, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    member = models.ForeignKey(
        "members.Member", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    layer = models.SmallIntegerField(_("layer"), choices=Layer)
    rank = models.IntegerField(_("rank"), null=True)
    spend = models.DecimalField(_("net spend"), **MONEY)
    profit = models.DecimalField(_("margin"), **MONEY)
    discounted = models.DecimalField(_("bought at a discount"), **MONEY)
    receipts = models.IntegerField(_("purchases"))
    last_on = models.DateField(_("last purchase"), null=True)
    r = models.SmallIntegerField("R", null=True)
    f = models.SmallIntegerField("F", null=True)
    m = models.SmallIntegerField("M", null=True)

    class Meta:
        managed = False
        db_table = "campaigns_pyramidmember"
        verbose_name = _("member in a pyramid")
        verbose_name_plural = _("members in pyramids")


class PyramidCell(models.Model):
    """Sums of a picture by layer, scores and kind of customer: what its pages show without reading the members."""

    pyramid = models.ForeignKey(Pyramid, models.CASCADE, related_name="cells", db_index=False)
    layer = models.SmallIntegerField(_("layer"), choices=Layer)
    r = models.SmallIntegerField("R", null=True)
    f = models.SmallIntegerField("F", null=True)
    m = models.SmallIntegerField("M", null=True)
    # Tenths of the spend that were bought at a discount, 0 to 10; empty but for buyers.
    tenth = models.SmallIntegerField(null=True)
    members = models.PositiveIntegerField()
    receipts = models.BigIntegerField()
    spend = models.DecimalField(**MONEY)
    profit = models.DecimalField(**MONEY)
    lowest = models.DecimalField(**MONEY)
    highest = models.DecimalField(**MONEY)

    class Meta:
        verbose_name = _("cell of a pyramid")
        verbose_name_plural = _("cells of pyramids")
        indexes = [models.Index(fields=["pyramid"], name="campaigns_pyramidcell_of")]


class PyramidStep(models.Model):
    """The least spend of those who, added up from the top, make a share of the profit (in hundredths) of a picture."""

    pyramid = models.ForeignKey(Pyramid, models.CASCADE, related_name="steps", db_index=False)
    share = models.PositiveSmallIntegerField()
    members = models.PositiveIntegerField()
    spend = models.DecimalField(**MONEY)

    class Meta:
        verbose_name = _("step of a pyramid")
        verbose_name_plural = _("steps of pyramids")
        constraints = [models.UniqueConstraint(fields=["pyramid", "share"], name="campaigns_pyramidstep_once")]


class PyramidMove(models.Model):
    """How many members went from one layer to another between two pictures, and what they spent in each period.

    An empty layer: not a member yet, or no longer one.
    """

    before = models.ForeignKey(Pyramid, models.CASCADE, related_name="moves_from", db_index=False)
    after = models.ForeignKey(Pyramid, models.CASCADE, related_name="moves_to", db_index=False)
    from_layer = models.SmallIntegerField(choices=Layer, null=True)
    to_layer = models.SmallIntegerField(choices=Layer, null=True)
    members = models.PositiveIntegerField()
    spend_before = models.DecimalField(**MONEY)
    spend_after = models.DecimalField(**MONEY)

    class Meta:
        verbose_name = _("movement between pyramids")
        verbose_name_plural = _("movements between pyramids")
        constraints = [
            models.UniqueConstraint(
                fields=["before", "after", "from_layer", "to_layer"],
                nulls_distinct=False,
                name="campaigns_pyramidmove_once",
            )
        ]
