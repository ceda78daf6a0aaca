"""What a send says: templates and their wordings, and the links in them that are counted."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.sends import Send


class MessageTemplate(models.Model):
    """Something the store says again and again, in Chinese and English, for one channel."""

    class Purpose(models.TextChoices):
        MARKETING = "marketing", pgettext_lazy("message", "Offers")
        SERVICE = "service", pgettext_lazy("message", "Service messages")

    class State(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("message", "In use")
        ARCHIVED = "archived", pgettext_lazy("message", "Put away")

    name = models.CharField(_("name"), max_length=120)
    channel = models.CharField(_("channel"), max_length=5, choices=Send.Channel)
    purpose = models.CharField(_("purpose"), max_length=9, choices=Purpose, default=Purpose.MARKETING)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ACTIVE)
    # Kept to be used again; the others were written for one send or step.
    in_library = models.BooleanField(_("in the library"), default=False)
    # Empty: for the whole chain.
    store = models.ForeignKey(
        "stores.Store", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        indexes = [models.Index(fields=["channel", "state", "-made_at"], name="campaigns_template_newest")]

    def __str__(self) -> str:
        return self.name


class ContentVersion(models.Model):
    """One wording of a template. Never changed: what was sent points at it. Variables stand in braces: {name}.

    Append-only: a trigger in the database refuses changes and deletions.
    """

    template = models.ForeignKey(MessageTemplate, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField(_("version"))
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"), max_length=20_000)
    # Empty: members who read English get the Chinese wording.
    subject_en = models.CharField(_("subject in English"), max_length=200, blank=True)
    body_en = models.TextField(_("text in English"), max_length=20_000, blank=True)
    # What the provider calls this wording, where wordings are filed with it first.
    provider_template = models.CharField(_("number of the filed template"), max_length=60, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="campaigns_content_numbered_once"),
            models.CheckConstraint(condition=~Q(body=""), name="campaigns_content_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.template_id} v{self.number}"


class TrackedLink(models.Model):
    """A link in the wording of a send. Clicks are redirected to stored targets and nowhere else."""

    send = models.ForeignKey(Send, models.CASCADE, related_name="links", db_index=False)
    number = models.PositiveSmallIntegerField(_("number"))
    url = models.URLField(_("address"), max_length=1000)
    # Invisible to people: who follows it is a machine.
    is_trap = models.BooleanField(_("only machines follow it"), default=False)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [models.UniqueConstraint(fields=["send", "number"], name="campaigns_link_numbered_once")]

    def __str__(self) -> str:
        return self.url


class TrackEvent(models.Model):
    """Somebody, or some machine, opened a message or followed a link. Append-only, one partition a month.

    `suspicion` is 0 (a person, as far as we can tell) to 100 (surely a machine); `signals` names what spoke for it.
    """

    class Kind(models.IntegerChoices):
        OPEN = 1, pgettext_lazy("track", "Opened")
        CLICK = 2, pgettext_lazy("track", "Clicked")
        UNSUBSCRIBE = 3, pgettext_lazy("track", "Unsubscribed")

    pk = models.CompositePrimaryKey("at", "id")
    id = models.BigIntegerField()
    at = models.DateTimeField(_("at"))
    send = models.ForeignKey(Send, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    member = models.ForeignKey(
        "members.Member", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.SmallIntegerField(_("kind"), choices=Kind)
    link_no = models.SmallIntegerField(_("link"), default=0)
    suspicion = models.SmallIntegerField(_("suspicion"), default=0)
    signals = models.CharField(_("signs of a machine"), max_length=60, blank=True)

    class Meta:
        managed = False
        db_table = "campaigns_trackevent"
        verbose_name = _("opening or click")
        verbose_name_plural = _("openings and clicks")
