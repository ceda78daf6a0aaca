"""What goes on with a supplier: who answers there, what was said and shown, what is still to do."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from suppliers.models.parties import Party


class PartyContact(models.Model):
    """Somebody who answers for the company. Kept when they leave, so that the log still names them."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="contacts")
    name = models.CharField(_("name"), max_length=60)
    job_title = models.CharField(_("position"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    is_primary = models.BooleanField(_("main contact"), default=False)
    is_active = models.BooleanField(_("still there"), default=True)

    class Meta:
        verbose_name = _("contact of a supplier")
        verbose_name_plural = _("contacts of suppliers")
        ordering = ["-is_primary", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["party"],
                condition=Q(is_primary=True, is_active=True),
                name="suppliers_partycontact_one_main",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PartyEvent(models.Model):
    """One line of the log of a party. Append-only: what was said stays said."""

    class Kind(models.TextChoices):
        CALL = "call", _("Call or message")
        MEETING = "meeting", _("Meeting")
        VISIT = "visit", _("Visit on the spot")
        SAMPLE = "sample", _("Samples received")
        SAMPLE_BACK = "sample_back", _("Samples given back")
        QUOTATION = "quotation", _("Quotation")
        STAGE = "stage", _("Stage changed")

    party = models.ForeignKey(Party, models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    happened_on = models.DateField(_("day"), default=timezone.localdate)
    contact = models.ForeignKey(
        PartyContact, models.PROTECT, null=True, blank=True, related_name="events", verbose_name=_("with")
    )
    summary = models.CharField(_("what was said"), max_length=500)
    pieces = models.PositiveIntegerField(_("pieces"), null=True, blank=True)
    rate = models.DecimalField(_("offered commission rate"), max_digits=5, decimal_places=4, null=True, blank=True)
    guarantee = models.DecimalField(
        _("offered monthly guarantee"), max_digits=13, decimal_places=2, null=True, blank=True
    )
    stage_from = models.CharField(max_length=10, choices=Party.Stage, blank=True)
    stage_to = models.CharField(max_length=10, choices=Party.Stage, blank=True)
    written_at = models.DateTimeField(_("written at"), default=timezone.now)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("written by")
    )

    class Meta:
        verbose_name = _("log entry of a supplier")
        verbose_name_plural = _("log of suppliers")
        ordering = ["-happened_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__isnull=True) | Q(rate__gte=0, rate__lte=1),
                name="suppliers_partyevent_rate_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(guarantee__isnull=True) | Q(guarantee__gte=0),
                name="suppliers_partyevent_guarantee_is_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["party", "-happened_on", "-id"], name="suppliers_partyevent_of_party")]

    def __str__(self) -> str:
        return self.summary


class PartyTask(models.Model):
    """Something to do about a supplier by a day."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="tasks", db_index=False)
    title = models.CharField(_("what is to be done"), max_length=200)
    due_on = models.DateField(_("due"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("who")
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("task about a supplier")
        verbose_name_plural = _("tasks about suppliers")
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["party", "due_on"], name="suppliers_partytask_of_party"),
            models.Index(fields=["owner", "due_on"], condition=Q(done_at=None), name="suppliers_partytask_open"),
        ]

    def __str__(self) -> str:
        return self.title
