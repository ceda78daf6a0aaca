"""Who carries messages: providers with their rules, and whom nothing may be sent to."""

from datetime import time
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.sends import Send
from stores.models import Named


class ProviderProfile(Named):
    """A provider as data: what it demands of a text, what it costs, how fast and when it may be used.

    `tokens` and `tokens_at` are its token bucket: how many messages may leave at once, refilled at `rate` a second.
    """

    class Backend(models.TextChoices):
        FILE = "file", pgettext_lazy("backend", "File")
        ALIYUN = "aliyun", pgettext_lazy("backend", "Aliyun SMS")
        TENCENT = "tencent", pgettext_lazy("backend", "Tencent Cloud SMS")
        HUAWEI = "huawei", pgettext_lazy("backend", "Huawei Cloud SMS")
        SMPP = "smpp", "SMPP"
        SMTP = "smtp", "SMTP"
        ANYMAIL = "anymail", pgettext_lazy("backend", "E-mail service")
        HOUSE = "house", pgettext_lazy("backend", "In the house")

    key = models.SlugField(_("key"), max_length=20)
    channel = models.CharField(_("channel"), max_length=5, choices=Send.Channel)
    backend = models.CharField(_("carried by"), max_length=8, choices=Backend)
    is_active = models.BooleanField(_("in use"), default=True)
    is_default = models.BooleanField(_("taken when nothing else is chosen"), default=False)
    signature = models.CharField(_("signature"), max_length=30, blank=True)
    opt_out_wording = models.CharField(_("opt-out wording"), max_length=30, blank=True)
    window_from = models.TimeField(_("offers from"), default=time(8, 0))
    window_until = models.TimeField(_("offers until"), default=time(20, 0))
    forbidden_words = models.JSONField(_("words it refuses"), default=list, blank=True)
    allows_variables = models.BooleanField(_("variables allowed"), default=True)
    allows_links = models.BooleanField(_("links allowed"), default=True)
    needs_template = models.BooleanField(_("wordings are filed first"), default=False)
    max_length = models.PositiveIntegerField(_("longest text"), default=500)
    price = models.DecimalField(_("price of one part"), max_digits=13, decimal_places=4, default=Decimal(0))
    rate = models.PositiveIntegerField(_("messages a second"), default=100)
    batch = models.PositiveSmallIntegerField(_("messages a call"), default=100)
    timeout_seconds = models.PositiveSmallIntegerField(_("seconds a call may take"), default=15)
    # Whether it can be asked later what became of a message, and how long we wait before asking.
    can_be_asked = models.BooleanField(_("can be asked what became of a message"), default=False)
    ask_after_minutes = models.PositiveSmallIntegerField(_("asked after minutes"), default=15)
    # Names of accounts and applications; secrets come from the environment.
    options = models.JSONField(_("options"), default=dict, blank=True)
    tokens = models.DecimalField(max_digits=12, decimal_places=3, default=0, editable=False)
    tokens_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="campaigns_provider_key_is_unique"),
            models.UniqueConstraint(
                fields=["channel"], condition=Q(is_default=True), name="campaigns_provider_one_default"
            ),
            models.CheckConstraint(condition=Q(rate__gte=1, batch__gte=1), name="campaigns_provider_moves"),
        ]


class ProviderMessage(models.Model):
    """How a provider calls a message it took: only for providers that do not give our own key back."""

    provider = models.ForeignKey(ProviderProfile, models.CASCADE, related_name="+", db_index=False)
    message_id = models.CharField(max_length=100, db_collation="C")
    key = models.CharField(max_length=64, db_collation="C")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("message at a provider")
        verbose_name_plural = _("messages at a provider")
        constraints = [
            models.UniqueConstraint(fields=["provider", "message_id"], name="campaigns_providermessage_once")
        ]


