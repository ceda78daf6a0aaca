"""A thing under approval: the request, the steps it stands at, and who is asked."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from workflow.models.flows import FlowVersion


class ApprovalRequest(models.Model):
    """One thing asked to be approved, under the version of the flow it began with.

    `facts` and `fingerprint` are those of the last submission. `progress` is what the engine keeps besides steps and
    tasks: branches that have joined, and where a returned request goes on.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("In approval")
        RETURNED = "returned", _("Returned")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", pgettext_lazy("approval", "Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        TERMINATED = "terminated", _("Terminated")
        REVOKED = "revoked", _("Revoked")

    OPEN = (Status.RUNNING, Status.RETURNED)

    number = models.CharField(_("number"), max_length=20)
    version = models.ForeignKey(FlowVersion, models.PROTECT, related_name="requests", verbose_name=_("flow"))
    subject_type = models.CharField(_("kind"), max_length=60)
    content_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", db_index=False)
    object_id = models.BigIntegerField(_("number of the thing"))
    subject = GenericForeignKey("content_type", "object_id")
    revokes = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="revocations", verbose_name=_("revokes")
    )
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    store = models.ForeignKey(
        "stores.Store", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    facts = models.JSONField(_("facts"), default=dict)
    choices = models.JSONField(_("chosen approvers"), default=dict)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    progress = models.JSONField(_("progress"), default=dict)
    initiator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"), db_index=False
    )
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.RUNNING)
    is_urgent = models.BooleanField(_("urgent"), default=False)
    submitted_at = models.DateTimeField(_("asked at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("approval request")
        verbose_name_plural = _("approval requests")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="workflow_request_number_is_unique"),
            models.UniqueConstraint(
                fields=["content_type", "object_id"],
                condition=models.Q(status__in=["running", "returned"]),
                name="workflow_request_one_open_per_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["running", "returned"]) ^ models.Q(finished_at__isnull=False),
                name="workflow_request_finished_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["content_type", "object_id", "-id"], name="workflow_request_by_subject"),
            models.Index(fields=["initiator", "-id"], name="workflow_request_by_initiator"),
            models.Index(
                fields=["-id"],
                condition=models.Q(status__in=["running", "returned"]),
                name="workflow_request_still_open",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def label(self) -> str:
        """The title in the language of the page."""
        if (get_language() or "zh").startswith("zh"):
            return self.title
        return self.title_en or self.title

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


class Step(models.Model):
    """One visit of a request to a node of its flow, or the people somebody added there (加签)."""

    class Origin(models.TextChoices):
        DEFINITION = "definition", _("of the flow")
        BEFORE = "before", _("added before")
        AFTER = "after", _("added after")
        PARALLEL = "parallel", _("added beside")

    class Mode(models.TextChoices):
        ALL = "all", _("all must approve")
        ANY = "any", _("one decides")
        ORDERED = "ordered", _("one after another")
        RATIO = "ratio", _("a share must approve")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", pgettext_lazy("approval", "Rejected")
        RETURNED = "returned", _("Returned")
        CANCELLED = "cancelled", _("Cancelled")

    class OnReject(models.TextChoices):
        END = "end", _("the request is rejected")
        RETURN = "return", _("goes back to who asked")

    request = models.ForeignKey(ApprovalRequest, models.CASCADE, related_name="steps", db_index=False)
    no = models.PositiveIntegerField(_("no."))
    node_key = models.CharField(_("node"), max_length=40)
    visit = models.PositiveSmallIntegerField(_("visit"), default=1)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    by_task = models.ForeignKey("workflow.ApprovalTask", models.CASCADE, null=True, related_name="added_steps")
    origin = models.CharField(_("origin"), max_length=10, choices=Origin, default=Origin.DEFINITION)
    mode = models.CharField(_("rule"), max_length=7, choices=Mode, default=Mode.ALL)
    ratio = models.PositiveSmallIntegerField(_("share in %"), default=100)
    wait_for_all = models.BooleanField(_("waits for everybody"), default=False)
    on_reject = models.CharField(_("after a rejection"), max_length=6, choices=OnReject, default=OnReject.END)
    status = models.CharField(_("state"), max_length=9, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    due_at = models.DateTimeField(_("due at"), null=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["request", "no"]
        constraints = [
            models.UniqueConstraint(fields=["request", "no"], name="workflow_step_no_once_per_request"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.no} {self.node_key}"


class ApprovalTask(models.Model):
    """One person asked at one step. `on_behalf_of` is who is really meant while a standing delegation holds."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Not yet")
        OPEN = "open", _("To decide")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", pgettext_lazy("approval", "Rejected")
        RETURNED = "returned", _("Sent back")
        TRANSFERRED = "transferred", _("Passed on")
        SKIPPED = "skipped", _("Skipped")
        CANCELLED = "cancelled", _("No longer needed")

    ACTIVE = (Status.WAITING, Status.OPEN)
    DECIDED = (Status.APPROVED, Status.REJECTED, Status.RETURNED, Status.TRANSFERRED)

    request = models.ForeignKey(ApprovalRequest, models.CASCADE, related_name="tasks", db_index=False)
    step = models.ForeignKey(Step, models.CASCADE, related_name="tasks", db_index=False)
    no = models.PositiveIntegerField(_("no."))
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked"), db_index=False
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("for"), db_index=False
    )
    returns_to = models.ForeignKey("self", models.CASCADE, null=True, related_name="delegated", db_index=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    status = models.CharField(_("state"), max_length=11, choices=Status, default=Status.OPEN)
    opened_at = models.DateTimeField(_("opened at"), null=True)
    due_at = models.DateTimeField(_("due at"), null=True)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0)
    nudged_at = models.DateTimeField(_("last asked by hand"), null=True)
    read_at = models.DateTimeField(_("read at"), null=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("approval task")
        verbose_name_plural = _("approval tasks")
        ordering = ["request", "no"]
        constraints = [
            models.UniqueConstraint(fields=["request", "no"], name="workflow_task_no_once_per_request"),
            models.UniqueConstraint(
                fields=["step", "assignee"],
                condition=models.Q(status__in=["waiting", "open"]),
                name="workflow_task_one_open_per_step_and_person",
            ),
        ]
        indexes = [
            models.Index(fields=["assignee", "-id"], condition=models.Q(status="open"), name="workflow_task_to_decide"),
            models.Index(
                fields=["on_behalf_of", "-id"], condition=models.Q(status="open"), name="workflow_task_to_decide_for"
            ),
            models.Index(
                fields=["decided_by", "-decided_at"],
                condition=models.Q(decided_by__isnull=False),
                name="workflow_task_decided_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.no}"
