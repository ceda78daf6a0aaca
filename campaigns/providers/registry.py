"""Which class carries which backend; packages of providers are loaded only where they are used."""

from importlib import import_module

from campaigns.models import ProviderProfile
from campaigns.providers.protocol import Provider

Backend = ProviderProfile.Backend
CLASSES: dict[str, str] = {
    Backend.FILE: "campaigns.providers.file.FileProvider",
    Backend.HOUSE: "campaigns.providers.house.HouseProvider",
    Backend.SMTP: "campaigns.providers.smtp.SmtpProvider",
}
_open: dict[tuple[int, str], Provider] = {}


def open_provider(profile: ProviderProfile) -> Provider:
    """The provider of a profile: one a process, so that connections are kept. Changed options open it anew."""
    known = (profile.pk, f"{profile.backend} {profile.key} {profile.options} {profile.timeout_seconds}")
    if known not in _open:
        module, _dot, name = CLASSES[profile.backend].rpartition(".")
        _open[known] = getattr(import_module(module), name)(profile)
    return _open[known]


def is_carried(profile: ProviderProfile) -> bool:
    """Whether this installation has what it takes to reach the provider; some are known by their rules alone."""
    return profile.backend in CLASSES


def forget_providers() -> None:
    """Open every provider anew at the next use. Lines this thread has kept open are hung up."""
    for provider in _open.values():
        if hang_up := getattr(provider, "close", None):
            hang_up()
    _open.clear()
