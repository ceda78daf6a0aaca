"""The people who work here."""

from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from staff.roles import Role


class StaffManager(UserManager):
    """Makes people; `createsuperuser` makes an administrator."""

    use_in_migrations = False

    def create_superuser(self, username: str, email: str | None = None, password: str | None = None, **fields: Any):
        return super().create_superuser(
            username, email, password, **({"role": Role.ADMIN, "all_stores": True} | fields)
        )


class User(AbstractUser):
    """Somebody who works here: one role, the stores they work for, and for associates their counters.

    `all_stores` is for the people of the chain's office; it makes `stores` irrelevant.
    """

    class Language(models.TextChoices):
        CHINESE = "zh-hans", "简体中文"
        ENGLISH = "en", "English"

    role = models.CharField(_("role"), max_length=12, choices=Role.choices, default=Role.CLERK)
    display_name = models.CharField(_("display name"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=Language.choices, default=Language.CHINESE)
    all_stores = models.BooleanField(_("all stores"), default=False)
    stores = models.ManyToManyField("stores.Store", verbose_name=_("stores"), blank=True, related_name="+")
    counters = models.ManyToManyField("stores.Counter", verbose_name=_("counters"), blank=True, related_name="+")
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    department = models.ForeignKey(
        "stores.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    manager = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("supervisor")
    )

    objects = StaffManager()

    class Meta(AbstractUser.Meta):
        db_table = "staff_user"
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="staff_user_role_is_known"),
            models.CheckConstraint(
                condition=~models.Q(manager=models.F("id")), name="staff_user_is_not_own_supervisor"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMIN


class DepartmentHead(models.Model):
    """Somebody who heads a department; a department may have several heads, and a person several departments."""

    department = models.ForeignKey(
        "stores.Department", models.PROTECT, related_name="+", verbose_name=_("department"), db_index=False
    )
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("head"))

    class Meta:
        db_table = "staff_departmenthead"
        verbose_name = _("head of department")
        verbose_name_plural = _("heads of departments")
        constraints = [
            models.UniqueConstraint(fields=["department", "user"], name="staff_departmenthead_once_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.department} · {self.user}"
