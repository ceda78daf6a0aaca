"""Large exports: asked for, approved, fetched once."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ExportRequest(models.Model):
    """One export of a list with more rows than may leave unasked: the list's address and filter, and what became of
    it. Once approved, who asked fetches it once within seven days; a large one is made by a job before.
    """

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel workbook")
        CSV = "csv.gz", _("CSV, compressed")

    path = models.CharField(_("list"), max_length=300)
    query = models.CharField(_("filter"), max_length=2000, blank=True)
    name = models.CharField(_("file"), max_length=80)
    rows = models.PositiveIntegerField(_("rows"))
    purpose = models.CharField(_("purpose"), max_length=200)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    approved_at = models.DateTimeField(_("approved at"), null=True)
    fetched_at = models.DateTimeField(_("fetched at"), null=True)
    format = models.CharField(_("format"), max_length=6, choices=Format, default=Format.XLSX)
    unmasked = models.BooleanField(_("numbers in full"), default=False)
    job = models.ForeignKey("staff.Job", models.SET_NULL, null=True, related_name="+")
    # Thrown away once fetched, or when the seven days are over.
    file = models.FileField(upload_to="exports/%Y/%m/", max_length=255, blank=True)

    class Meta:
        verbose_name = _("large export")
        verbose_name_plural = _("large exports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        """What the file is marked with."""
        return f"E{self.pk:06}"
