"""Which class carries which backend; packages of providers are loaded only where they are used."""

from importlib import import_module

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.models import ProviderProfile
from campaigns.providers.protocol import Provider

Backend = ProviderProfile.Backend
CLASSES: dict[str, str] = {
    Backend.ALIYUN: "campaigns.providers.aliyun.AliyunProvider",
    Backend.ANYMAIL: "campaigns.providers.mail_service.MailServiceProvider",
    Backend.FILE: "campaigns.providers.file.FileProvider",
    Backend.HOUSE: "campaigns.providers.house.HouseProvider",
    Backend.SMPP: "campaigns.providers.smpp.SmppProvider",
    Backend.SMPP: "campaigns.providers.smpp.SmppProvider",
    Backend.SMTP: "campaigns.providers.smtp.SmtpProvider",
    Backend.TENCENT: "campaigns.providers.tencent.TencentProvider",
}
# Settings without which a provider cannot be reached: they come from the environment as CRM_….
NEEDS: dict[str, tuple[str, ...]] = {
    Backend.ALIYUN: ("ALIYUN_KEY_ID", "ALIYUN_KEY_SECRET"),
    Backend.ANYMAIL: ("MAIL_SERVICE", "MAIL_SERVICE_KEY"),
    Backend.SMPP: ("SMPP_HOST", "SMPP_USER", "SMPP_PASSWORD"),
    Backend.TENCENT: ("TENCENT_KEY_ID", "TENCENT_KEY_SECRET", "TENCENT_SMS_APP"),
}
_open: dict[tuple[int, str], Provider] = {}


def open_provider(profile: ProviderProfile) -> Provider:
    """The provider of a profile: one a process, so that connections are kept. What changed opens it anew."""
    known = (
        profile.pk,
        f"{profile.backend} {profile.key} {profile.options} {profile.timeout_seconds} {profile.signature}",
    )
    if known not in _open:
        module, _dot, name = CLASSES[profile.backend].rpartition(".")
        _open[known] = getattr(import_module(module), name)(profile)
    return _open[known]


def why_out_of_reach(profile: ProviderProfile) -> str:
    """Why this installation cannot reach a provider, in words; empty when it can. Some are known by their rules alone."""
    if profile.backend not in CLASSES:
        words = _("“%(name)s” is known by its rules only: its connection is not installed.")
        return words % {"name": profile.label}
    if missing := [f"CRM_{name}" for name in NEEDS.get(profile.backend, ()) if not getattr(settings, name)]:
        words = _("“%(name)s” cannot be reached from here: %(missing)s is not set.")
        return words % {"name": profile.label, "missing": ", ".join(missing)}
    return ""


def forget_providers() -> None:
    """Open every provider anew at the next use. Lines this thread has kept open are hung up."""
    for provider in _open.values():
        if hang_up := getattr(provider, "close", None):
            hang_up()
    _open.clear()
