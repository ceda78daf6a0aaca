from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Member


class Household(models.Model):
    """Members who live together. Each keeps account, star and consent; where they pool, one may spend what others have."""

    name = models.CharField(_("name"), max_length=80)
    pools_points = models.BooleanField(_("points are pooled"), default=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        indexes = [models.Index(fields=["-created_at", "-id"], name="members_household_newest_first")]

    def __str__(self) -> str:
        return self.name


class HouseholdMember(models.Model):
    """A member's place in a household, from a day until a day: what they are there, and whether they may spend what the
    others have, up to how many points a month."""

    class Role(models.TextChoices):
        HEAD = "head", _("Head of the household")
        ADULT = "adult", _("Adult")
        CHILD = "child", _("Child")

    household = models.ForeignKey(Household, models.PROTECT, related_name="places", db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="households", db_index=False)
    role = models.CharField(_("role"), max_length=5, choices=Role)
    may_spend = models.BooleanField(_("may spend the household's points"), default=False)
    monthly_limit = models.PositiveBigIntegerField(
        _("points a month"), null=True, blank=True, help_text=_("Of the others' points; empty: no limit.")
    )
    # How an adult agreed to share points: the number of the form, who heard it.
    agreed = models.CharField(_("how they agreed"), max_length=200, blank=True)
    joined_on = models.DateField(_("joined on"), default=timezone.localdate)
    left_on = models.DateField(_("left on"), null=True, blank=True)

    class Meta:
        verbose_name = _("member of a household")
        verbose_name_plural = _("members of households")
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(left_on__isnull=True), name="members_householdmember_one_open"
            ),
            models.CheckConstraint(
                condition=Q(role="child") | ~Q(agreed=""), name="members_householdmember_adults_agreed"
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")),
                name="members_householdmember_leaves_after_joining",
            ),
        ]
        indexes = [
            models.Index(fields=["household", "left_on"], name="members_householdmember_of"),
            models.Index(fields=["member", "left_on"], name="members_householdmember_ever"),
        ]

    def __str__(self) -> str:
        return f"{self.household_id} · {self.member_id}"
