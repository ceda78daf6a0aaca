"""What the desk chooses from: categories of cases, service targets, the counter of case numbers."""

from typing import ClassVar

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stores.models import Named


class Kind(models.TextChoices):
    """What somebody wants of the store."""

    COMPLAINT = "complaint", _("Complaint")
    CONSULTATION = "consultation", _("Consultation")
    RETURN = "return", pgettext_lazy("case", "Return or exchange")
    SUGGESTION = "suggestion", _("Suggestion")


class Priority(models.TextChoices):
    """How soon somebody must act, the most urgent first."""

    URGENT = "urgent", _("Urgent")
    HIGH = "high", _("High")
    NORMAL = "normal", _("Normal")
    LOW = "low", _("Low")


class CaseCategory(Named):
    """What cases are about, on two levels: main categories, and under each the finer ones."""

    code = models.CharField(_("code"), max_length=30)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    priority = models.CharField(_("usual priority"), max_length=8, choices=Priority, default=Priority.NORMAL)
    department = models.ForeignKey(
        "stores.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department asked")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("category of cases")
        verbose_name_plural = _("categories of cases")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="callcenter_casecategory_code_is_unique"),
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")), name="callcenter_casecategory_is_not_its_own_parent"
            ),
        ]


class ServiceTarget(models.Model):
    """How soon cases of a kind and priority are answered and solved, in working hours, from a day on."""

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    priority = models.CharField(_("priority"), max_length=8, choices=Priority)
    valid_from = models.DateField(_("valid from"))
    response_hours = models.DecimalField(_("working hours to the first answer"), max_digits=6, decimal_places=2)
    solution_hours = models.DecimalField(_("working hours to the solution"), max_digits=6, decimal_places=2)

    class Meta:
        verbose_name = _("service target")
        verbose_name_plural = _("service targets")
        ordering = ["kind", "priority", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "priority", "valid_from"], name="callcenter_servicetarget_one_a_day"
            ),
            models.CheckConstraint(
                condition=Q(response_hours__gt=0, solution_hours__gte=models.F("response_hours")),
                name="callcenter_servicetarget_answer_comes_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_priority_display()} · {self.valid_from:%Y-%m-%d}"


class CaseCounter(models.Model):
    """How many cases a day has had: the row that is counted up gives each number once."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    NEXT: ClassVar[str] = (
        "INSERT INTO callcenter_casecounter (day, last) VALUES (%s, 1)"
        " ON CONFLICT (day) DO UPDATE SET last = callcenter_casecounter.last + 1 RETURNING last"
    )

    @classmethod
    def take(cls, day: object) -> int:
        """The next number of the day; whoever asks at the same time waits and gets the one after."""
        with connection.cursor() as cursor:
            cursor.execute(cls.NEXT, [day])
            return cursor.fetchone()[0]
