from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportBatch(models.Model):
    """One file of receipts: staged and validated whole, then applied piece by piece."""

    class State(models.TextChoices):
        STAGED = "staged", _("Checked")
        APPLYING = "applying", _("Being applied")
        APPLIED = "applied", _("Applied")
        UNDONE = "undone", _("Undone")

    profile = models.ForeignKey("staff.ImportProfile", models.PROTECT, related_name="+")
    job = models.ForeignKey("staff.Job", models.SET_NULL, null=True, related_name="+")
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+")
    file_name = models.CharField(_("file"), max_length=255)
    checksum = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    lines = models.IntegerField(_("lines"), default=0)
    rejected = models.IntegerField(_("rejected lines"), default=0)
    receipts_new = models.IntegerField(_("new receipts"), default=0)
    receipts_unchanged = models.IntegerField(_("unchanged receipts"), default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("imported at"))
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import of receipts")
        verbose_name_plural = _("imports of receipts")

    def __str__(self) -> str:
        return self.file_name


class ImportPiece(models.Model):
    """A piece of a batch that has been applied; written in the piece's own transaction."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="pieces")
    number = models.IntegerField()
    receipts = models.IntegerField()
    applied_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="sales_importpiece_once")]


class StagedLine(models.Model):
    """A line of a file waiting to be applied. An unlogged table: a crash loses it, not receipts."""

    pk = models.CompositePrimaryKey("batch_id", "row_no")
    batch = models.ForeignKey(ImportBatch, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    row_no = models.IntegerField()
    document = models.TextField()
    kind = models.CharField(max_length=10)
    sold_at = models.DateTimeField(null=True)
    product_code = models.TextField()
    product_name = models.TextField()
    member_no = models.TextField()
    counter_code = models.TextField()
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    unit_price = models.DecimalField(max_digits=13, decimal_places=4, null=True)
    discount_amount = models.DecimalField(max_digits=13, decimal_places=2, null=True)
    is_service = models.BooleanField()
    error = models.TextField()
    raw = models.TextField()

    class Meta:
        managed = False
        db_table = "sales_stagedline"
