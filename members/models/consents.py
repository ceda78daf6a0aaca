from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Member


class Consent(models.Model):
    """What a member said about one channel and purpose, when and where: the last word counts.

    Append-only: a trigger in the database refuses changes and deletions.
    """

    class Channel(models.TextChoices):
        SMS = "sms", _("SMS")
        PHONE = "phone", _("Phone call")
        EMAIL = "email", _("E-mail")
        POST = "post", _("Post")
        WECHAT = "wechat", _("WeChat")

    class Purpose(models.TextChoices):
        MARKETING = "marketing", _("Offers")
        SERVICE = "service", _("Service messages")

    class Source(models.TextChoices):
        DESK = "desk", _("Member desk")
        TILL = "till", _("Till")
        PHONE = "phone", _("On the phone")
        WEB = "web", _("Self-service")
        IMPORT = "import", _("Import")
        MERGE = "merge", _("Merge of members")
        UNSUBSCRIBE = "unsubscribe", _("Unsubscribe link")

    member = models.ForeignKey(Member, models.PROTECT, related_name="consents", db_index=False)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose, default=Purpose.MARKETING)
    granted = models.BooleanField(_("granted"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    source = models.CharField(_("source"), max_length=12, choices=Source, default=Source.DESK)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [
            models.Index(
                fields=["member", "channel", "purpose", "-at", "-id"],
                name="members_consent_last_word",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.purpose} {'+' if self.granted else '-'}"

    @staticmethod
    def cached_in(channel: str) -> str:
        """The column of `Member` that holds the last marketing answer for a channel."""
        return f"allows_{Consent.Channel(channel).value}"
