"""What the member's own pages stand on: codes that prove a number, sessions, requests to be erased."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Member


class ProofCode(models.Model):
    """A code sent to a number by SMS. Only a keyed digest of it is kept; rows are dropped after two days.

    Used: the code was typed in right. Spent: the proof opened a session (`member` says whose), once.
    """

    e164 = models.CharField(_("phone"), max_length=20, db_collation="C")
    digest = models.CharField(max_length=64, db_collation="C", editable=False)
    # A keyed digest of the address that asked.
    asked_from = models.CharField(max_length=64, db_collation="C", editable=False)
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    expires_at = models.DateTimeField(_("valid until"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    used_at = models.DateTimeField(_("typed in at"), null=True, blank=True)
    spent_at = models.DateTimeField(_("spent at"), null=True, blank=True)
    member = models.ForeignKey(Member, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("code by SMS")
        verbose_name_plural = _("codes by SMS")
        constraints = [
            models.CheckConstraint(
                condition=Q(spent_at__isnull=True) | Q(used_at__isnull=False), name="members_proof_spent_after_use"
            ),
        ]
        indexes = [
            models.Index(fields=["e164", "-asked_at"], name="members_proof_of_number"),
            models.Index(fields=["asked_from", "-asked_at"], name="members_proof_of_address"),
            models.Index(fields=["asked_at"], name="members_proof_by_time"),
            models.Index(fields=["member"], condition=Q(member__isnull=False), name="members_proof_of_member"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class MemberSession(models.Model):
    """A member is signed in on a phone. The key lies in the browser, here only its digest."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="self_sessions")
    digest = models.CharField(max_length=64, db_collation="C", editable=False)
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("member signed in")
        verbose_name_plural = _("members signed in")
        constraints = [models.UniqueConstraint(fields=["digest"], name="members_session_key_is_unique")]
        indexes = [models.Index(fields=["opened_at"], name="members_session_by_time")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ErasureRequest(models.Model):
    """A member asked to be erased. It waits some days, in which it can be taken back or refused with a reason."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        TAKEN_BACK = "taken_back", _("Taken back")
        REFUSED = "refused", _("Refused")
        DONE = "done", _("Erased")

    member = models.ForeignKey(Member, models.PROTECT, related_name="erasure_requests")
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    due_on = models.DateField(_("due on"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("request to be erased")
        verbose_name_plural = _("requests to be erased")
        constraints = [
            models.UniqueConstraint(fields=["member"], condition=Q(state="waiting"), name="members_erasure_waits_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True)
                | ~Q(state="waiting") & Q(decided_at__isnull=False),
                name="members_erasure_decided_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(state="waiting"), name="members_erasure_due"),
            models.Index(fields=["-asked_at", "-id"], name="members_erasure_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.state}"
