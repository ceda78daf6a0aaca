"""What others do about a case, each with a clock, and what was promised to the member."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from callcenter.models.cases import Case
from callcenter.querysets import PromiseQuerySet, StepQuerySet


class CaseStep(models.Model):
    """A question or instruction to a counter, a department or a person, to be answered in working hours."""

    class State(models.TextChoices):
        OPEN = "open", _("Asked")
        ACCEPTED = "accepted", _("In hand")
        ANSWERED = "answered", _("Answered")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    case = models.ForeignKey(Case, models.PROTECT, related_name="steps", db_index=False)
    no = models.PositiveSmallIntegerField(_("number"))
    question = models.CharField(_("question or instruction"), max_length=500)
    counter = models.ForeignKey(
        "stores.Counter", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("counter"),
        db_index=False,
    )  # fmt: skip
    department = models.ForeignKey(
        "stores.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department"),
        db_index=False,
    )  # fmt: skip
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person"),
        db_index=False,
    )  # fmt: skip
    hours = models.DecimalField(_("working hours"), max_digits=6, decimal_places=2)
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    accepted_at = models.DateTimeField(_("taken in hand at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    failed_at = models.DateTimeField(_("late since"), null=True, blank=True)
    escalated_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("escalated to"),
    )  # fmt: skip

    objects = StepQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a case")
        verbose_name_plural = _("steps of cases")
        constraints = [
            models.UniqueConstraint(fields=["case", "no"], name="callcenter_step_number_once_per_case"),
            models.CheckConstraint(
                condition=Q(counter__isnull=False, department=None, person=None)
                | Q(counter=None, department__isnull=False, person=None)
                | Q(counter=None, department=None, person__isnull=False),
                name="callcenter_step_asks_one_place",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["answered", "declined"], answered_at__isnull=False)
                | ~Q(state__in=["answered", "declined"]) & Q(answered_at=None),
                name="callcenter_step_answered_at_a_moment",
            ),
            models.CheckConstraint(condition=Q(hours__gt=0), name="callcenter_step_has_time"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["open", "accepted"], failed_at=None),
                name="callcenter_step_falls_due",
            ),
            models.Index(
                fields=["counter", "-asked_at"], condition=Q(counter__isnull=False), name="callcenter_step_of_counter"
            ),
            models.Index(
                fields=["department", "-asked_at"],
                condition=Q(department__isnull=False),
                name="callcenter_step_of_department",
            ),
            models.Index(
                fields=["person", "-asked_at"], condition=Q(person__isnull=False), name="callcenter_step_of_person"
            ),
        ]

    def __str__(self) -> str:
        return self.question[:60]

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.OPEN, self.State.ACCEPTED)

    @property
    def asked_of(self) -> str:
        """The place or person asked, in the language of the page."""
        place = self.counter or self.department
        return place.label if place else str(self.person)


class Promise(models.Model):
    """What somebody promised a member, until when."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        KEPT = "kept", _("Kept")
        BROKEN = "broken", _("Broken")

    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="promises")
    member = models.ForeignKey("members.Member", models.PROTECT, null=True, blank=True, related_name="+")
    what = models.CharField(_("what was promised"), max_length=300)
    due_at = models.DateTimeField(_("until"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who keeps it"), db_index=False
    )
    made_at = models.DateTimeField(_("promised at"), default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.OPEN)
    missed_at = models.DateTimeField(_("late since"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints = [
            models.CheckConstraint(
                condition=Q(case__isnull=False) | Q(member__isnull=False),
                name="callcenter_promise_was_made_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None) | ~Q(state="open") & Q(settled_at__isnull=False),
                name="callcenter_promise_settled_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "due_at"], condition=Q(state="open"), name="callcenter_promise_mine"),
            models.Index(
                fields=["due_at"], condition=Q(state="open", missed_at=None), name="callcenter_promise_falls_due"
            ),
        ]

    def __str__(self) -> str:
        return self.what[:60]
