"""Who came to the desk today, and why."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kit import phones
from stores.models import Named


class VisitReason(Named):
    """Why people come to the desk; each has a key of its own."""

    code = models.CharField(_("code"), max_length=20)
    key = models.CharField(_("key"), max_length=1, help_text=_("The key that registers this reason."))
    icon = models.CharField(_("icon"), max_length=40, default="user")
    order = models.PositiveSmallIntegerField(_("order"), default=50)
    opens_case = models.BooleanField(_("usually becomes a case"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("reason of a visit")
        verbose_name_plural = _("reasons of visits")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="callcenter_visitreason_code_is_unique"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_active=True), name="callcenter_visitreason_key_once_in_use"
            ),
        ]


class Visit(models.Model):
    """Somebody who came to a member desk: waiting, served or gone."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SERVED = "served", _("Being served")
        LEFT = "left", pgettext_lazy("visit", "Left")

    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False)
    reason = models.ForeignKey(VisitReason, models.PROTECT, related_name="+", verbose_name=_("reason"))
    member = models.ForeignKey(
        "members.Member", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("member"),
        db_index=False,
    )  # fmt: skip
    visitor_name = models.CharField(_("name"), max_length=60, blank=True)
    visitor_phone = models.CharField(_("phone"), max_length=20, blank=True, db_collation="C")
    note = models.CharField(_("note"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    arrived_at = models.DateTimeField(_("came at"), default=timezone.now)
    served_at = models.DateTimeField(_("served from"), null=True, blank=True)
    served_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    case = models.ForeignKey("callcenter.Case", models.PROTECT, null=True, blank=True, related_name="visits")

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="served") | Q(served_at__isnull=False), name="callcenter_visit_served_at_a_moment"
            ),
            models.CheckConstraint(
                condition=Q(state="left", left_at__isnull=False) | ~Q(state="left") & Q(left_at=None),
                name="callcenter_visit_left_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-arrived_at"], name="callcenter_visit_of_store"),
            models.Index(
                fields=["member", "-arrived_at"], condition=Q(member__isnull=False), name="callcenter_visit_of_member"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.arrived_at:%Y-%m-%d %H:%M}"

    @property
    def masked_phone(self) -> str:
        return phones.mask(self.visitor_phone)
