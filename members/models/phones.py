from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Member


class MemberPhone(models.Model):
    """A number a member can be reached at. Families share numbers, so a number may have several members."""

    class Kind(models.TextChoices):
        MOBILE = "mobile", _("Mobile")
        LANDLINE = "landline", _("Landline")
        OTHER = "other", _("Other")

    # The unique constraint below starts with the member, so the key needs no index of its own.
    member = models.ForeignKey(Member, models.PROTECT, related_name="phones", db_index=False)
    e164 = models.CharField(_("phone"), max_length=20, db_collation="C")
    tail = models.CharField(_("last four digits"), max_length=4, db_collation="C", editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.MOBILE)
    is_primary = models.BooleanField(_("main number"), default=False)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    invalid = models.BooleanField(_("does not work"), default=False)
    opt_out_call = models.BooleanField(_("no calls"), default=False)
    opt_out_sms = models.BooleanField(_("no SMS"), default=False)
    source = models.CharField(_("source"), max_length=20, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("phone")
        verbose_name_plural = _("phones")
        constraints = [
            models.UniqueConstraint(fields=["member", "e164"], name="members_phone_once_per_member"),
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(is_primary=True),
                name="members_phone_one_main_number",
            ),
        ]
        indexes = [
            # Collation C: one B-tree serves equality and prefixes.
            models.Index(fields=["e164"], name="members_phone_found_by_number"),
            models.Index(fields=["tail", "member"], name="members_phone_by_last_four"),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """The number as pages show it: 138****4821."""
        from kit import phones

        return phones.mask(self.e164)
