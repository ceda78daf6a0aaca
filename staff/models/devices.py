"""The machines that talk to us: tills, the e-mall, the ERP, self-service."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Device(models.Model):
    """A machine with a token, bound to one store. Only the token's SHA-256 is kept."""

    class Kind(models.TextChoices):
        TILL = "till", _("Till")
        EMALL = "emall", _("E-mall")
        ERP = "erp", _("ERP")
        SELFSERVICE = "selfservice", _("Self-service")

    store = models.ForeignKey("stores.Store", verbose_name=_("store"), on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.TILL)
    token_hash = models.CharField(max_length=64, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        db_table = "staff_device"
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        constraints = [
            models.UniqueConstraint(fields=["token_hash"], name="staff_device_one_per_token"),
            models.UniqueConstraint(fields=["store", "name"], name="staff_device_name_once_per_store"),
        ]

    def __str__(self) -> str:
        return self.name


class ApiCall(models.Model):
    """The answer given to one idempotency key of one device, to be given again to a retry."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="calls")
    key = models.CharField(max_length=120)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    response = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "staff_apicall"
        constraints = [models.UniqueConstraint(fields=["device", "key"], name="staff_apicall_one_per_key")]
        indexes = [models.Index(fields=["created_at"], name="staff_apicall_by_time")]

    def __str__(self) -> str:
        return self.key
