from django.db import models
from django.utils.translation import gettext_lazy as _


class PointsDay(models.Model):
    """Points issued, used, expired and taken back on one day, kept by every posting.

    ``slot`` spreads concurrent postings over several rows; readers sum over it.
    """

    id = models.BigAutoField(primary_key=True)
    on = models.DateField()
    store = models.ForeignKey("stores.Store", models.PROTECT, null=True, related_name="+", db_index=False)
    bucket = models.CharField(max_length=12)
    slot = models.SmallIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        verbose_name = _("points day")
        verbose_name_plural = _("points days")
        constraints = [
            models.UniqueConstraint(
                fields=["on", "store", "bucket", "slot"],
                name="loyalty_pointsday_once",
                nulls_distinct=False,
            )
        ]
