"""Segments: a rule or a list, its versions, and who belongs to it now."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stores.models import Named


class Segment(Named):
    """A set of members, by a rule that is evaluated again and again, or by an uploaded list.

    Who belongs is stored (`SegmentMember`); whoever computes it holds a lease, which ends by itself.
    """

    class Kind(models.TextChoices):
        RULE = "rule", pgettext_lazy("segment", "By rule")
        LIST = "list", pgettext_lazy("segment", "Uploaded list")

    class State(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("segment", "In use")
        ARCHIVED = "archived", pgettext_lazy("segment", "Put away")

    description = models.CharField(_("what it is for"), max_length=300, blank=True)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind, default=Kind.RULE)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ACTIVE)
    # Empty: members of the whole chain.
    store = models.ForeignKey(
        "stores.Store", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    current = models.ForeignKey(
        "campaigns.SegmentVersion", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    # What made it (a cell of the pyramid, say), told by its maker: the same key again is the same segment.
    source_key = models.CharField(max_length=120, null=True, blank=True, editable=False)
    size = models.PositiveIntegerField(_("members"), default=0)
    built_at = models.DateTimeField(_("computed at"), null=True, blank=True)
    build_ms = models.PositiveIntegerField(_("time to compute"), null=True, blank=True)
    build_error = models.CharField(_("last error"), max_length=300, blank=True)
    lease_by = models.CharField(max_length=64, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("made by"),
    )  # fmt: skip
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = [
            models.UniqueConstraint(fields=["source_key"], name="campaigns_segment_made_once"),
            models.CheckConstraint(
                condition=Q(lease_by="", lease_until=None) | ~Q(lease_by="") & Q(lease_until__isnull=False),
                name="campaigns_segment_lease_ends",
            ),
        ]
        indexes = [models.Index(fields=["state", "-changed_at"], name="campaigns_segment_by_state")]


class SegmentVersion(models.Model):
    """One wording of a segment's rule. Never changed: sends and reports point at the version they used."""

    segment = models.ForeignKey(Segment, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField(_("version"))
    rule = models.JSONField(_("rule"), default=dict)
    rule_hash = models.CharField(max_length=64)
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("version of a segment")
        verbose_name_plural = _("versions of segments")
        constraints = [
            models.UniqueConstraint(fields=["segment", "number"], name="campaigns_segmentversion_numbered_once")
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} v{self.number}"


class SegmentMember(models.Model):
    """A member who belongs to a segment now, or is kept out of it by hand (`is_in` false, pinned out).

    Millions of rows, written set-wise: no foreign key is checked by the database; merge and erasure know the table.
    """

    class Pin(models.IntegerChoices):
        OUT = -1, pgettext_lazy("segment", "Kept out by hand")
        NONE = 0, pgettext_lazy("segment", "By rule")
        IN = 1, pgettext_lazy("segment", "Put in by hand")

    pk = models.CompositePrimaryKey("segment_id", "member_id")
    segment = models.ForeignKey(Segment, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    member = models.ForeignKey(
        "members.Member", models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    is_in = models.BooleanField(_("belongs"), default=True)
    pin = models.SmallIntegerField(_("by hand"), choices=Pin, default=Pin.NONE)
    since = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("member of a segment")
        verbose_name_plural = _("members of segments")
        indexes = [models.Index(fields=["member", "segment"], name="campaigns_segmentmember_of")]
        constraints = [
            models.CheckConstraint(
                condition=Q(pin=0) | Q(pin=1, is_in=True) | Q(pin=-1, is_in=False),
                name="campaigns_segmentmember_pin_decides",
            )
        ]
