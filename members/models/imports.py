from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Member


class MemberImport(models.Model):
    """One file of members: uploaded, its columns matched, every row checked, then applied piece by piece.

    `spec` is the mapping as it was used; `counts` holds rows per verdict as foreseen, `results` what really happened.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Columns to be matched")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        APPLYING = "applying", _("Being applied")
        PAUSED = "paused", _("Paused")
        APPLIED = "applied", _("Applied")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        DISCARDED = "discarded", _("Thrown away")

    file_name = models.CharField(_("file"), max_length=255)
    # Thrown away once applied, undone or discarded: it holds what the tables never show whole.
    file = models.FileField(upload_to="imports/%Y/%m/", max_length=255, blank=True)
    error_file = models.FileField(_("error file"), upload_to="imports/%Y/%m/", max_length=255, blank=True)
    checksum = models.CharField(max_length=64, db_index=True)
    header = models.JSONField(default=list)
    samples = models.JSONField(default=list)
    spec = models.JSONField(_("mapping"), default=dict)
    profile = models.ForeignKey(
        "staff.ImportProfile", models.SET_NULL, null=True, related_name="+", verbose_name=_("mapping")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.UPLOADED)
    rows = models.IntegerField(_("rows"), default=0)
    counts = models.JSONField(default=dict)
    unknown_values = models.JSONField(default=dict)
    results = models.JSONField(default=dict)
    job = models.ForeignKey("staff.Job", models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    applied_at = models.DateTimeField(_("applied at"), null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)

    class Meta:
        verbose_name = _("import of members")
        verbose_name_plural = _("imports of members")
        constraints = [
            models.UniqueConstraint(
                fields=["checksum"],
                condition=Q(state__in=["applying", "paused", "applied", "undoing"]),
                name="members_import_same_file_once",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    def figure(self, *verdicts: str) -> int:
        """Rows with these verdicts: as they came out, or while nothing is applied as foreseen."""
        counts = self.results or self.counts
        return sum(counts.get(verdict, 0) for verdict in verdicts)

    @property
    def figure_new(self) -> int:
        return self.figure("new")

    @property
    def figure_update(self) -> int:
        return self.figure("update")

    @property
    def figure_refused(self) -> int:
        return self.figure("duplicate", "ambiguous", "error")

    def get_absolute_url(self) -> str:
        return reverse("members:import_detail", args=[self.pk])


class MemberImportPiece(models.Model):
    """A piece of an import that has been applied (or undone); written in the piece's own transaction."""

    batch = models.ForeignKey(MemberImport, models.CASCADE, related_name="pieces")
    number = models.IntegerField()
    counts = models.JSONField(default=dict)
    applied_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="members_importpiece_once")]


class MemberImportTrace(models.Model):
    """What an import did to one member: made them, or changed fields (`before` and `after` hold the changed ones, and
    what was added). Undo reads it backwards; `left` says why something could not be undone."""

    batch = models.ForeignKey(MemberImport, models.PROTECT, related_name="traces", db_index=False)
    row_no = models.IntegerField(_("row"))
    # A member taken back is gone; the trace keeps the row it came from.
    member = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    is_new = models.BooleanField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    at = models.DateTimeField()
    left = models.JSONField(_("why it stayed"), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "row_no"], name="members_importtrace_once_per_row")]


class StagedMember(models.Model):
    """A row of a file as it was understood, and its verdict. An unlogged table: a crash loses it, and the file, which
    is kept until the import has been applied, fills it again; pieces already applied have their mark in a logged one.
    """

    class Verdict(models.TextChoices):
        OPEN = "", _("Not checked yet")
        NEW = "new", _("New")
        UPDATE = "update", _("Update")
        UNCHANGED = "unchanged", _("Unchanged")
        DUPLICATE = "duplicate", _("Twice in the file")
        AMBIGUOUS = "ambiguous", _("Several members match")
        ERROR = "error", _("Error")

    pk = models.CompositePrimaryKey("batch_id", "row_no")
    batch = models.ForeignKey(MemberImport, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    row_no = models.IntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict)
    match_id = models.BigIntegerField(null=True)
    matches = ArrayField(models.BigIntegerField(), null=True)
    matched_by = models.TextField()
    twin_row = models.IntegerField(null=True)
    reasons = models.JSONField(null=True)
    external_no = models.TextField()
    member_no = models.TextField()
    card_no = models.TextField()
    identity = models.TextField()
    phones = ArrayField(models.TextField())
    name_key = models.TextField()
    store_id = models.BigIntegerField(null=True)
    data = models.JSONField()

    class Meta:
        managed = False
        db_table = "members_stagedmember"
