from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Member


class Contact(models.Model):
    """Somebody without a card: left a number, asked for something, or came along with a member."""

    name = models.CharField(_("name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True, db_collation="C")
    gender = models.CharField(_("gender"), max_length=8, choices=Member.Gender, default="", blank=True)
    asked_for = models.CharField(_("asked for"), max_length=300, blank=True)
    came_with = models.ForeignKey(
        Member,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="companions",
        verbose_name=_("came with"),
    )
    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", db_index=False)
    counter = models.ForeignKey("stores.Counter", models.PROTECT, null=True, blank=True, related_name="+")
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    noted_at = models.DateTimeField(_("noted at"), default=timezone.now)
    converted_to = models.ForeignKey(
        Member,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="came_from_contacts",
        verbose_name=_("became member"),
    )
    converted_at = models.DateTimeField(_("became a member at"), null=True, blank=True)

    class Meta:
        verbose_name = _("contact without a card")
        verbose_name_plural = _("contacts without a card")
        constraints = [
            models.CheckConstraint(
                condition=Q(converted_to__isnull=True, converted_at__isnull=True)
                | Q(converted_to__isnull=False, converted_at__isnull=False),
                name="members_contact_conversion_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["-noted_at", "-id"], name="members_contact_newest_first"),
            models.Index(fields=["store", "-noted_at"], name="members_contact_newest_of_st"),
            models.Index(
                fields=["phone"],
                condition=Q(converted_to__isnull=True) & ~Q(phone=""),
                name="members_contact_open_by_phone",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)
