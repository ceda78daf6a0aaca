"""Who may set up providers: they serve the whole chain."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from campaigns.models import ProviderProfile
from campaigns.send_exceptions import NoSuchSend
from staff.access import require
from staff.models import User

MANAGE = "campaigns.manage_providers"


def providers_for(user: User) -> QuerySet[ProviderProfile]:
    require(user, MANAGE)
    return ProviderProfile.objects.all()


def provider_for(user: User, pk: int) -> ProviderProfile:
    found = providers_for(user).filter(pk=pk).first()
    if found is None:
        raise NoSuchSend(_("There is no such provider."))
    return found
