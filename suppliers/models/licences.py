"""Licences of companies and certificates of people: what is asked for, what was handed in, who was warned."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores.models import Named
from suppliers.models.parties import Party
from suppliers.models.people import PartyPerson


class LicenceType(Named):
    """A kind of paper. `mandatory` asks it of those whose kind and category fit; empty lists mean everybody."""

    class Holder(models.TextChoices):
        PARTY = "party", _("Company")
        PERSON = "person", _("Person")

    code = models.CharField(_("code"), max_length=20)
    holder = models.CharField(_("held by"), max_length=6, choices=Holder, default=Holder.PARTY)
    mandatory = models.BooleanField(_("mandatory"), default=True)
    kinds = ArrayField(
        models.CharField(max_length=12, choices=Party.Kind),
        default=list,
        blank=True,
        verbose_name=_("for kinds of company"),
    )
    categories = models.ManyToManyField(
        "stores.Category", verbose_name=_("for categories"), blank=True, related_name="+"
    )
    is_training = models.BooleanField(_("a training"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("licence type")
        verbose_name_plural = _("licence types")
        ordering = ["holder", "code"]
        constraints = [models.UniqueConstraint(fields=["code"], name="suppliers_licencetype_code_is_unique")]


class Licence(models.Model):
    """One paper of a company, or of one of its people. No last day means it does not run out.

    A renewed licence is a new row; the old one points to it by `replaced_by`. Withdrawn rows were entered wrongly
    or were revoked by the authority; they count for nothing.
    """

    party = models.ForeignKey(Party, models.PROTECT, related_name="licences")
    person = models.ForeignKey(PartyPerson, models.PROTECT, null=True, blank=True, related_name="certificates")
    type = models.ForeignKey(LicenceType, models.PROTECT, related_name="licences", verbose_name=_("type"))
    number = models.CharField(_("number"), max_length=60, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    scan = models.FileField(_("scan"), upload_to="licences/%Y/%m/", blank=True, max_length=255)
    scan_name = models.CharField(_("name of the file"), max_length=120, blank=True)
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaces")
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("why withdrawn"), max_length=200, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )

    class Meta:
        verbose_name = _("licence")
        verbose_name_plural = _("licences")
        ordering = ["valid_to", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="suppliers_licence_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_reason__gt=""),
                name="suppliers_licence_withdrawn_with_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["valid_to"],
                condition=Q(withdrawn_at=None, replaced_by=None, valid_to__isnull=False),
                name="suppliers_licence_running_out",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.number}".strip()


class LicenceMilestone(models.Model):
    """That somebody was warned so many days before a licence's last day. Append-only; once per last day and milestone.

    `told` is false for a milestone that had passed when a nearer one was told: it will not be told any more.
    """

    licence = models.ForeignKey(Licence, models.PROTECT, related_name="milestones", db_index=False)
    valid_to = models.DateField(_("valid to"))
    days = models.PositiveSmallIntegerField(_("days before"))
    told = models.BooleanField(_("told"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("licence milestone")
        verbose_name_plural = _("licence milestones")
        constraints = [
            models.UniqueConstraint(fields=["licence", "valid_to", "days"], name="suppliers_licencemilestone_once"),
        ]

    def __str__(self) -> str:
        return f"{self.licence_id} −{self.days}"
