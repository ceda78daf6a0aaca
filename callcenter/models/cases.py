"""Cases: what somebody wants of the store, its clocks, and everything that happened to it."""

from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from callcenter.models.dictionaries import CaseCategory, Kind, Priority
from callcenter.querysets import CaseQuerySet
from kit import phones


class Case(models.Model):
    """One matter of a member (or of somebody unknown) from the first word to the closing.

    Due times are stored; waiting moves the solution's by the working time waited. The line it is about is named by
    value, as receipt lines are.
    """

    class Channel(models.TextChoices):
        PHONE = "phone", _("Phone")
        DESK = "desk", _("Member desk")
        COUNTER = "counter", _("Counter")
        WEB = "web", _("Self-service")
        EMAIL = "email", _("E-mail")

    class State(models.TextChoices):
        NEW = "new", pgettext_lazy("case", "New")
        OPEN = "open", _("In work")
        WAITING = "waiting", _("Waiting")
        SOLVED = "solved", _("Solved")
        CLOSED = "closed", pgettext_lazy("case", "Closed")

    class WaitsFor(models.TextChoices):
        MEMBER = "member", _("the member")
        SUPPLIER = "supplier", _("the supplier")

    RUNNING: Final = (State.NEW, State.OPEN)
    STANDING: Final = (State.NEW, State.OPEN, State.WAITING)
    FACE_TO_FACE: Final = (Channel.PHONE, Channel.DESK, Channel.COUNTER)

    number = models.CharField(_("number"), max_length=20, db_collation="C")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.NEW)
    priority = models.CharField(_("priority"), max_length=8, choices=Priority, default=Priority.NORMAL)
    category = models.ForeignKey(
        CaseCategory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    tags = ArrayField(models.CharField(max_length=20), verbose_name=_("tags"), default=list, blank=True)

    member = models.ForeignKey(
        "members.Member", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("member"),
        db_index=False,
    )  # fmt: skip
    caller_name = models.CharField(_("name"), max_length=60, blank=True)
    caller_phone = models.CharField(_("phone"), max_length=20, blank=True, db_collation="C")
    caller_email = models.EmailField(_("e-mail"), blank=True)
    call = models.ForeignKey("callcenter.Call", models.PROTECT, null=True, blank=True, related_name="cases")

    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False)
    counter = models.ForeignKey(
        "stores.Counter", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("counter"),
        db_index=False,
    )  # fmt: skip
    sold_on = models.DateField(_("sold on"), null=True, blank=True)
    receipt_id = models.BigIntegerField(_("receipt"), null=True, blank=True)
    line_no = models.IntegerField(_("line"), null=True, blank=True)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner"),
        db_index=False,
    )  # fmt: skip
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    response_due_at = models.DateTimeField(_("answer due"))
    responded_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    response_failed_at = models.DateTimeField(_("answer late since"), null=True, blank=True)
    solution_due_at = models.DateTimeField(_("solution due"))
    solution_failed_at = models.DateTimeField(_("solution late since"), null=True, blank=True)
    waits_for = models.CharField(_("waits for"), max_length=8, choices=WaitsFor, blank=True)
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    waited_seconds = models.PositiveIntegerField(_("working time waited (s)"), default=0)
    solution = models.TextField(_("solution"), max_length=2000, blank=True)
    solved_at = models.DateTimeField(_("solved at"), null=True, blank=True)
    solved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField(_("confirmed by the member at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    reopened_count = models.PositiveSmallIntegerField(_("times reopened"), default=0)
    link_nonce = models.CharField(max_length=32, blank=True)
    link_sent_at = models.DateTimeField(_("link sent at"), null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="callcenter_case_number_is_unique"),
            models.CheckConstraint(
                condition=Q(sold_on=None, receipt_id=None, line_no=None)
                | Q(sold_on__isnull=False, receipt_id__isnull=False, line_no__isnull=False),
                name="callcenter_case_line_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", waiting_since__isnull=False) | ~Q(state="waiting") & Q(waiting_since=None),
                name="callcenter_case_waits_since_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["solved", "closed"]) | Q(solved_at__isnull=False) & ~Q(solution=""),
                name="callcenter_case_solved_has_solution",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed") & Q(closed_at=None),
                name="callcenter_case_closed_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["member", "-opened_at"], condition=Q(member__isnull=False), name="callcenter_case_of_member"
            ),
            models.Index(
                fields=["caller_phone", "-opened_at"], condition=~Q(caller_phone=""), name="callcenter_case_of_caller"
            ),
            models.Index(fields=["store", "-opened_at", "-id"], name="callcenter_case_newest"),
            models.Index(fields=["-opened_at", "-id"], name="callcenter_case_newest_of_all"),
            models.Index(
                fields=["owner", "solution_due_at"],
                condition=Q(state__in=["new", "open", "waiting"]),
                name="callcenter_case_mine",
            ),
            models.Index(
                fields=["counter", "opened_at"], condition=Q(counter__isnull=False), name="callcenter_case_counter"
            ),
            models.Index(
                fields=["solution_due_at"],
                condition=Q(state__in=["new", "open"], solution_failed_at=None),
                name="callcenter_case_solution_due",
            ),
            models.Index(
                fields=["response_due_at"],
                condition=Q(state__in=["new", "open"], responded_at=None, response_failed_at=None),
                name="callcenter_case_response_due",
            ),
            models.Index(fields=["solved_at"], condition=Q(solved_at__isnull=False), name="callcenter_case_solved"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_standing(self) -> bool:
        """Not solved yet."""
        return self.state in self.STANDING

    @property
    def was_reopened(self) -> bool:
        return self.reopened_count > 0

    @property
    def masked_phone(self) -> str:
        return phones.mask(self.caller_phone)


class CaseEntry(models.Model):
    """One thing that happened to a case. Append-only: a trigger in the database refuses changes and deletions."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        NOTE = "note", _("Internal note")
        SAID = "said", _("Said to the member")
        HEARD = "heard", _("From the member")
        MESSAGE = "message", _("Message sent")
        STATE = "state", _("State")
        CHANGE = "change", _("Change")
        STEP = "step", _("Step")
        PROMISE = "promise", _("Promise")
        COMPENSATION = "compensation", _("Compensation")
        FILE = "file", _("File")
        LATE = "late", _("Late")
        RATING = "rating", _("Rating")
        ARTICLE = "article", _("Article used")

    case = models.ForeignKey(Case, models.PROTECT, related_name="entries", db_index=False)
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    to_state = models.CharField(_("new state"), max_length=8, choices=Case.State, blank=True)
    step = models.ForeignKey("callcenter.CaseStep", models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(_("text"), max_length=4000, blank=True)
    data = models.JSONField(_("details"), default=dict, blank=True)
    file = models.FileField(_("file"), upload_to="cases/%Y/%m/", max_length=200, blank=True)
    file_name = models.CharField(_("name of the file"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("entry of a case")
        verbose_name_plural = _("entries of cases")
        indexes = [models.Index(fields=["case", "id"], name="callcenter_entry_of_case")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"
