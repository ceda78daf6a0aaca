"""The plan of a campaign: who does what by when, hours, and what is needed for it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.projects import MONEY, Campaign

USER = settings.AUTH_USER_MODEL


class CampaignTask(models.Model):
    """Something somebody does for a campaign by a day; it stands in the person's in-tray until it is done."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("task", "To do")
        DONE = "done", pgettext_lazy("task", "Done")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="tasks")
    what = models.CharField(_("what is to be done"), max_length=200)
    person = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("who"))
    due_on = models.DateField(_("by"))
    state = models.CharField(_("state"), max_length=4, choices=State, default=State.OPEN)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("task of a campaign")
        verbose_name_plural = _("tasks of campaigns")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", done_at=None) | Q(state="done", done_at__isnull=False),
                name="campaigns_task_done_at_a_time",
            )
        ]
        indexes = [
            models.Index(fields=["person", "due_on"], condition=Q(state="open"), name="campaigns_task_to_do"),
        ]

    def __str__(self) -> str:
        return self.what


class StaffHours(models.Model):
    """Hours of staff for a campaign, planned and worked, and what an hour costs."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="hours")
    what = models.CharField(_("work"), max_length=120)
    planned = models.DecimalField(_("hours planned"), max_digits=7, decimal_places=1)
    actual = models.DecimalField(_("hours worked"), max_digits=7, decimal_places=1, null=True, blank=True)
    hourly_cost = models.DecimalField(_("cost of an hour"), max_digits=7, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("staff hours of a campaign")
        verbose_name_plural = _("staff hours of campaigns")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(planned__gte=0) & (Q(actual=None) | Q(actual__gte=0)) & Q(hourly_cost__gte=0),
                name="campaigns_hours_are_not_negative",
            )
        ]

    def __str__(self) -> str:
        return self.what


class Resource(models.Model):
    """A place, machine or material a campaign needs, and whether it is there."""

    class Kind(models.TextChoices):
        PLACE = "place", pgettext_lazy("resource", "Place")
        EQUIPMENT = "equipment", pgettext_lazy("resource", "Equipment")
        MATERIAL = "material", pgettext_lazy("resource", "Material")
        SERVICE = "service", pgettext_lazy("resource", "Service from outside")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="resources")
    kind = models.CharField(_("kind"), max_length=9, choices=Kind, default=Kind.MATERIAL)
    what = models.CharField(_("what"), max_length=120)
    quantity = models.CharField(_("how much"), max_length=40, blank=True)
    is_ready = models.BooleanField(_("there"), default=False)

    class Meta:
        verbose_name = _("resource of a campaign")
        verbose_name_plural = _("resources of campaigns")
        ordering = ["kind", "pk"]

    def __str__(self) -> str:
        return self.what


class BudgetLine(models.Model):
    """What a campaign may cost of one kind: planned, and as approved. What it did cost comes from deeds."""

    class Kind(models.TextChoices):
        MEDIA = "media", pgettext_lazy("budget", "Media")
        MESSAGES = "messages", pgettext_lazy("budget", "Messages")
        GIFTS = "gifts", pgettext_lazy("budget", "Gifts")
        DECORATION = "decoration", pgettext_lazy("budget", "Decoration")
        STAFF = "staff", pgettext_lazy("budget", "Staff")
        DISCOUNTS = "discounts", pgettext_lazy("budget", "Discounts and coupons")
        POINTS = "points", pgettext_lazy("budget", "Points")
        OTHER = "other", pgettext_lazy("budget", "Other")

    # What is entered by hand with a document; all other kinds are counted from what was done.
    BY_HAND = (Kind.MEDIA, Kind.DECORATION, Kind.OTHER)

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="budget")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    what = models.CharField(_("what for"), max_length=120, blank=True)
    planned = models.DecimalField(_("planned"), **MONEY)
    approved = models.DecimalField(_("approved"), null=True, blank=True, **MONEY)

    class Meta:
        verbose_name = _("budget line of a campaign")
        verbose_name_plural = _("budget lines of campaigns")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(planned__gte=0), name="campaigns_budget_is_not_negative")]

    def __str__(self) -> str:
        return self.what or self.get_kind_display()


class CostEntry(models.Model):
    """A cost somebody entered with its document. Never changed: a wrong one is undone by a second one."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="costs")
    kind = models.CharField(_("kind"), max_length=10, choices=BudgetLine.Kind)
    what = models.CharField(_("what for"), max_length=120)
    amount = models.DecimalField(_("amount"), **MONEY)
    document = models.CharField(_("invoice or contract number"), max_length=60, blank=True)
    file = models.FileField(_("document"), upload_to="campaigns/costs/", blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    paid_on = models.DateField(_("day"))
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", db_index=False)
    entered_at = models.DateTimeField(_("entered at"), default=timezone.now)

    class Meta:
        verbose_name = _("cost of a campaign")
        verbose_name_plural = _("costs of campaigns")
        ordering = ["paid_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(undoes=None, amount__gt=0) | Q(undoes__isnull=False, amount__lt=0),
                name="campaigns_cost_only_an_undo_is_negative",
            )
        ]

    def __str__(self) -> str:
        return self.what
