"""Single messages on their way out."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kit import phones


class Outbox(models.Model):
    """One text or e-mail, written in the transaction that wants it sent, delivered after the commit.

    `dedupe_key` makes a second request for the same message a no-op. `recheck` names a registered question
    (may we still send this?) asked just before sending; "no" drops the message.
    """

    class Channel(models.TextChoices):
        SMS = "sms", _("Text message")
        EMAIL = "email", _("E-mail")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("Not sent")

    FOR_ONE_READER: ClassVar[str] = "code"

    channel = models.CharField(_("channel"), max_length=5, choices=Channel.choices)
    to = models.CharField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    purpose = models.CharField(_("purpose"), max_length=40)
    dedupe_key = models.CharField(_("key"), max_length=200)
    member_id = models.BigIntegerField(_("member"), null=True)
    recheck = models.CharField(_("question before sending"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    message_id = models.CharField(_("provider's number"), max_length=120, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        db_table = "staff_outbox"
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["dedupe_key"], name="staff_outbox_each_message_once"),
            models.CheckConstraint(
                condition=models.Q(channel__in=["sms", "email"]), name="staff_outbox_channel_is_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(state__in=["pending", "sending"]),
                name="staff_outbox_still_to_send",
            ),
            models.Index(fields=["member_id", "-id"], name="staff_outbox_by_member"),
        ]

    def __str__(self) -> str:
        to = phones.mask(self.to) if self.channel == self.Channel.SMS else self.to
        return f"{self.channel} → {to}"

    @property
    def is_secret(self) -> bool:
        """A code: its text is for the person it is sent to, and thrown away once it left."""
        return self.purpose == self.FOR_ONE_READER
