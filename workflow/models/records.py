"""What was done to a request, what was attached to it, and who was told."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow.models.requests import ApprovalRequest, ApprovalTask, Step


class Action(models.Model):
    """One deed on a request: never changed (a trigger refuses), each carrying the digest of the one before."""

    class Verb(models.TextChoices):
        SUBMIT = "submit", _("asked")
        RESUBMIT = "resubmit", _("asked again")
        APPROVE = "approve", _("approved")
        REJECT = "reject", _("rejected")
        RETURN = "return", _("sent back")
        TRANSFER = "transfer", _("passed on")
        DELEGATE = "delegate", _("asked for an opinion")
        DELEGATE_BACK = "delegate_back", _("gave an opinion")
        ADD_BEFORE = "add_before", _("added people before")
        ADD_AFTER = "add_after", _("approved and added people after")
        ADD_PARALLEL = "add_parallel", _("added people beside")
        REMOVE_SIGNER = "remove_signer", _("took an added person out")
        CC = "cc", _("copied")
        REMIND = "remind", _("reminded")
        COMMENT = "comment", _("commented")
        ATTACH = "attach", _("attached a file")
        WITHDRAW = "withdraw", _("withdrew")
        REVOKE = "revoke", _("revoked")
        CHANGED = "changed", _("changed the contents")
        AUTO_PASS = "auto_pass", _("passed by deadline")
        AUTO_REJECT = "auto_reject", _("rejected by deadline")
        ESCALATE = "escalate", _("passed up by deadline")
        REASSIGN = "reassign", _("handed over")
        TERMINATE = "terminate", _("terminated")
        TAKE_BACK = "take_back", _("took the decision back")

    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="actions", db_index=False)
    seq = models.PositiveIntegerField(_("no."))
    step = models.ForeignKey(Step, models.PROTECT, null=True, related_name="+", db_index=False)
    task = models.ForeignKey(ApprovalTask, models.PROTECT, null=True, related_name="+", db_index=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who"), db_index=False
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("for"), db_index=False
    )
    verb = models.CharField(_("what"), max_length=14, choices=Verb)
    comment = models.TextField(_("comment"), blank=True)
    payload = models.JSONField(_("details"), default=dict)
    at = models.DateTimeField(_("when"))
    prev_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("action on a request")
        verbose_name_plural = _("actions on requests")
        ordering = ["request", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["request", "seq"], name="workflow_action_seq_once_per_request"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.seq} {self.verb}"


class Attachment(models.Model):
    """A file somebody put to a request."""

    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="attachments")
    file = models.FileField(_("file"), upload_to="approvals/%Y/%m/", max_length=255)
    name = models.CharField(_("name"), max_length=200)
    size = models.PositiveIntegerField(_("size"))
    digest = models.CharField(max_length=64)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    added_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["request", "pk"]

    def __str__(self) -> str:
        return self.name


class Copy(models.Model):
    """Somebody who is only told (抄送), once per request. Read marks live outside the approval's state."""

    class Point(models.TextChoices):
        NODE = "node", _("by the flow")
        HAND = "hand", _("by hand")

    request = models.ForeignKey(ApprovalRequest, models.CASCADE, related_name="copies", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    point = models.CharField(_("how"), max_length=6, choices=Point, default=Point.HAND)
    at = models.DateTimeField(_("when"))
    read_at = models.DateTimeField(_("read at"), null=True)

    class Meta:
        verbose_name = _("copy")
        verbose_name_plural = _("copies")
        constraints = [
            models.UniqueConstraint(fields=["request", "user"], name="workflow_copy_once_per_person"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="workflow_copy_by_person"),
            models.Index(fields=["user"], condition=models.Q(read_at__isnull=True), name="workflow_copy_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} → {self.user_id}"
