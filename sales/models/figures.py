from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

MONEY = {"max_digits": 15, "decimal_places": 2, "default": 0}


class MemberStat(models.Model):
    """What a member bought, as of ``as_of_on``: recomputed from receipts by every posting."""

    member = models.OneToOneField("members.Member", models.PROTECT, primary_key=True, related_name="+")
    as_of_on = models.DateField(_("as of"))
    first_bought_on = models.DateField(_("first purchase"), null=True)
    last_bought_on = models.DateField(_("last purchase"), null=True)
    last_visit_on = models.DateField(_("last visit"), null=True)
    receipts_30 = models.IntegerField(_("purchases in 30 days"), default=0)
    receipts_90 = models.IntegerField(_("purchases in 90 days"), default=0)
    receipts_365 = models.IntegerField(_("purchases in 365 days"), default=0)
    receipts_life = models.IntegerField(_("purchases in total"), default=0)
    returns_life = models.IntegerField(_("returns in total"), default=0)
    spend_30 = models.DecimalField(_("spend in 30 days"), **MONEY)
    spend_90 = models.DecimalField(_("spend in 90 days"), **MONEY)
    spend_365 = models.DecimalField(_("spend in 365 days"), **MONEY)
    spend_life = models.DecimalField(_("spend in total"), **MONEY)
    average_basket = models.DecimalField(_("average basket"), **MONEY)
    discount_share = models.DecimalField(_("share bought at a discount"), max_digits=5, decimal_places=4, default=0)
    favourite_brands = ArrayField(models.BigIntegerField(), default=list)
    favourite_counters = ArrayField(models.BigIntegerField(), default=list)
    favourite_categories = ArrayField(models.BigIntegerField(), default=list)
    usual_weekday = models.SmallIntegerField(_("usual weekday"), null=True)

    class Meta:
        verbose_name = _("member figures")
        verbose_name_plural = _("member figures")
        indexes = [
            models.Index(fields=["last_bought_on"], name="sales_memberstat_by_last_buy"),
            models.Index(fields=["spend_365"], name="sales_memberstat_by_spend"),
        ]

    @property
    def every_days(self) -> int | None:
        """The usual distance between purchases of the last year, in days; None for fewer than three."""
        return round(365 / self.receipts_365) if self.receipts_365 >= 3 else None


class CounterHour(models.Model):
    """Sales of one counter and brand in one hour of one day, kept by every posting.

    ``slot`` spreads concurrent postings over several rows; readers sum over it.
    """

    id = models.BigAutoField(primary_key=True)
    sold_on = models.DateField()
    hour = models.SmallIntegerField()
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", db_index=False)
    counter = models.ForeignKey("stores.Counter", models.PROTECT, null=True, related_name="+", db_index=False)
    brand = models.ForeignKey("stores.Brand", models.PROTECT, null=True, related_name="+", db_index=False)
    is_member = models.BooleanField()
    slot = models.SmallIntegerField()
    lines = models.IntegerField()
    quantity = models.DecimalField(max_digits=15, decimal_places=3)
    sales_amount = models.DecimalField(max_digits=15, decimal_places=2)
    return_amount = models.DecimalField(max_digits=15, decimal_places=2)
    discount_amount = models.DecimalField(max_digits=15, decimal_places=2)

    class Meta:
        verbose_name = _("counter hour")
        verbose_name_plural = _("counter hours")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "sold_on", "hour", "counter", "brand", "is_member", "slot"],
                name="sales_counterhour_once",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["counter", "sold_on"], name="sales_counterhour_of_counter"),
        ]


class StoreHour(models.Model):
    """Receipts of one store in one hour of one day, kept by every posting (see ``CounterHour``)."""

    id = models.BigAutoField(primary_key=True)
    sold_on = models.DateField()
    hour = models.SmallIntegerField()
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=10)
    is_member = models.BooleanField()
    slot = models.SmallIntegerField()
    receipts = models.IntegerField()
    returns = models.IntegerField()
    sales_amount = models.DecimalField(max_digits=15, decimal_places=2)
    return_amount = models.DecimalField(max_digits=15, decimal_places=2)
    discount_amount = models.DecimalField(max_digits=15, decimal_places=2)

    class Meta:
        verbose_name = _("store hour")
        verbose_name_plural = _("store hours")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "sold_on", "hour", "channel", "is_member", "slot"],
                name="sales_storehour_once",
            )
        ]
