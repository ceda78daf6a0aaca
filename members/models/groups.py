from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Member


class GroupContact(models.Model):
    """Somebody we talk to at a group member: purchasing, accounts, the union's welfare desk."""

    group = models.ForeignKey(Member, models.PROTECT, related_name="contacts")
    name = models.CharField(_("name"), max_length=120)
    title = models.CharField(_("job title"), max_length=80, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True, db_collation="C")
    email = models.EmailField(_("e-mail"), blank=True)
    is_active = models.BooleanField(_("still there"), default=True)

    class Meta:
        verbose_name = _("group contact")
        verbose_name_plural = _("group contacts")

    def __str__(self) -> str:
        return self.name
