from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Member


class MemberIdentity(models.Model):
    """That a member showed an identity paper. The number itself is never stored: a keyed digest finds it again, and
    `shown` is what pages may show of it (3702**********1234)."""

    class Kind(models.TextChoices):
        ID_CARD = "id_card", _("Identity card")
        PASSPORT = "passport", _("Passport")
        PERMIT = "permit", _("Travel permit")

    member = models.ForeignKey(Member, models.PROTECT, related_name="identities", db_index=False)
    kind = models.CharField(_("paper"), max_length=8, choices=Kind)
    digest = models.CharField(max_length=64, db_collation="C", editable=False)
    shown = models.CharField(_("number"), max_length=20)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)

    class Meta:
        verbose_name = _("identity paper")
        verbose_name_plural = _("identity papers")
        constraints = [
            models.UniqueConstraint(fields=["kind", "digest"], name="members_identity_belongs_to_one_member"),
        ]
        indexes = [models.Index(fields=["member", "kind"], name="members_identity_of_member")]

    def __str__(self) -> str:
        return self.shown
