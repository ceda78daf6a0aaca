"""Who reads the rules of providers, and who sets them up: they serve the whole chain."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from campaigns.models import ProviderProfile
from campaigns.send_exceptions import NoSuchSend
from staff.access import require
from staff.models import User

VIEW, MANAGE = "campaigns.view_provider", "campaigns.manage_providers"


def providers_for(user: User) -> QuerySet[ProviderProfile]:
    require(user, VIEW)
    return ProviderProfile.objects.all()


def provider_for(user: User, pk: int, permission: str = MANAGE) -> ProviderProfile:
    """One provider, to be set up or with another permission read."""
    require(user, permission)
    found = providers_for(user).filter(pk=pk).first()
    if found is None:
        raise NoSuchSend(_("There is no such provider."))
    return found


def require_managing(user: User) -> None:
    require(user, MANAGE)
