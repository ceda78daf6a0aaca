"""How it came that somebody belongs to a segment: pins, uploaded lists, who entered and left, sizes over time."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models.segments import Segment, SegmentMember


class SegmentPin(models.Model):
    """Somebody said that a member belongs to a segment, or does not, whatever its rule says, and why.

    It names the member it was said of; after a merge it counts for the one who lives on.
    """

    segment = models.ForeignKey(Segment, models.PROTECT, related_name="pins", db_index=False)
    member = models.ForeignKey("members.Member", models.PROTECT, related_name="+")
    pin = models.SmallIntegerField(_("by hand"), choices=SegmentMember.Pin)
    reason = models.CharField(_("reason"), max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("member by hand")
        verbose_name_plural = _("members by hand")
        constraints = [
            models.UniqueConstraint(fields=["segment", "member"], name="campaigns_segmentpin_one_per_member"),
            models.CheckConstraint(condition=~models.Q(pin=0), name="campaigns_segmentpin_is_in_or_out"),
        ]


class SegmentListEntry(models.Model):
    """A member of an uploaded list, as uploaded. Written set-wise; who lives on after a merge is found when asked."""

    pk = models.CompositePrimaryKey("segment_id", "member_id")
    segment = models.ForeignKey(Segment, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    member = models.ForeignKey("members.Member", models.DO_NOTHING, related_name="+", db_constraint=False)

    class Meta:
        verbose_name = _("entry of a list")
        verbose_name_plural = _("entries of lists")


class SegmentMove(models.Model):
    """A member entered or left a segment. Append-only, partitioned by month."""

    class Why(models.IntegerChoices):
        RULE = 0, pgettext_lazy("segment", "By rule")
        PIN = 1, pgettext_lazy("segment", "By hand")

    pk = models.CompositePrimaryKey("moved_on", "id")
    moved_on = models.DateField(_("day"))
    id = models.BigIntegerField()
    segment = models.ForeignKey(Segment, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    member = models.ForeignKey(
        "members.Member", models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    entered = models.BooleanField(_("entered"))
    why = models.SmallIntegerField(_("why"), choices=Why, default=Why.RULE)
    moved_at = models.DateTimeField(_("when"))

    class Meta:
        managed = False
        db_table = "campaigns_segmentmove"
        verbose_name = _("entry or exit")
        verbose_name_plural = _("entries and exits")


class SegmentDay(models.Model):
    """How many members a segment had at the end of a day, and how many had come and gone that day."""

    segment = models.ForeignKey(Segment, models.PROTECT, related_name="days", db_index=False)
    on = models.DateField(_("day"))
    size = models.PositiveIntegerField(_("members"))
    entered = models.PositiveIntegerField(_("entered"), default=0)
    left = models.PositiveIntegerField(_("left"), default=0)

    class Meta:
        verbose_name = _("size of a segment")
        verbose_name_plural = _("sizes of segments")
        constraints = [models.UniqueConstraint(fields=["segment", "on"], name="campaigns_segmentday_one_per_day")]


class SegmentMark(models.Model):
    """How far an append-only table had been read at a time. Old ones go; the newest that all had finished writing
    before is where reading goes on."""

    taken_at = models.DateTimeField(_("taken at"), default=timezone.now)
    marks = models.JSONField(_("marks"), default=dict)
    # When the oldest transaction began that was still open then: what it writes may appear below the marks.
    open_since = models.DateTimeField(_("oldest open"))
    members = models.PositiveIntegerField(_("members asked again"), default=0)

    class Meta:
        verbose_name = _("mark of what was read")
        verbose_name_plural = _("marks of what was read")
        indexes = [models.Index(fields=["-taken_at"], name="campaigns_segmentmark_newest")]
