"""Sends: one message to one audience over one channel, and what became of each recipient."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Send(models.Model):
    """One message to the members of a segment over one channel. Its recipients are frozen when it starts."""

    class Channel(models.TextChoices):
        SMS = "sms", _("SMS")
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone call")
        POST = "post", _("Post")
        SITE = "site", pgettext_lazy("channel", "Own pages")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("send", "Being written")
        WAITING = "waiting", pgettext_lazy("send", "In approval")
        SCHEDULED = "scheduled", pgettext_lazy("send", "Planned")
        FREEZING = "freezing", pgettext_lazy("send", "Drawing up the recipients")
        RUNNING = "running", pgettext_lazy("send", "Sending")
        PAUSED = "paused", pgettext_lazy("send", "Paused")
        DONE = "done", pgettext_lazy("send", "Sent")
        CANCELLED = "cancelled", pgettext_lazy("send", "Called off")

    class Held(models.TextChoices):
        """Why a send is paused."""

        HAND = "hand", pgettext_lazy("held", "Paused by hand")
        CANARY = "canary", pgettext_lazy("held", "The first messages are out: please look before the rest follows")
        FAILURES = "failures", pgettext_lazy("held", "Too many messages fail")
        OPT_OUTS = "opt_outs", pgettext_lazy("held", "Too many members opt out")
        BUDGET = "budget", pgettext_lazy("held", "The budget is used up")
        LATE = "late", pgettext_lazy("held", "The planned time was missed: is it still right?")
        PROVIDER = "provider", pgettext_lazy("held", "The provider refuses everything")
        SEGMENT = "segment", pgettext_lazy("held", "The segment could not be computed: its page says why")

    name = models.CharField(_("name"), max_length=120)
    campaign = models.ForeignKey(
        "campaigns.Campaign", models.PROTECT, null=True, blank=True, related_name="sends", verbose_name=_("campaign")
    )
    segment = models.ForeignKey(
        "campaigns.Segment", models.PROTECT, null=True, blank=True, related_name="sends", verbose_name=_("to whom")
    )
    segment_version = models.ForeignKey(
        "campaigns.SegmentVersion", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    store = models.ForeignKey(
        "stores.Store", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    channel = models.CharField(_("channel"), max_length=5, choices=Channel)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    purpose = models.CharField(_("purpose"), max_length=9, default="marketing")
    held = models.CharField(_("held because"), max_length=8, choices=Held, blank=True)
    content = models.ForeignKey(
        "campaigns.ContentVersion", models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("what it says"),
    )  # fmt: skip
    # The second wording of an A/B test; `share_b` of 10,000 get it.
    content_b = models.ForeignKey(
        "campaigns.ContentVersion", models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("second wording"),
    )  # fmt: skip
    share_b = models.PositiveSmallIntegerField(_("second wording (of 10,000)"), default=5_000)
    provider = models.ForeignKey(
        "campaigns.ProviderProfile", models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("provider"),
    )  # fmt: skip
    # What made it (a step of a journey, say), told by its maker: the same key again is the same send.
    source_key = models.CharField(max_length=120, null=True, blank=True, editable=False)
    # Yuan: nothing is handed over that would cost more than this. Empty: no limit.
    budget = models.DecimalField(_("budget"), max_digits=13, decimal_places=2, null=True, blank=True)
    unit_price = models.DecimalField(_("price of one part"), max_digits=13, decimal_places=4, default=0)
    spent = models.DecimalField(_("spent"), max_digits=13, decimal_places=4, default=0)
    # Who is over a frequency cap waits for another day (True) or is left out.
    defers_capped = models.BooleanField(_("wait where somebody was contacted too often"), default=False)
    # How many go out before somebody has a look; None until the recipients are drawn up, 0: no such stop.
    canary_share = models.PositiveSmallIntegerField(_("first messages (of 10,000)"), default=100)
    canary_size = models.PositiveIntegerField(_("first messages"), null=True, blank=True)
    looked_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    most_failures = models.PositiveSmallIntegerField(_("stops at failures (of 10,000)"), default=2_000)
    most_opt_outs = models.PositiveSmallIntegerField(_("stops at opt-outs (of 10,000)"), default=200)
    late_minutes = models.PositiveIntegerField(_("may start late by minutes"), default=120)
    # Caches of the rows, for stop rules and round-robin: what has been taken up, handed over, refused, opted out.
    freeze_cursor = models.BigIntegerField(default=0, editable=False)
    taken_count = models.PositiveIntegerField(default=0, editable=False)
    accepted_count = models.PositiveIntegerField(default=0, editable=False)
    failed_count = models.PositiveIntegerField(default=0, editable=False)
    opt_out_count = models.PositiveIntegerField(default=0, editable=False)
    turn_at = models.DateTimeField(null=True, editable=False)
    # Share of those who could be reached that gets nothing, in ten-thousandths, to measure what the send earned.
    holdout_share = models.PositiveSmallIntegerField(_("holdout (of 10,000)"), default=0)
    planned_at = models.DateTimeField(_("planned for"), null=True, blank=True)
    frozen_at = models.DateTimeField(_("recipients drawn up at"), null=True, blank=True)
    # Both arms of an evaluation share one window, which opens here.
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("send")
        verbose_name_plural = _("sends")
        indexes = [
            models.Index(fields=["state", "planned_at"], name="campaigns_send_by_state"),
            models.Index(fields=["-made_at"], name="campaigns_send_newest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source_key"], name="campaigns_send_made_once"),
            models.CheckConstraint(
                condition=models.Q(budget=None) | models.Q(spent__lte=models.F("budget")),
                name="campaigns_send_within_budget",
            ),
            models.CheckConstraint(
                condition=models.Q(share_b__lte=10_000, holdout_share__lte=5_000), name="campaigns_send_shares"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SendRecipient(models.Model):
    """What a send does to one member. Partitioned by send: a year of fifty million rows is dropped send by send.

    Written set-wise; no foreign key is checked by the database. `arm` says how the member was assigned when the
    recipients were drawn up, and never changes: results are analysed by it, whatever was delivered.
    """

    class State(models.IntegerChoices):
        SKIPPED = 0, pgettext_lazy("recipient", "Left out")
        HOLDOUT = 1, pgettext_lazy("recipient", "Holdout")
        READY = 2, pgettext_lazy("recipient", "Waiting")
        LEASED = 3, pgettext_lazy("recipient", "In a worker's hands")
        CALLING = 4, pgettext_lazy("recipient", "Being handed over")
        ACCEPTED = 5, pgettext_lazy("recipient", "Handed over")
        DELIVERED = 6, pgettext_lazy("recipient", "Delivered")
        FAILED = 7, pgettext_lazy("recipient", "Failed")
        UNKNOWN = 8, pgettext_lazy("recipient", "Possibly sent, being checked")

    class Arm(models.IntegerChoices):
        NONE = 0, pgettext_lazy("arm", "Not assigned")
        HOLDOUT = 1, pgettext_lazy("arm", "Holdout")
        A = 2, "A"
        B = 3, "B"
        C = 4, "C"

    pk = models.CompositePrimaryKey("send_id", "member_id")
    send = models.ForeignKey(Send, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    member = models.ForeignKey(
        "members.Member", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    arm = models.SmallIntegerField(_("arm"), choices=Arm, default=Arm.NONE)
    state = models.SmallIntegerField(_("state"), choices=State)
    # Why it was left out, failed or stays unknown: a code of `campaigns.services`, in few letters.
    reason = models.CharField(_("reason"), max_length=16, blank=True)
    # First eight bytes of a keyed hash of the address: who shares a number gets one message.
    address_hash = models.BigIntegerField(null=True)
    lease_id = models.BigIntegerField(null=True)
    attempt_id = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField(_("changed at"))
    accepted_at = models.DateTimeField(_("handed over at"), null=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True)
    # A message the provider will not take yet, or a member contacted too often, waits until then; about one that is
    # unknown the provider is asked again then.
    not_before = models.DateTimeField(_("not before"), null=True)
    tries = models.SmallIntegerField(_("tries"), default=0)
    parts = models.SmallIntegerField(_("parts"), default=0)

    class Meta:
        managed = False
        db_table = "campaigns_sendrecipient"
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")


class SendTally(models.Model):
    """How many recipients of a send stand where: a cache of its rows, made anew while it runs."""

    pk = models.CompositePrimaryKey("send_id", "state", "reason", "arm")
    send = models.ForeignKey(Send, models.CASCADE, related_name="tallies", db_index=False)
    state = models.SmallIntegerField(_("state"), choices=SendRecipient.State)
    reason = models.CharField(_("reason"), max_length=16, blank=True)
    arm = models.SmallIntegerField(_("arm"), choices=SendRecipient.Arm)
    count = models.PositiveIntegerField(_("recipients"))

    class Meta:
        verbose_name = _("tally of a send")
        verbose_name_plural = _("tallies of a send")
