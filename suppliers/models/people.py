"""The people a supplier sends: representatives, and those who stand at its counters."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from suppliers.models.parties import Party


class PartyPerson(models.Model):
    """Somebody of the supplier who works in the store, from the day they entered to the day they left."""

    class Role(models.TextChoices):
        COUNTER_HEAD = "counter_head", _("Head of the counter")
        ASSOCIATE = "associate", _("Counter associate")
        REPRESENTATIVE = "representative", _("Representative")

    party = models.ForeignKey(Party, models.PROTECT, related_name="people")
    counter = models.ForeignKey(
        "stores.Counter", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("counter")
    )
    name = models.CharField(_("name"), max_length=60)
    role = models.CharField(_("position"), max_length=16, choices=Role, default=Role.ASSOCIATE)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    entered_on = models.DateField(_("entered on"))
    left_on = models.DateField(_("left on"), null=True, blank=True)

    class Meta:
        verbose_name = _("person of a supplier")
        verbose_name_plural = _("people of suppliers")
        ordering = ["counter", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("entered_on")),
                name="suppliers_partyperson_leaves_after_entering",
            ),
        ]

    def __str__(self) -> str:
        return self.name
