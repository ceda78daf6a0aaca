"""Telephone systems, who sits at which extension, calls, and the log of everything the systems told us."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kit import phones


class PhoneSystem(models.Model):
    """A switchboard or cloud service that tells us about calls. Its secret is derived, never stored: raising
    `secret_version` makes another one."""

    class Kind(models.TextChoices):
        WEBHOOK = "webhook", _("Posts its events here")
        ASTERISK = "asterisk", _("Asterisk, through its manager port")
        SIMULATOR = "simulator", _("Simulator")

    code = models.SlugField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.WEBHOOK)
    store = models.ForeignKey(
        "stores.Store", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    own_numbers = models.JSONField(
        _("own numbers"),
        default=list,
        blank=True,
        help_text=_("Numbers of the house in E.164 form; a call from one of them is internal."),
    )
    secret_version = models.PositiveIntegerField(default=1, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("phone system")
        verbose_name_plural = _("phone systems")
        constraints = [models.UniqueConstraint(fields=["code"], name="callcenter_phonesystem_code_once")]

    def __str__(self) -> str:
        return self.name


class AgentLine(models.Model):
    """Somebody sits at an extension, from signing in to it until leaving it."""

    system = models.ForeignKey(PhoneSystem, models.PROTECT, related_name="lines", db_index=False)
    extension = models.CharField(_("extension"), max_length=20, db_collation="C")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("agent")
    )
    opens_on_ring = models.BooleanField(
        _("open the member's page when it rings"),
        default=False,
        help_text=_("Never while something is being typed: then the card waits in the corner."),
    )
    since_at = models.DateTimeField(_("since"), default=timezone.now)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [
            models.UniqueConstraint(
                fields=["system", "extension"],
                condition=Q(ended_at__isnull=True),
                name="callcenter_agentline_one_person_per_extension",
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at__isnull=True), name="callcenter_agentline_one_per_person"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("since_at")),
                name="callcenter_agentline_ends_after_it_began",
            ),
        ]
        indexes = [models.Index(fields=["user", "-since_at"], name="callcenter_line_of_user")]

    def __str__(self) -> str:
        return self.extension


class Call(models.Model):
    """One leg of a call: a number and one extension. Its state is what its accepted events say, whatever order they
    came in (`services.calls`)."""

    class Direction(models.TextChoices):
        IN = "in", pgettext_lazy("call", "Incoming")
        OUT = "out", pgettext_lazy("call", "Outgoing")
        OWN = "own", _("Within the house")

    class State(models.TextChoices):
        RINGING = "ringing", _("Ringing")
        ANSWERED = "answered", _("Talking")
        ENDED = "ended", _("Ended")
        MISSED = "missed", _("Not answered")

    class Disposition(models.TextChoices):
        SETTLED = "settled", _("Settled")
        CASE = "case", _("Case opened")
        CALL_BACK = "call_back", _("Will be called back")
        ENROLLED = "enrolled", _("Enrolled")
        NO_ONE = "no_one", _("Nobody there")
        WRONG = "wrong", _("Wrong number")
        NUISANCE = "nuisance", _("Nuisance call")
        OTHER = "other", _("Other")

    class Settled(models.TextChoices):
        ELSEWHERE = "elsewhere", _("Answered by a colleague")
        CALLED_BACK = "called_back", _("Called back")
        CALLED_AGAIN = "called_again", _("Called again and was answered")
        MARKED = "marked", _("Needs no call back")

    ACTIVE = (State.RINGING, State.ANSWERED)

    system = models.ForeignKey(PhoneSystem, models.PROTECT, related_name="calls", db_index=False)
    external_id = models.CharField(max_length=80, db_collation="C")
    leg = models.CharField(max_length=80, db_collation="C", blank=True)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction, default=Direction.IN)
    number = models.CharField(_("phone"), max_length=20, db_collation="C", blank=True)  # E.164; empty: withheld
    queue = models.CharField(_("queue"), max_length=60, blank=True)
    extension = models.CharField(_("extension"), max_length=20, blank=True)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("agent"),
    )
    store = models.ForeignKey(
        "stores.Store", models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("store")
    )
    member = models.ForeignKey(
        "members.Member", models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("member")
    )
    contact = models.ForeignKey("members.Contact", models.SET_NULL, null=True, related_name="+")
    found = models.PositiveSmallIntegerField(_("members with the number"), default=0)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    chosen_at = models.DateTimeField(null=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.RINGING)
    heard_at = models.DateTimeField(_("heard of"), default=timezone.now)  # when the first event reached us
    rang_at = models.DateTimeField(_("rang at"), null=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    cause = models.CharField(_("cause"), max_length=40, blank=True)
    ring_seconds = models.PositiveIntegerField(_("ring seconds"), null=True)
    talk_seconds = models.PositiveIntegerField(_("talk seconds"), null=True)
    recording_url = models.URLField(_("recording"), max_length=500, blank=True)
    shown_at = models.DateTimeField(_("shown at"), null=True)  # acknowledged by the agent's browser
    disposition = models.CharField(_("result"), max_length=10, choices=Disposition, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    noted_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_why = models.CharField(max_length=12, choices=Settled, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            models.UniqueConstraint(fields=["system", "external_id", "leg"], name="callcenter_call_one_row_per_leg"),
            models.CheckConstraint(
                condition=Q(state__in=["ended", "missed"], ended_at__isnull=False)
                | Q(state__in=["ringing", "answered"], ended_at__isnull=True),
                name="callcenter_call_over_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(state="answered", answered_at__isnull=False)
                | Q(state="ended", answered_at__isnull=False)
                | Q(state__in=["ringing", "missed"], answered_at__isnull=True),
                name="callcenter_call_talk_was_answered",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_why="") | ~Q(settled_at__isnull=True, settled_why=""),
                name="callcenter_call_settled_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["agent"], condition=Q(state__in=["ringing", "answered"]), name="callcenter_call_active"
            ),
            models.Index(fields=["-heard_at", "-id"], name="callcenter_call_newest"),
            models.Index(fields=["store", "-heard_at", "-id"], name="callcenter_call_of_store"),
            models.Index(fields=["agent", "-heard_at", "-id"], name="callcenter_call_of_agent"),
            models.Index(
                fields=["member", "-heard_at"], condition=Q(member__isnull=False), name="callcenter_call_of_member"
            ),
            models.Index(fields=["number", "-heard_at"], condition=~Q(number=""), name="callcenter_call_of_number"),
            models.Index(
                fields=["-heard_at", "-id"],
                condition=Q(direction="in", state="missed", settled_at__isnull=True),
                name="callcenter_call_to_call_back",
            ),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """The number as pages show it; a withheld one in words."""
        return phones.mask(self.number) if self.number else str(_("Withheld"))

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE


class CallEvent(models.Model):
    """One thing a phone system told us, and what became of it. Append-only; rows older than 90 days may be deleted.
    Numbers in the payload are masked before it is stored."""

    class Kind(models.TextChoices):
        RINGING = "ringing", _("Ringing")
        ANSWERED = "answered", pgettext_lazy("call", "Answered")
        ENDED = "ended", _("Hung up")
        SWEPT = "swept", _("Given up")
        UNKNOWN = "", _("Unknown")

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("Taken into the call")
        POPPED = "popped", _("Shown to the agent")
        LATE = "late", _("Came late and changed nothing")
        DUPLICATE = "duplicate", _("Had come before")
        NO_LINE = "no_line", _("Nobody is signed in at this extension, so nobody was shown the call")
        INTERNAL = "internal", _("A call between extensions or from a number of the house: no card is shown")
        TOO_OLD = "too_old", _("Older than a week, so nothing was done")
        MALFORMED = "malformed", _("Could not be read")
        BAD_SIGNATURE = "bad_signature", _("The signature is wrong")
        STALE = "stale", _("The time of the request is too far from ours")
        UNKNOWN_SYSTEM = "unknown_system", _("There is no active phone system of this code")

    system = models.ForeignKey(PhoneSystem, models.PROTECT, null=True, related_name="+", db_index=False)
    call = models.ForeignKey(Call, models.PROTECT, null=True, related_name="events")
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    signature_ok = models.BooleanField(_("signature is right"), default=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, blank=True)
    external_id = models.CharField(_("call"), max_length=80, db_collation="C", blank=True)
    leg = models.CharField(_("leg"), max_length=80, db_collation="C", blank=True)
    key = models.CharField(max_length=80, db_collation="C", blank=True)
    happened_at = models.DateTimeField(_("happened at"), null=True)
    extension = models.CharField(_("extension"), max_length=20, blank=True)
    queue = models.CharField(_("queue"), max_length=60, blank=True)
    cause = models.CharField(_("cause"), max_length=40, blank=True)
    payload = models.JSONField(_("content"), default=dict)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    detail = models.CharField(_("detail"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("event of a phone system")
        verbose_name_plural = _("events of phone systems")
        constraints = [
            models.UniqueConstraint(
                fields=["system", "external_id", "leg", "key"],
                condition=Q(call__isnull=False),
                name="callcenter_callevent_taken_once",
            ),
        ]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="callcenter_event_newest"),
            models.Index(fields=["outcome", "-received_at"], name="callcenter_event_by_outcome"),
            models.Index(fields=["external_id"], name="callcenter_event_of_call"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"


class NumberAlias(models.Model):
    """An opaque name a cloud service may show its operators instead of a number."""

    uid = models.CharField(max_length=32, db_collation="C")
    e164 = models.CharField(max_length=20, db_collation="C")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("name in place of a number")
        verbose_name_plural = _("names in place of numbers")
        constraints = [
            models.UniqueConstraint(fields=["uid"], name="callcenter_numberalias_uid_once"),
            models.UniqueConstraint(fields=["e164"], name="callcenter_numberalias_number_once"),
        ]

    def __str__(self) -> str:
        return self.uid