class Suppression(models.Model):
    """An address nothing is sent to any more, whoever it belongs to. Holds a keyed hash, never the address."""

    class Reason(models.TextChoices):
        REPLY = "reply", pgettext_lazy("suppression", "Replied that they want no more")
        UNSUBSCRIBE = "unsubscribe", pgettext_lazy("suppression", "Unsubscribed by link")
        BOUNCE = "bounce", pgettext_lazy("suppression", "Does not exist any more")
        COMPLAINT = "complaint", pgettext_lazy("suppression", "Complained")
        HAND = "hand", pgettext_lazy("suppression", "Entered by hand")

    channel = models.CharField(_("channel"), max_length=5, choices=Send.Channel)
    address_hash = models.BigIntegerField()
    reason = models.CharField(_("reason"), max_length=11, choices=Reason)
    evidence = models.CharField(_("evidence"), max_length=200, blank=True)
    at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        constraints = [models.UniqueConstraint(fields=["channel", "address_hash"], name="campaigns_suppression_once")]


class ContactLedger(models.Model):
    """How often a member was contacted over a channel on a day: what frequency caps count. Service messages do not."""

    pk = models.CompositePrimaryKey("member_id", "channel", "touched_on")
    member = models.ForeignKey(
        "members.Member", models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    channel = models.CharField(_("channel"), max_length=5, choices=Send.Channel)
    touched_on = models.DateField(_("day"))
    times = models.SmallIntegerField(_("times"), default=1)

    class Meta:
        verbose_name = _("contact of a day")
        verbose_name_plural = _("contacts of a day")
        constraints = [
            models.CheckConstraint(condition=Q(times__gte=0), name="campaigns_contactledger_never_below_zero")
        ]


class ControlGroup(models.Model):
    """Members who get no offers at all for some time, so that everything together can be measured.

    Who belongs is decided by a number drawn once from the member and the salt: whoever asks later, for any day, gets
    the same answer, also for groups that have ended.
    """

    salt = models.BigIntegerField(_("salt"))
    share = models.PositiveSmallIntegerField(_("share (of 10,000)"))
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("control group")
        verbose_name_plural = _("control groups")
        constraints = [
            models.CheckConstraint(condition=Q(share__range=(1, 2_000)), name="campaigns_controlgroup_is_small"),
            models.UniqueConstraint(
                fields=["until_on"], condition=Q(until_on=None), nulls_distinct=False,
                name="campaigns_controlgroup_one_now",
            ),
        ]  # fmt: skip


class SendingDesk(models.Model):
    """Which installation sends from this database (one row), and the key of the hashes of addresses.

    A restored copy finds another installation's name here, and sends nothing until a person takes over.
    """

    installation = models.CharField(_("installation"), max_length=120)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    taken_at = models.DateTimeField(_("taken over at"), default=timezone.now)
    address_key = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("installation that sends")
        verbose_name_plural = _("installation that sends")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="campaigns_sendingdesk_is_one_row")]


class InboxEvent(models.Model):
    """Something a provider told us, kept as it came and worked on later: receipts, replies, bounces, complaints."""

    class Event(models.TextChoices):
        DELIVERED = "delivered", pgettext_lazy("inbox", "Delivered")
        FAILED = "failed", pgettext_lazy("inbox", "Not delivered")
        REPLY = "reply", pgettext_lazy("inbox", "Reply")
        BOUNCE = "bounce", pgettext_lazy("inbox", "Bounced")
        COMPLAINT = "complaint", pgettext_lazy("inbox", "Complaint")
        UNSUBSCRIBE = "unsubscribe", pgettext_lazy("inbox", "Unsubscribed")
        OTHER = "other", pgettext_lazy("inbox", "Something else")

    class State(models.TextChoices):
        NEW = "new", pgettext_lazy("inbox", "New")
        DONE = "done", pgettext_lazy("inbox", "Done")
        STRAY = "stray", pgettext_lazy("inbox", "Belongs to nothing we know")
        BROKEN = "broken", pgettext_lazy("inbox", "Could not be worked on")

    provider = models.CharField(_("provider"), max_length=20)
    message_id = models.CharField(_("message"), max_length=200, db_collation="C")
    event = models.CharField(_("what happened"), max_length=11, choices=Event)
    # Our own key of the message, where the provider gives it back.
    key = models.CharField(max_length=64, blank=True, db_collation="C")
    body = models.JSONField(_("as it came"), default=dict)
    happened_at = models.DateTimeField(_("happened at"), default=timezone.now)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.NEW)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        constraints = [
            models.UniqueConstraint(fields=["provider", "message_id", "event"], name="campaigns_inbox_told_once")
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="new"), name="campaigns_inbox_waiting"),
            models.Index(fields=["-received_at"], name="campaigns_inbox_newest"),
        ]
