"""How a kind of thing is approved: the flow, and its versions that never change once published."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.models import Named


class Flow(Named):
    """The way one registered kind of thing is approved. Its published version serves new requests."""

    key = models.SlugField(_("key"), max_length=60, db_index=False)
    subject_type = models.CharField(_("approves"), max_length=60)
    is_active = models.BooleanField(_("in use"), default=True)
    administrator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("administrator"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Decides where nobody else is found. Empty: all administrators."),
    )

    class Meta:
        verbose_name = _("approval flow")
        verbose_name_plural = _("approval flows")
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="workflow_flow_key_is_unique"),
            models.UniqueConstraint(
                fields=["subject_type"],
                condition=models.Q(is_active=True),
                name="workflow_flow_one_in_use_per_kind",
            ),
        ]


class FlowVersion(models.Model):
    """One definition of a flow. A draft may be edited; what is published never changes (a trigger refuses) and serves
    the requests that began under it to their end."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    flow = models.ForeignKey(Flow, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField(_("version"))
    status = models.CharField(_("state"), max_length=9, choices=Status, default=Status.DRAFT)
    definition = models.JSONField(_("definition"), default=dict)
    digest = models.CharField(_("digest"), max_length=64, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(_("published at"), null=True)

    class Meta:
        verbose_name = _("version of a flow")
        verbose_name_plural = _("versions of flows")
        ordering = ["flow", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["flow", "number"], name="workflow_flowversion_number_once_per_flow"),
            models.UniqueConstraint(
                fields=["flow"],
                condition=models.Q(status="published"),
                name="workflow_flowversion_one_published_per_flow",
            ),
            models.UniqueConstraint(
                fields=["flow"],
                condition=models.Q(status="draft"),
                name="workflow_flowversion_one_draft_per_flow",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.flow} v{self.number}"
