"""What associates keep at the counter: wishes of members, short notes to tap, what became of a hint to get in touch."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores.models import Named


class QuickNote(Named):
    """A sentence associates write so often that it is a button."""

    order = models.PositiveSmallIntegerField(_("order"), default=50)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("note to tap")
        verbose_name_plural = _("notes to tap")
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["name"], name="callcenter_quicknote_said_once")]


class Wish(models.Model):
    """A member waits for something: tell her when it arrives in her size."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Not there yet")
        ARRIVED = "arrived", _("Has arrived")
        TOLD = "told", _("Member told")
        DROPPED = "dropped", _("No longer wanted")

    member = models.ForeignKey(
        "members.Member", models.PROTECT, related_name="+", verbose_name=_("member"), db_index=False
    )
    counter = models.ForeignKey(
        "stores.Counter", models.PROTECT, related_name="+", verbose_name=_("counter"), db_index=False
    )
    what = models.CharField(_("what the member waits for"), max_length=120)
    size = models.CharField(_("size"), max_length=20, blank=True)
    until_on = models.DateField(_("wanted until"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    noted_at = models.DateTimeField(_("noted at"), default=timezone.now)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("wish")
        verbose_name_plural = _("wishes")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="arrived") | Q(arrived_at__isnull=False), name="callcenter_wish_arrived_at_a_moment"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "arrived"], settled_at=None)
                | Q(state__in=["told", "dropped"], settled_at__isnull=False),
                name="callcenter_wish_settled_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["counter", "state", "until_on"],
                condition=Q(state__in=["waiting", "arrived"]),
                name="callcenter_wish_of_counter",
            ),
            models.Index(fields=["member", "-noted_at"], name="callcenter_wish_of_member"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """What and in which size."""
        return f"{self.what} {self.size}".strip()

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.WAITING, self.State.ARRIVED)


class DueAnswer(models.Model):
    """What an associate did about a hint to get in touch; until the day it hides the hint from everybody."""

    class Kind(models.TextChoices):
        WISH = "wish", _("Has arrived")
        BIRTHDAY = "birthday", _("Birthday")
        STAR = "star", _("The star is about to be lost")
        COUPON = "coupon", _("A coupon lapses")
        POINTS = "points", _("Points lapse")
        AWAY = "away", _("Long away")

    class Answer(models.TextChoices):
        DONE = "done", _("Done")
        LATER = "later", _("Remind me later")
        UNSUITABLE = "unsuitable", _("Not suitable")

    member = models.ForeignKey("members.Member", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer)
    hidden_until_on = models.DateField(_("hidden until"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("answer to a hint")
        verbose_name_plural = _("answers to hints")
        indexes = [models.Index(fields=["member", "kind", "hidden_until_on"], name="callcenter_due_hidden")]

    def __str__(self) -> str:
        return f"{self.kind} {self.answer}"
