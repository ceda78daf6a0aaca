"""Journeys: what happens to a member step by step after something happened."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.segments import Segment
from campaigns.models.sends import Send
from stores.models import Named


class Journey(Named):
    """Steps for every member to whom something happens: a birthday, a first purchase, points about to lapse.

    Who enters is found by the trigger, which is code; the steps are a version, which people write.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("journey", "Being written")
        RUNNING = "running", pgettext_lazy("journey", "Running")
        PAUSED = "paused", pgettext_lazy("journey", "Paused")
        ENDED = "ended", pgettext_lazy("journey", "Ended")

    trigger = models.CharField(_("begins with"), max_length=30)
    # What the trigger is told: days ahead, days after.
    days = models.PositiveSmallIntegerField(_("days"), default=0)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.DRAFT)
    store = models.ForeignKey(
        "stores.Store", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    segment = models.ForeignKey(
        Segment, models.PROTECT, null=True, blank=True, related_name="journeys", verbose_name=_("only members of")
    )
    holdout_share = models.PositiveSmallIntegerField(_("holdout (of 10,000)"), default=1000)
    rest_days = models.PositiveSmallIntegerField(
        _("not again within days"), default=30, help_text=_("Who went this way enters again only after so many days.")
    )
    current = models.ForeignKey(
        "campaigns.JourneyVersion", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    started_at = models.DateTimeField(_("running since"), null=True, blank=True)

    class Meta:
        verbose_name = _("journey")
        verbose_name_plural = _("journeys")
        constraints = [
            models.CheckConstraint(
                condition=Q(holdout_share__lte=5000), name="campaigns_journey_holds_out_half_at_most"
            )
        ]
        indexes = [models.Index(fields=["state", "id"], name="campaigns_journey_by_state")]


class JourneyVersion(models.Model):
    """One wording of a journey's steps. Never changed. Members under way go on by the newest version, step by step: an
    edit touches only those who have not yet passed the step."""

    journey = models.ForeignKey(Journey, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField(_("version"))
    # See `campaigns.journeys.steps`: a list of steps, each with a key that stays.
    steps = models.JSONField(default=list)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("version of a journey")
        verbose_name_plural = _("versions of journeys")
        constraints = [
            models.UniqueConstraint(fields=["journey", "number"], name="campaigns_journeyversion_numbered_once")
        ]

    def __str__(self) -> str:
        return f"{self.journey_id} v{self.number}"


class JourneyEnrolment(models.Model):
    """A member on a journey, once a round: the birthday of a year, the first purchase, one expiry of points."""

    class State(models.TextChoices):
        UNDER_WAY = "under_way", pgettext_lazy("journey", "Under way")
        DONE = "done", pgettext_lazy("journey", "At the end")
        LEFT = "left", pgettext_lazy("journey", "Left")

    id = models.BigAutoField(primary_key=True)
    journey = models.ForeignKey(Journey, models.PROTECT, related_name="enrolments", db_index=False)
    member = models.ForeignKey("members.Member", models.PROTECT, related_name="+", db_index=False)
    round = models.CharField(_("round"), max_length=40)
    arm = models.SmallIntegerField(_("arm"), choices=[(1, pgettext_lazy("arm", "Holdout")), (2, "A")], default=2)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.UNDER_WAY)
    entered_at = models.DateTimeField(_("entered at"), default=timezone.now)
    # The step that comes next, and not before when; empty at the end.
    step = models.CharField(_("next step"), max_length=12, blank=True)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    why = models.CharField(_("left because"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("member on a journey")
        verbose_name_plural = _("members on journeys")
        constraints = [
            models.UniqueConstraint(fields=["journey", "member", "round"], name="campaigns_enrolment_once_a_round"),
            models.UniqueConstraint(
                fields=["journey", "member"], condition=Q(state="under_way"), name="campaigns_enrolment_one_under_way"
            ),
            models.CheckConstraint(
                condition=Q(state="under_way", due_at__isnull=False, ended_at=None)
                | ~Q(state="under_way") & Q(due_at=None, ended_at__isnull=False),
                name="campaigns_enrolment_due_or_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="under_way"), name="campaigns_enrolment_due"),
            models.Index(fields=["member", "-entered_at"], name="campaigns_enrolment_of_member"),
            models.Index(fields=["journey", "-id"], name="campaigns_enrolment_of_journey"),
        ]

    def __str__(self) -> str:
        return f"{self.journey_id}:{self.member_id}:{self.round}"


class JourneyPass(models.Model):
    """A member passed a step, once, by a version, and what was done. Append-only."""

    class Outcome(models.TextChoices):
        DONE = "done", pgettext_lazy("step", "Done")
        HOLDOUT = "holdout", pgettext_lazy("step", "Nothing: holdout")
        INSTEAD = "instead", pgettext_lazy("step", "By the other channel")
        NOT_REACHED = "not_reached", pgettext_lazy("step", "Cannot be reached")
        YES = "yes", pgettext_lazy("step", "Condition met")
        NO = "no", pgettext_lazy("step", "Condition not met")
        GONE = "gone", pgettext_lazy("step", "Step no longer there")

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(JourneyEnrolment, models.PROTECT, related_name="passes", db_index=False)
    step = models.CharField(max_length=12)
    version = models.ForeignKey(JourneyVersion, models.PROTECT, related_name="+", db_index=False)
    outcome = models.CharField(max_length=11, choices=Outcome)
    send = models.ForeignKey(Send, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    passed_at = models.DateTimeField(default=timezone.now)
    # Words at the desk and the till are shown until this day.
    shown_until = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("step passed")
        verbose_name_plural = _("steps passed")
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "step"], name="campaigns_journeypass_each_step_once")
        ]
        indexes = [
            models.Index(
                fields=["enrolment"], condition=Q(shown_until__isnull=False), name="campaigns_journeypass_shown"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.step}"
