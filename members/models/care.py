from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Member


class MemberCare(models.Model):
    """An associate looks after a member, from a day until a day (open while `until_on` is empty)."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="care", db_index=False)
    associate = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    counter = models.ForeignKey(
        "stores.Counter", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    from_on = models.DateField(_("from"), default=timezone.localdate)
    until_on = models.DateField(_("until"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    class Meta:
        verbose_name = _("member looked after")
        verbose_name_plural = _("members looked after")
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="members_care_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["member", "associate", "counter"],
                condition=Q(until_on__isnull=True),
                nulls_distinct=False,
                name="members_care_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "until_on"], name="members_care_of_member"),
            models.Index(fields=["associate", "until_on", "member"], name="members_care_of_associate"),
            models.Index(fields=["counter", "until_on", "member"], name="members_care_of_counter"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} · {self.associate_id}"


class MemberNote(models.Model):
    """What a colleague should know about a member, in free words."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="notes", db_index=False)
    text = models.TextField(_("note"), max_length=2000)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [
            models.Index(fields=["member", "-at"], name="members_note_newest_of_member"),
        ]

    def __str__(self) -> str:
        return self.text[:40]
