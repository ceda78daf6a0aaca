"""Call lists: whom to call, with which words, until when; every attempt and what came of it."""

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from callcenter.models.calls import Call


class CallList(models.Model):
    """Members to be called for one purpose, by a team, within days and hours."""

    class Purpose(models.TextChoices):
        MARKETING = "marketing", pgettext_lazy("purpose of calls", "Offer")
        SERVICE = "service", pgettext_lazy("purpose of calls", "Service")
        SURVEY = "survey", pgettext_lazy("purpose of calls", "Survey")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("call list", "Being worked")
        PAUSED = "paused", pgettext_lazy("call list", "Paused")
        CLOSED = "closed", pgettext_lazy("call list", "Closed")

    name = models.CharField(_("name"), max_length=80)
    store = models.ForeignKey(
        "stores.Store", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose, default=Purpose.MARKETING)
    script = models.TextField(_("what to say"), max_length=4000, blank=True)
    script_en = models.TextField(_("what to say, in English"), max_length=4000, blank=True)
    from_on = models.DateField(_("from"), default=timezone.localdate)
    until_on = models.DateField(_("until"))
    call_from = models.TimeField(_("calls from"), default=time(9, 30))
    call_until = models.TimeField(_("calls until"), default=time(20, 0))
    most_attempts = models.PositiveSmallIntegerField(_("calls per member, at most"), default=3)
    drops_buyers = models.BooleanField(_("leave out who has bought since"), default=True)
    bought_within = models.PositiveSmallIntegerField(_("a purchase counts within days"), default=14)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("owner"), db_index=False
    )
    agents = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("team"))
    # What made the list, told by its maker: the same key again is the same list.
    source_key = models.CharField(max_length=80, null=True, editable=False)
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.OPEN)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("call list")
        verbose_name_plural = _("call lists")
        constraints = [
            models.UniqueConstraint(fields=["source_key"], name="callcenter_calllist_made_once"),
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="callcenter_calllist_has_days"),
            models.CheckConstraint(condition=Q(call_until__gt=F("call_from")), name="callcenter_calllist_has_hours"),
            models.CheckConstraint(condition=Q(most_attempts__gte=1), name="callcenter_calllist_tries_once"),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed") & Q(closed_at=None),
                name="callcenter_calllist_closed_at_a_moment",
            ),
        ]
        indexes = [models.Index(fields=["state", "-made_at"], name="callcenter_calllist_by_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def words(self) -> str:
        """The script in the language of the page."""
        chinese = (get_language() or "zh").startswith("zh")
        return self.script if chinese else self.script_en or self.script


class CallListEntry(models.Model):
    """One member on one list: waiting, in somebody's hands for a while, done, or dropped by a rule."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("entry", "To be called")
        TAKEN = "taken", pgettext_lazy("entry", "In hand")
        DONE = "done", pgettext_lazy("entry", "Done")
        DROPPED = "dropped", pgettext_lazy("entry", "Left out")

    call_list = models.ForeignKey(CallList, models.PROTECT, related_name="entries", db_index=False)
    member = models.ForeignKey("members.Member", models.PROTECT, related_name="+", db_index=False)
    added_at = models.DateTimeField(_("added at"), default=timezone.now)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.OPEN)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # Not before; empty: at any time. With somebody's name it is that person's own callback.
    next_at = models.DateTimeField(_("next call"), null=True, blank=True)
    next_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    is_callback = models.BooleanField(_("the member asked to be called back"), default=False)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    taken_until = models.DateTimeField(_("in hand until"), null=True, blank=True)
    call = models.ForeignKey(Call, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    last_at = models.DateTimeField(_("last call"), null=True, blank=True)
    last_outcome = models.CharField(_("last result"), max_length=12, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    why = models.CharField(_("left out because"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("entry of a call list")
        verbose_name_plural = _("entries of call lists")
        constraints = [
            models.UniqueConstraint(fields=["call_list", "member"], name="callcenter_entry_member_once_per_list"),
            models.CheckConstraint(
                condition=Q(state="taken", taken_by__isnull=False, taken_until__isnull=False)
                | ~Q(state="taken") & Q(taken_by=None, taken_until=None),
                name="callcenter_entry_taken_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="dropped") & ~Q(why="") | ~Q(state="dropped") & Q(why=""),
                name="callcenter_entry_dropped_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["call_list", "next_at", "id"],
                condition=Q(state__in=["open", "taken"]),
                name="callcenter_entry_to_call",
            ),
            models.Index(fields=["call_list", "state", "id"], name="callcenter_entry_by_state"),
            models.Index(fields=["member", "-last_at"], name="callcenter_entry_of_member"),
        ]

    def __str__(self) -> str:
        return f"{self.call_list_id}:{self.member_id}"


class CallAttempt(models.Model):
    """One call for an entry and what came of it. Append-only: a trigger refuses changes."""

    class Outcome(models.TextChoices):
        INTERESTED = "interested", pgettext_lazy("outcome", "Reached, interested")
        VISIT = "visit", pgettext_lazy("outcome", "Will come")
        APPOINTMENT = "appointment", pgettext_lazy("outcome", "Appointment made")
        CALLBACK = "callback", pgettext_lazy("outcome", "Call back later")
        NO_ANSWER = "no_answer", pgettext_lazy("outcome", "No answer")
        BUSY = "busy", pgettext_lazy("outcome", "Busy")
        DECLINED = "declined", pgettext_lazy("outcome", "Reached, not interested")
        WRONG = "wrong", pgettext_lazy("outcome", "Wrong number")
        NEVER = "never", pgettext_lazy("outcome", "Does not want calls")

    entry = models.ForeignKey(CallListEntry, models.PROTECT, related_name="tries", db_index=False)
    outcome = models.CharField(_("result"), max_length=12, choices=Outcome)
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    callback_at = models.DateTimeField(_("call back at"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    call = models.ForeignKey(Call, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("attempt to call")
        verbose_name_plural = _("attempts to call")
        indexes = [models.Index(fields=["entry", "-at"], name="callcenter_attempt_of_entry")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.outcome}"
