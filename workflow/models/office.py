"""The office: bulletins with read lists, tasks, documents that come, go and circulate, and the files put to them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workflow.models.expenses import ExpenseClaim

USER = settings.AUTH_USER_MODEL


class Bulletin(models.Model):
    """An announcement (公告) to some of the house: everybody, or those of stores, departments or roles."""

    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), max_length=10_000)
    author = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("by"))
    stores = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("stores"))
    departments = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("departments"))
    roles = ArrayField(models.CharField(max_length=12), default=list, verbose_name=_("roles"))
    published_at = models.DateTimeField(_("published"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("bulletin")
        verbose_name_plural = _("bulletins")
        ordering = ["-published_at", "-pk"]

    def __str__(self) -> str:
        return self.title


class BulletinReader(models.Model):
    """Somebody a bulletin is for, and when it was read: the read list."""

    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="readers", db_index=False)
    user = models.ForeignKey(USER, models.PROTECT, related_name="+", db_index=False)
    read_at = models.DateTimeField(_("read at"), null=True)

    class Meta:
        verbose_name = _("reader of a bulletin")
        verbose_name_plural = _("readers of bulletins")
        constraints = [
            models.UniqueConstraint(fields=["bulletin", "user"], name="workflow_bulletinreader_once_per_person"),
        ]
        indexes = [
            models.Index(fields=["user", "-bulletin"], name="workflow_bulletin_of_person"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="workflow_bulletin_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.bulletin_id} → {self.user_id}"


class OfficeTask(models.Model):
    """Something somebody is to do by a day, with a checklist and notes on how it goes."""

    class Status(models.TextChoices):
        OPEN = "open", _("To do")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    title = models.CharField(_("task"), max_length=120)
    detail = models.TextField(_("details"), max_length=4000, blank=True)
    owner = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("who does it"), db_index=False)
    given_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("given by"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.OPEN)
    made_at = models.DateTimeField(_("given"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("office task")
        verbose_name_plural = _("office tasks")
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["owner", "status", "due_on"], name="workflow_officetask_of_owner"),
            models.Index(fields=["due_on"], condition=Q(status="open"), name="workflow_officetask_due"),
        ]

    def __str__(self) -> str:
        return self.title


class TaskItem(models.Model):
    """One point of a task's checklist."""

    task = models.ForeignKey(OfficeTask, models.CASCADE, related_name="items")
    text = models.CharField(_("point"), max_length=200)
    done_at = models.DateTimeField(_("done"), null=True)
    done_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("point of a checklist")
        verbose_name_plural = _("points of checklists")
        ordering = ["task", "pk"]

    def __str__(self) -> str:
        return self.text


class TaskNote(models.Model):
    """What somebody said about how a task goes."""

    task = models.ForeignKey(OfficeTask, models.CASCADE, related_name="notes")
    text = models.CharField(_("note"), max_length=500)
    written_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("note on a task")
        verbose_name_plural = _("notes on tasks")
        ordering = ["task", "pk"]

    def __str__(self) -> str:
        return self.text


class DocumentNumber(models.Model):
    """The last number given in a year to documents of a kind; its row is locked while one is given."""

    kind = models.CharField(max_length=8)
    year = models.SmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "year"], name="workflow_documentnumber_once_a_year")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"


