"""Work that takes longer than a page."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One long piece of work: what was asked, how far it is, what came out, and how to undo it.

    The row is the truth; a Celery task is only a nudge. A worker claims a queued row with one conditional
    UPDATE and says with `heartbeat_at` that it lives; a sweep queues again what a dead worker left.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(_("kind"), max_length=60)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.BigIntegerField(_("done"), default=0)
    total = models.BigIntegerField(_("total"), default=0)
    input = models.JSONField(_("input"), default=dict)
    input_file = models.FileField(_("input file"), upload_to="jobs/%Y/%m/", blank=True, max_length=255)
    result = models.JSONField(_("result"), default=dict)
    error_file = models.FileField(_("error file"), upload_to="jobs/%Y/%m/", blank=True, max_length=255)
    message = models.TextField(_("message"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("started by"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    store = models.ForeignKey(
        "stores.Store", verbose_name=_("store"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True)
    cancel_asked_at = models.DateTimeField(_("cancel asked at"), null=True)
    undo_of = models.OneToOneField(
        "self", verbose_name=_("undoes"), null=True, on_delete=models.PROTECT, related_name="undone_by"
    )
    can_undo = models.BooleanField(_("can be undone"), default=False)

    class Meta:
        db_table = "staff_job"
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "running", "done", "failed", "cancelled"]),
                name="staff_job_state_is_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "id"],
                condition=models.Q(state__in=["queued", "running"]),
                name="staff_job_still_open",
            ),
            models.Index(fields=["created_by", "-id"], name="staff_job_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0
