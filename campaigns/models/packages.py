"""What the store does for the members of a segment at its desk, on the phone and at its counters."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stores.models import Named


class ServicePackage(Named):
    """A service members of certain segments are entitled to, with what one use costs the store."""

    class Place(models.TextChoices):
        DESK = "desk", pgettext_lazy("package", "Member desk")
        PHONE = "phone", pgettext_lazy("package", "Phone")
        COUNTER = "counter", pgettext_lazy("package", "Counter")

    place = models.CharField(_("where"), max_length=7, choices=Place, default=Place.DESK)
    words = models.CharField(_("what is offered"), max_length=300, blank=True)
    unit_cost = models.DecimalField(
        _("cost of one use"), max_digits=13, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    per_year = models.PositiveSmallIntegerField(_("uses a year, at most"), null=True, blank=True)
    store = models.ForeignKey(
        "stores.Store", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    segments = models.ManyToManyField(
        "campaigns.Segment", related_name="packages", blank=True, verbose_name=_("segments")
    )
    is_active = models.BooleanField(_("offered"), default=True)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("service package")
        verbose_name_plural = _("service packages")
        constraints = [models.CheckConstraint(condition=Q(unit_cost__gte=0), name="campaigns_package_costs_money")]


class PackageUse(models.Model):
    """A member had a service of a package; the cost is the one of that day. The key makes a double click harmless."""

    package = models.ForeignKey(ServicePackage, models.PROTECT, related_name="uses", verbose_name=_("package"))
    member = models.ForeignKey("members.Member", models.PROTECT, related_name="+", db_index=False)
    store = models.ForeignKey("stores.Store", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    cost = models.DecimalField(_("cost"), max_digits=13, decimal_places=2)
    used_at = models.DateTimeField(_("used at"), default=timezone.now)
    note = models.CharField(_("note"), max_length=200, blank=True)
    key = models.CharField(max_length=80, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("use of a package")
        verbose_name_plural = _("uses of packages")
        constraints = [models.UniqueConstraint(fields=["key"], name="campaigns_packageuse_recorded_once")]
        indexes = [models.Index(fields=["member", "-used_at"], name="campaigns_packageuse_of_member")]