class OfficialDocument(models.Model):
    """A document that came in (收文) or goes out (发文), with the number of its year, and its place in the archive."""

    class Kind(models.TextChoices):
        INCOMING = "in", _("Incoming")
        OUTGOING = "out", _("Outgoing")

    class Urgency(models.TextChoices):
        NORMAL = "normal", _("Normal")
        URGENT = "urgent", _("Urgent")
        AT_ONCE = "at_once", _("At once")

    class Secrecy(models.TextChoices):
        OPEN = "open", _("Open")
        INTERNAL = "internal", _("Internal")
        CONFIDENTIAL = "confidential", _("Confidential")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    number = models.CharField(_("number"), max_length=40)
    title = models.CharField(_("title"), max_length=200)
    correspondent = models.CharField(_("from or to"), max_length=120)
    their_number = models.CharField(_("their number"), max_length=60, blank=True)
    dated_on = models.DateField(_("date"))
    urgency = models.CharField(_("urgency"), max_length=8, choices=Urgency, default=Urgency.NORMAL)
    secrecy = models.CharField(_("secrecy"), max_length=12, choices=Secrecy, default=Secrecy.INTERNAL)
    store = models.ForeignKey("stores.Store", models.PROTECT, null=True, blank=True, related_name="+")
    registered_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    registered_at = models.DateTimeField(auto_now_add=True)
    archive_place = models.CharField(_("place in the archive"), max_length=80, blank=True)
    archived_at = models.DateTimeField(_("archived"), null=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-dated_on", "-pk"]
        constraints = [models.UniqueConstraint(fields=["number"], name="workflow_document_number_is_unique")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Circulation(models.Model):
    """Documents passed round (传阅) to readers, one after the other or to all at once. Its read marks belong to it
    alone: no approval and no rejection touches them."""

    class Mode(models.TextChoices):
        ORDERED = "ordered", _("one after the other")
        AT_ONCE = "at_once", _("everybody at once")

    title = models.CharField(_("title"), max_length=200)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    mode = models.CharField(_("how"), max_length=8, choices=Mode, default=Mode.AT_ONCE)
    document = models.ForeignKey(OfficialDocument, models.PROTECT, null=True, blank=True, related_name="circulations")
    started_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("circulation")
        verbose_name_plural = _("circulations")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.title


class CirculationReader(models.Model):
    """One reader of a circulation: not yet, reading, or read with a remark."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Not yet")
        READING = "reading", _("To read")
        READ = "read", _("Read")
        SKIPPED = "skipped", _("Taken off")

    circulation = models.ForeignKey(Circulation, models.CASCADE, related_name="readers", db_index=False)
    user = models.ForeignKey(USER, models.PROTECT, related_name="+", db_index=False)
    place = models.PositiveSmallIntegerField(_("place"))
    status = models.CharField(_("state"), max_length=8, choices=Status, default=Status.WAITING)
    opened_at = models.DateTimeField(_("opened"), null=True)
    read_at = models.DateTimeField(_("read"), null=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("reader of a circulation")
        verbose_name_plural = _("readers of circulations")
        ordering = ["circulation", "place"]
        constraints = [
            models.UniqueConstraint(fields=["circulation", "user"], name="workflow_circulationreader_once"),
        ]
        indexes = [
            models.Index(fields=["user", "status"], name="workflow_circulation_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.circulation_id} → {self.user_id}"


class Paper(models.Model):
    """A file put to a claim, a bulletin, a task, a document or a circulation: to exactly one of them."""

    OWNERS = ("claim", "bulletin", "task", "document", "circulation")

    claim = models.ForeignKey(ExpenseClaim, models.CASCADE, null=True, related_name="papers")
    bulletin = models.ForeignKey(Bulletin, models.CASCADE, null=True, related_name="papers")
    task = models.ForeignKey(OfficeTask, models.CASCADE, null=True, related_name="papers")
    document = models.ForeignKey(OfficialDocument, models.CASCADE, null=True, related_name="papers")
    circulation = models.ForeignKey(Circulation, models.CASCADE, null=True, related_name="papers")
    file = models.FileField(_("file"), upload_to="office/%Y/%m/", max_length=255)
    name = models.CharField(_("name"), max_length=120)
    added_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(claim__isnull=False, bulletin=None, task=None, document=None, circulation=None)
                | Q(bulletin__isnull=False, claim=None, task=None, document=None, circulation=None)
                | Q(task__isnull=False, claim=None, bulletin=None, document=None, circulation=None)
                | Q(document__isnull=False, claim=None, bulletin=None, task=None, circulation=None)
                | Q(circulation__isnull=False, claim=None, bulletin=None, task=None, document=None),
                name="workflow_paper_belongs_to_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.name
