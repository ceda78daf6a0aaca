"""What will happen by itself."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow.models.requests import ApprovalTask


class Timer(models.Model):
    """Something due at a task: the row is the truth, a minute's beat looks for what is due. Fires once."""

    class Kind(models.TextChoices):
        REMIND = "remind", _("Reminder")
        ESCALATE = "escalate", _("Up to the supervisor")
        PASS = "pass", _("Pass by deadline")
        REJECT = "reject", _("Reject by deadline")
        NOTICE = "notice", _("Urgent: tell the deputy")

    task = models.ForeignKey(ApprovalTask, models.CASCADE, related_name="timers", db_index=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    count = models.PositiveSmallIntegerField(_("no."), default=1)
    due_at = models.DateTimeField(_("due at"))
    done_at = models.DateTimeField(_("done at"), null=True)

    class Meta:
        verbose_name = _("timer")
        verbose_name_plural = _("timers")
        constraints = [
            models.UniqueConstraint(fields=["task", "kind", "count"], name="workflow_timer_once_per_task_and_count"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(done_at__isnull=True), name="workflow_timer_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%Y-%m-%d %H:%M}"
