"""How foreign files are read."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportProfile(models.Model):
    """A saved mapping from the columns of a file to ours, and how its lines become things.

    The shape of `spec` belongs to the importer named by `kind`. Shipped profiles are loaded with the product.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    spec = models.JSONField(_("mapping"), default=dict)
    is_shipped = models.BooleanField(_("shipped with the product"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        db_table = "staff_importprofile"
        verbose_name = _("import profile")
        verbose_name_plural = _("import profiles")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
