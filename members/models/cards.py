from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Member


class AuthorisedBuyer(models.Model):
    """A person who may buy on a group member's account, under a card of their own."""

    group = models.ForeignKey(Member, models.PROTECT, related_name="buyers")
    name = models.CharField(_("name"), max_length=120)
    id_note = models.CharField(_("how we know them"), max_length=120, blank=True)
    is_active = models.BooleanField(_("may buy"), default=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("authorised buyer")
        verbose_name_plural = _("authorised buyers")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "name"],
                condition=Q(is_active=True),
                name="members_buyer_name_once_per_group",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MemberCard(models.Model):
    """A card, plastic or digital: what the till reads. Numbers are never used twice."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        BLOCKED = "blocked", _("Blocked")
        LOST = "lost", _("Lost")
        REPLACED = "replaced", _("Replaced")
        CLOSED = "closed", _("Closed")

    member = models.ForeignKey(Member, models.PROTECT, related_name="cards")
    number = models.CharField(_("card number"), max_length=32, db_collation="C")
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ACTIVE)
    issued_on = models.DateField(_("issued on"), default=timezone.localdate)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", db_index=False
    )
    holder = models.ForeignKey(
        AuthorisedBuyer, models.PROTECT, null=True, blank=True, related_name="cards", db_index=False
    )
    blocked_reason = models.CharField(_("reason"), max_length=200, blank=True)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="members_card_number_is_unique"),
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=True) | Q(status="replaced"),
                name="members_card_successor_means_replaced",
            ),
        ]
        indexes = [
            models.Index(
                fields=["holder"],
                condition=Q(holder__isnull=False),
                name="members_card_by_holder",
            ),
            models.Index(
                fields=["replaced_by"],
                condition=Q(replaced_by__isnull=False),
                name="members_card_by_successor",
            ),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """The number as pages show it: first and last four digits."""
        return f"{self.number[:4]} **** {self.number[-4:]}" if len(self.number) > 8 else self.number

    @property
    def is_usable(self) -> bool:
        """Whether the till accepts it."""
        return self.status == self.Status.ACTIVE
